"""What came out, in sentences: verdicts and figures of claims, none typed."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

from repro.plugin.report_sections import report_sections
from repro.report.sentences import SENTENCES, sentences
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
        f"The number: when the last decision of the chain changes, PPO takes ≥ 20.0 [10.2,{BLANK}∞] times as long as CVS, "
        "and that this is the talk's 13.9 is inconclusive."
    )
    assert str(said[1]) == (
        f"Length of training: PPO takes 2.50 [1.50,{BLANK}4.00] times as long as CVS from epoch 400 of training, "
        f"6.50 [5.50,{BLANK}8.00] times from epoch 950 and ≥ 20.0 [19.0,{BLANK}∞] times from epoch 2450; that the ratio "
        "does not depend on this is not reproduced."
    )


def test_clauses_of_one_sentence_are_joined() -> None:
    one = replace(judged("explanation.modularity_alone"), measured=Measured(1.5, 1.25, 2.0))
    other = replace(judged("explanation.credit_on_bids"), verdict=Verdict.NOT_REPRODUCED)
    (said,) = sentences(as_json(other, replace(one, verdict=Verdict.REPRODUCED)))
    assert said.claims == ("explanation.modularity_alone", "explanation.credit_on_bids")
    assert (
        f"is reproduced, by a factor of 1.50 [1.25,{BLANK}2.00]; and that it is slower" in said.text
    )


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
    assert str(said).startswith("Theory: 1 of 3 claims on the talk's theory are reproduced")


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
    assert found == {"13.9", "400", "950", "2450", "16", "32", "0.9"}


def test_they_are_the_first_section_of_the_report() -> None:
    sections, drawn = report_sections((), (NUMBER,), trained=False)
    assert [one.title for one in sections if one.first] == ["What came out"]
    assert drawn == []
