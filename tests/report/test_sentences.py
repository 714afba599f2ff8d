"""What came out, in sentences: verdicts and figures of claims, none typed."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from repro.plugin.report_sections import report_sections
from repro.report.sentences import SENTENCES, Clause, sentences
from repro.verdicts import Detail, Measured, Verdict
from tests.report.test_ladder import as_json, judged

LENGTH = "explanation.pretraining_length"
NUMBER = replace(
    judged("transfer.headline"),
    verdict=Verdict.INCONCLUSIVE,
    measured=Measured(20.0, 10.2, math.inf),
)
RATIOS = tuple(
    Detail(f"PPO over CVS, from epoch {epoch}", value, value - 1, high)
    for epoch, value, high in ((400, 2.5, 4.0), (950, 6.5, 8.0), (2450, 20.0, math.inf))
)
BY_LENGTH = replace(judged(LENGTH, *RATIOS), verdict=Verdict.NOT_REPRODUCED, measured=None)
BLANK = "\N{NO-BREAK SPACE}"


def test_a_sentence_names_verdicts_and_figures() -> None:
    said = sentences(as_json(BY_LENGTH, NUMBER, judged("another.claim")))
    assert [one.claims for one in said] == [("transfer.headline",), (LENGTH,)]  # in their own order
    assert str(said[0]) == (
        f"The number: when the last decision of the chain changes, PPO takes ≥ 20.0 [10.2,{BLANK}∞] times as long as CVS; "
        "the claim that this is near the talk's 13.9, up to a factor of 1.5, is inconclusive."
    )
    assert str(said[1]) == (
        f"Length of training: PPO takes 2.50 [1.50,{BLANK}4.00] times as long as CVS from epoch 400 of training, "
        f"6.50 [5.50,{BLANK}8.00] times from epoch 950 and ≥ 20.0 [19.0,{BLANK}∞] times from epoch 2450; that the ratio "
        "does not depend on this is not reproduced."
    )


def test_clauses_of_one_sentence_are_joined() -> None:
    one = replace(judged("transfer.headline_direction"), verdict=Verdict.REPRODUCED)
    other = replace(judged("transfer.nine_settings_ppo"), measured=Measured(1.5, 1.25, 2.0))
    (said,) = sentences(as_json(other, one))
    assert said.claims == ("transfer.headline_direction", "transfer.nine_settings_ppo")
    assert said.text == (
        "that PPO is slower there is reproduced; in all nine settings it is reproduced, with 1.50 "
        f"[1.25,{BLANK}2.00] in the one whose interval reaches lowest."
    )


def test_the_ratio_of_one_cell_stands_next_to_the_figures_that_speak_against_it() -> None:
    clause = next(one for one in SENTENCES["Independent gradients"] if one.figures)
    against = (1.33, 1.34, 0.713, 0.722, 1.3)
    details = [
        Detail(name, value, 0.0 if value == 1.3 else value - 0.1, value + 0.1)
        for name, value in zip(clause.figures, against, strict=True)
    ]
    own = replace(judged(clause.claim, *details), measured=Measured(1.55, 1.33, 2.0))
    (said,) = sentences(as_json(own))
    assert said.text == (
        f"softmax bids take 1.55 [1.33,{BLANK}2.00] times as long as Gumbel bids, which act by the same softmax and have "
        "independent gradients; that they are slower is reproduced, for the linear chain, 400 epochs of training and one of "
        f"the four kinds of credit that were tried; in the two settings that all four share the ratio is 1.33 [1.23,{BLANK}"
        f"1.43] with this kind, 1.34 [1.24,{BLANK}1.44] with one value function, where by this project's reading the gradients of both "
        "are dependent, "
        f"0.713 [0.613,{BLANK}0.813] and 0.722 [0.622,{BLANK}0.822] with λ = 0.95, and ≤ 1.30 [0,{BLANK}1.40] with this kind "
        "after 600 epochs."
    )
    assert sentences(as_json(replace(own, details=tuple(details[1:])))) == []
    (short,) = sentences(as_json(own), brief=True)
    assert len(short.text) < len(said.text) / 1.5
    for figure in ("1.55 [1.33,", "reproduced", "0.713 [0.613,"):
        assert figure in short.text


@pytest.mark.parametrize(
    "clause", [one for clauses in SENTENCES.values() for one in clauses if one.brief]
)
def test_a_brief_clause_names_the_verdict_too(clause: Clause) -> None:
    assert "{verdict}" in clause.brief
    assert not re.search(r"\d", re.sub(r"\{[^}]*\}|400 epochs", "", clause.brief))


def test_claims_on_theory_are_counted() -> None:
    theory = [judged(f"theory.{name}") for name in ("classification", "one", "two")]
    given = [
        replace(one, verdict=verdict)
        for one, verdict in zip(
            theory,
            (Verdict.NOT_REPRODUCED, Verdict.REPRODUCED, Verdict.INCONCLUSIVE),
            strict=True,
        )
    ]
    claims = [claim | {"kind": "theory"} for claim in as_json(*given)]
    (said,) = sentences([*claims, *as_json(NUMBER)][:3])
    assert str(said).startswith(
        "Theory: 1 of 3 claims on the talk's theory are reproduced, and 0 consistency checks, which hold by how the model is "
        "built, are not counted"
    )
    checks = [claims[1] | {"id": f"theory.check_{n}", "kind": "consistency"} for n in (1, 2)]
    (more,) = sentences([*claims, *checks])
    assert (
        "1 of 3 claims on the talk's theory are reproduced, and 2 consistency checks" in more.text
    )


@pytest.mark.parametrize(
    "claim",
    [
        replace(BY_LENGTH, details=RATIOS[:2]),
        replace(NUMBER, verdict=Verdict.NOT_RUN, measured=None),
    ],
)
def test_a_claim_without_its_figures_or_not_run_says_nothing(claim: object) -> None:
    assert sentences(as_json(claim)) == []


def test_no_result_is_typed() -> None:
    """Numbers in the texts are those of the design: epochs, steps, thresholds, and the talk's own."""
    typed = " ".join(clause.text for clauses in SENTENCES.values() for clause in clauses)
    without_fields = re.sub(r"\{[^}]*\}", "", typed)
    found = set(re.findall(r"\d[\d.]*\d|\d", without_fields))
    assert found == {"13.9", "1.5", "400", "600", "950", "2450", "16", "32", "0.9", "0.95"}


def test_they_are_the_first_section_of_the_report() -> None:
    sections, drawn = report_sections((), (NUMBER,), trained=False)
    assert [one.title for one in sections if one.first] == ["What came out"]
    assert drawn == []
