"""The finding on mean bids and winning, judged on bids of which the order is known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from claims.bids.finding_winning_by_mean import SHIFTED, chances
from claims.bids.finding_winning_by_mean import test_winning_by_mean as claim
from repro import tasks
from repro.verdicts import Verdict
from tests.claims.bids.synthetic import judged_on

if TYPE_CHECKING:
    from repro.protocol import Block
    from repro.verdicts import ClaimResult

MEANS = (0.8, 0.5, 0.4, 0.3, 0.2, 0.1)
NARROW, WIDE = 400.0, 1.0


def found(concentration: dict[int, float] | None = None, state: int = 1) -> ClaimResult:
    """Judge six mechanisms in every state; in one of them, some have other concentrations."""

    def runs(block: Block) -> Any:  # noqa: ANN401 - any object with these fields is a record here
        states = len(tasks.problem(block.problem).merged.terminal)
        mean = np.tile(np.array(MEANS, np.float32), (3, states, 1))
        table = np.full_like(mean, 20.0)
        for mechanism, number in (concentration or {}).items():
            table[1, state, mechanism] = number
        return SimpleNamespace(block=block, final_bids={"bid": mean, "concentration": table})

    return judged_on(claim, runs, 3)


def test_with_one_concentration_a_higher_mean_wins_more_often() -> None:
    result = found()
    assert result.verdict == Verdict.REPRODUCED
    assert [(control.what, control.verdict) for control in result.controls] == [
        (SHIFTED, Verdict.NOT_REPRODUCED)
    ]
    assert result.details[0].value == 0


def test_a_wide_distribution_can_win_more_often_than_a_narrow_one() -> None:
    """In one run and one state of each problem; two of 24 pairs of a run and a state on the chain's path."""
    result = found({1: NARROW, 2: WIDE})
    assert result.verdict == Verdict.NOT_REPRODUCED
    (table,) = result.tables
    wrong = {(row[0], row[2]): (row[6], row[7], row[8]) for row in table.rows}
    places = [("linear_chain.training", f"state {place}") for place in (0, 1)]
    assert [wrong[place] for place in places] == [(0, 0, 0), (0, 1, 1)]


def test_the_wrong_mechanism_may_win_most_often() -> None:
    result = found({0: NARROW, 1: 0.01})
    (table,) = result.tables
    assert [
        row[6] for row in table.rows if (row[0], row[2]) == ("linear_chain.training", "state 1")
    ] == [1]


def test_bids_off_the_optimal_paths_do_not_count() -> None:
    assert found({1: NARROW, 2: WIDE}, state=-1).verdict == Verdict.REPRODUCED


def test_chances_of_uniform_bids() -> None:
    """Mean 1/2 and concentration 2 are uniform; alike mechanisms win equally often."""
    np.testing.assert_allclose(chances(np.full(4, 0.5), np.full(4, 2.0)), 0.25, atol=1e-8)
    # By hand: mechanism 0 is Beta(3, 1), the best of its two entries x^6; of the other's, x^2.
    found = chances(np.array([0.75, 0.5]), np.array([4.0, 2.0]))
    assert found == pytest.approx([6 / 8, 2 / 8], abs=1e-8)
