"""Results: counted, compared with the recorded verdicts, and the exit code."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from repro.verdicts import (
    Accounts,
    Agreement,
    BlockAccount,
    ClaimDeclaration,
    ClaimResult,
    Compared,
    Control,
    Cost,
    Detail,
    LeftOut,
    Margin,
    Measured,
    PerSeedValues,
    RawData,
    RunResult,
    ShippedComparison,
    Subsample,
    Table,
    Verdict,
)
from tests.support.results import changed

REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict
CLAIM = ClaimResult(
    declaration=ClaimDeclaration(
        id="transfer.headline",
        title="13.9 times",
        statement="PPO takes 13.9 times as long.",
        source=("talk:43", "talk:44"),
        kind="empirical",
        required=True,
        recorded=REPRODUCED,
        expected="13.9 within a factor 1.5",
        differences="Convergence rule: ours – 30 epochs.",
        margin=Margin(9.3, math.inf, 13.9),
        controls={},
    ),
    verdict=INCONCLUSIVE,
    measured=Measured(11.5, 4.0, math.inf, "times"),
    details=(Detail("mean epochs, CVS", 412.5), Detail("ratio", 2.0, 1.5, 3.0, NOT)),
    tables=(Table("by shape", ("shape", "cases", "share"), (("A, B", 3, 0.5), ("A", None, 1.0))),),
    n=10,
    censored=1,
    runs=20,
    checked=135,
    controls=(Control("arms swapped", (NOT,), NOT), Control("halves", (NOT, INCONCLUSIVE), NOT)),
    points=(PerSeedValues("PPO", "epochs", (120.0, None), (False, True)),),
    subsamples=(Subsample("10-19", INCONCLUSIVE, Measured(9.5, None, None), 10, 1, 20),),
    raw=(RawData("ppo/linear_chain.last", "ab12", "trained"),),
    figures=("headline_ratio",),
    command="nox -s verify_claims -- --claim transfer.headline",
    seconds=0.5,
)
RUN = RunResult(
    tier="paper",
    commit="abc123",
    dirty=False,
    environment={"python": "3.11.9", "cores": 2},
    seconds=61.5,
    claims=(CLAIM,),
    about="all of it",
    left_out=(LeftOut("theory.x", "X", "no runs", "theory.x"),),
    cost=Cost(2**30, {"cvs": 500_000}, "1 block: 1 trained"),
    accounts=Accounts(
        (BlockAccount("cvs/linear_chain.last", "trained", 2, 1, seconds=2.5, digest="ab12"),)
    ),
    comparison=ShippedComparison(
        "def456", (Compared("cvs/linear_chain.last", Agreement.SAME, "other processor"),)
    ),
)


def claim(verdict: Verdict, recorded: Verdict = REPRODUCED, **changes: object) -> ClaimResult:
    """Copy CLAIM with another verdict."""
    return changed(CLAIM, verdict=verdict, recorded=recorded, **changes)


def run(*claims: ClaimResult) -> RunResult:
    return replace(RUN, claims=claims)


# (verdict, recorded verdict): how they compare, worked out by hand.
OUTCOMES = {
    (REPRODUCED, REPRODUCED): "reproduced",
    (NOT, REPRODUCED): "flipped",
    (INCONCLUSIVE, REPRODUCED): "drift",
    (NOT_RUN, REPRODUCED): "",
    (REPRODUCED, NOT): "flipped",
    (NOT, NOT): "",
    (INCONCLUSIVE, NOT): "drift",
    (NOT_RUN, NOT): "",
    (REPRODUCED, INCONCLUSIVE): "drift",
    (NOT, INCONCLUSIVE): "drift",
    (INCONCLUSIVE, INCONCLUSIVE): "",
    (NOT_RUN, INCONCLUSIVE): "",
}


@pytest.mark.parametrize(("pair", "expected"), OUTCOMES.items())
def test_a_verdict_is_compared_with_the_recorded_one(
    pair: tuple[Verdict, Verdict], expected: str
) -> None:
    result = claim(*pair)
    said = {"reproduced": result.reproduced, "flipped": result.flipped, "drift": result.drift}
    assert [word for word, holds in said.items() if holds] == ([expected] if expected else [])


@pytest.mark.parametrize(("pair", "expected"), OUTCOMES.items())
def test_only_a_flip_fails_unless_the_claim_is_machine_independent(
    pair: tuple[Verdict, Verdict], expected: str
) -> None:
    assert claim(*pair).failed == (expected == "flipped")
    assert claim(*pair, kind="theory").failed == (expected in {"flipped", "drift"})
    assert not claim(*pair, kind="theory", required=False).failed


@pytest.mark.parametrize(("pair", "expected"), OUTCOMES.items())
def test_a_claim_with_another_recorded_verdict_is_not_counted_as_reproduced(
    pair: tuple[Verdict, Verdict], expected: str
) -> None:
    totals = run(claim(*pair)).totals
    assert list(totals) == ["reproduced", "not reproduced", "inconclusive", "not run"]
    assert totals["reproduced"] == (expected == "reproduced")
    counted = {} if pair[0] is REPRODUCED and expected != "reproduced" else {pair[0].value: 1}
    assert {word: n for word, n in totals.items() if n} == counted


def test_a_control_with_an_unexpected_verdict_flips_the_claim() -> None:
    broken = Control("halves", (NOT, INCONCLUSIVE), REPRODUCED)
    assert not broken.holds
    result = claim(REPRODUCED, controls=(CLAIM.controls[0], broken))
    assert result.flipped
    assert result.failed
    assert not result.reproduced
    assert not claim(REPRODUCED).flipped


def test_a_claim_that_was_not_run_has_not_flipped_on_its_controls() -> None:
    assert not claim(NOT_RUN, controls=(Control("halves", (NOT,), NOT_RUN),)).flipped


def test_totals_count_every_claim_under_its_verdict() -> None:
    result = run(*map(claim, (REPRODUCED, REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN)))
    assert list(result.totals.values()) == [2, 1, 1, 1]


def test_statements_are_counted_by_group() -> None:
    """Of one group, the worst verdict counts; other kinds of claims do not."""
    result = run(
        claim(REPRODUCED, id="a.one", group="switch"),
        claim(INCONCLUSIVE, id="a.two", group="switch"),
        claim(REPRODUCED, id="a.three", group="curves"),
        claim(REPRODUCED, id="a.four", group="curves"),
        claim(NOT, id="a.five"),
        claim(REPRODUCED, id="a.six", kind="consistency"),
        claim(NOT, id="a.seven", kind="finding"),
        claim(NOT, id="a.eight", kind="explanation", group="curves"),
    )
    assert list(result.statements.values()) == [1, 1, 1, 0]
    assert list(result.totals.values()) == [4, 3, 1, 0]


@pytest.mark.parametrize(
    ("members", "verdict"),
    [
        ((REPRODUCED, NOT_RUN), "not run"),
        ((INCONCLUSIVE, NOT), "not reproduced"),
        ((REPRODUCED, INCONCLUSIVE), "inconclusive"),
        ((REPRODUCED, REPRODUCED), "reproduced"),
    ],
)
def test_a_group_has_its_worst_verdict(members: tuple[Verdict, Verdict], verdict: str) -> None:
    result = run(*(claim(v, id=f"a.{i}", group="one") for i, v in enumerate(members)))
    assert result.statements == {v.value: int(v.value == verdict) for v in Verdict}


def test_a_statement_whose_control_fails_is_inconclusive() -> None:
    broken = Control("halves", (NOT, INCONCLUSIVE), REPRODUCED)
    assert run(claim(REPRODUCED, controls=(broken,))).statements["inconclusive"] == 1
