"""The claims on decisions that stay right, and what they measure, against numbers by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from claims.explanation._disturbance import (
    CHANGED,
    UNCHANGED,
    disturbance,
    from_probabilities,
)
from claims.explanation.disturbs_less import test_disturbs_less as disturbs_less
from claims.explanation.leaves_alone import test_leaves_alone as leaves_alone
from repro.statistics import winning_probabilities
from repro.verdicts import Verdict
from tests.claims.bids.synthetic import judged_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from repro.protocol import Block
    from repro.verdicts import ClaimResult

YES, NO, OPEN = Verdict.REPRODUCED, Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE
SEEDS, EPOCHS = 10, 41
A, B, C = range(3)


def test_the_decisions_of_the_chain() -> None:
    assert UNCHANGED == ((0, A), (1, B))
    assert CHANGED == ((2, C),)


def test_lowest_point_and_area_by_hand() -> None:
    chances = np.array([[[0.8, 0.5], [0.4, 0.4], [0.6, 1.0], [np.nan, np.nan]]])
    found = from_probabilities(chances, np.array([False]))
    assert found.lowest.tolist() == [[0.5, 0.8]]
    # Every fifth epoch: 5 times (0.4 + 0.2 + 0.1); that B rises above its start makes up for nothing.
    assert found.area == pytest.approx([3.5])
    assert found.areas.epochs.tolist() == [3500]


def test_an_undisturbed_run_has_the_smallest_area() -> None:
    found = from_probabilities(np.full((1, 3, 2), 0.7), np.array([True]))
    assert found.areas.epochs.tolist() == [1]
    assert found.areas.censored.tolist() == [True]


def falling(to: float, run_gap: float = 0.01) -> NDArray[np.float16]:
    """Probabilities [runs, epochs, 5, 6] of A and B that fall from 0.9 to about `to` for 20 epochs; C to 0."""
    bids = np.full((SEEDS, EPOCHS, 5, 6), 0.02, np.float16)
    for state, action in (*UNCHANGED, *CHANGED):
        bids[:, :, state, action] = 0.9
    for run in range(SEEDS):
        bids[run, 10:30, (0, 1), (A, B)] = to + run_gap * run
        bids[run, 10:, 2, C] = 0.01
    return bids


def result(test: Callable[..., None], cvs: float, ppof: float) -> ClaimResult:
    """Judge a claim on bids, of CVS so narrow that the highest mean always wins, or never."""

    def runs(block: Block) -> Any:  # noqa: ANN401 - any object with these fields is a record here
        bids = {"bid": falling(ppof)}
        if block.algorithm == "cvs":  # 0.9 wins; with a mean of `cvs` it competes with 0.5
            mean = falling(cvs, 0.002)
            mean[:, :, (0, 1), 5] = 0.5
            bids = {"bid": mean, "concentration": np.full_like(mean, 50)}
        times = SimpleNamespace(censored=np.zeros(SEEDS, bool))
        return SimpleNamespace(block=block, bids=bids, times=times)

    return judged_on(test, runs, SEEDS)


def test_in_cvs_it_is_the_probability_of_winning() -> None:
    mean = np.full((1, 1, 5, 6), 0.25, np.float16)
    mean[0, 0, 0, A] = 0.75
    record: Any = SimpleNamespace(
        bids={"bid": mean, "concentration": np.full_like(mean, 4)},
        times=SimpleNamespace(censored=np.array([False])),
    )
    expected = winning_probabilities(
        4 * np.array([0.75] + [0.25] * 5), 4 * np.array([0.25] + [0.75] * 5), 2
    )
    found = disturbance(record)
    assert found.start[0, 0] == pytest.approx(expected[0])
    assert found.start[0, 1] == pytest.approx(1 / 6)  # six equal bids


@pytest.mark.parametrize(("ppof", "verdict"), [(0.1, YES), (0.5, NO)])
def test_less_is_disturbed(ppof: float, verdict: Verdict) -> None:
    found = result(disturbs_less, 0.52, ppof)
    assert found.verdict is verdict
    assert {control.holds for control in found.controls} == {True}


@pytest.mark.parametrize(("cvs", "verdict"), [(0.85, YES), (0.52, NO)])
def test_nothing_is_disturbed(cvs: float, verdict: Verdict) -> None:
    found = result(leaves_alone, cvs, 0.3)
    assert found.verdict is verdict
    assert [control.verdict for control in found.controls] == [NO, NO]
    (share,) = (d for d in found.details if d.label.endswith("CVS"))
    assert share.value == (0 if verdict is YES else 1)
