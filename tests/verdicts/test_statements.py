"""The talk's statements: which claims are about one, and what became of each in a run."""

from __future__ import annotations

from dataclasses import replace

from repro.verdicts import LeftOut, Verdict, claims_by_statement
from repro.verdicts.statements import worst_verdicts
from tests.verdicts.test_results import INCONCLUSIVE, NOT, REPRODUCED, claim, run

SWITCH = (
    claim(REPRODUCED, id="a.one", group="switch"),
    claim(REPRODUCED, id="a.two", group="switch"),
)
OTHERS = (
    claim(NOT, id="a.three", kind="theory"),
    *(claim(NOT, id=f"b.{kind}", kind=kind) for kind in ("consistency", "explanation", "finding")),
)


def test_the_claims_of_a_group_are_about_one_statement() -> None:
    declared = [one.declaration for one in (*SWITCH, *OTHERS)]
    names = ["switch", "switch", "a.three", "", "", ""]
    assert [one.counts_as for one in declared] == names
    assert claims_by_statement(declared) == {"switch": 2, "a.three": 1}
    assert claims_by_statement([]) == {}


def test_a_statement_has_the_worst_verdict() -> None:
    judged = [("switch", REPRODUCED), ("a", NOT), ("switch", INCONCLUSIVE), ("switch", REPRODUCED)]
    assert worst_verdicts(judged) == {"switch": INCONCLUSIVE, "a": NOT}
    assert worst_verdicts([]) == {}


def test_each_statement_is_counted_once() -> None:
    """By hand: one not reproduced, one of three claims judged, two left out, one not chosen."""
    result = replace(
        run(*SWITCH[:1], *OTHERS),
        left_out=(
            LeftOut("c.one", "C", "no runs", "curves"),
            LeftOut("c.two", "C", "no runs", "curves"),
            LeftOut("c.three", "C", "no runs", "c.three"),
            LeftOut("explanation.x", "X", "the study"),
        ),
        known_statements={"switch": 3, "a.three": 1, "curves": 2, "c.three": 1, "d": 4},
    )
    found = result.all_statements
    assert found.verdicts == {
        Verdict.REPRODUCED: 0,
        Verdict.NOT_REPRODUCED: 1,
        Verdict.INCONCLUSIVE: 0,
        Verdict.NOT_RUN: 0,
    }
    assert (found.in_part, found.left_out, found.not_chosen, found.total) == (1, 2, 1, 5)
    assert found.complete


def test_a_statement_that_was_partly_judged_keeps_another_verdict() -> None:
    """What the other claims would say cannot make it reproduced."""
    unsure = run(claim(INCONCLUSIVE, id="a.one", group="switch"))
    found = replace(unsure, known_statements={"switch": 3}).all_statements
    assert (found.verdicts[Verdict.INCONCLUSIVE], found.in_part) == (1, 0)


def test_a_claim_that_was_left_out_makes_its_statement_one_that_was_judged_in_part() -> None:
    out = (LeftOut("a.three", "X", "no runs", "switch"),)
    found = replace(run(*SWITCH), left_out=out).all_statements
    assert (found.in_part, found.left_out, found.reproduced, found.complete) == (1, 0, 0, False)


def test_fewer_known_claims_than_judged_ones_mean_that_they_were_not_counted() -> None:
    result = replace(run(*SWITCH), left_out=())
    for known, complete in (({}, False), ({"switch": 1}, False), ({"switch": 2}, True)):
        assert replace(result, known_statements=known).all_statements.complete is complete
