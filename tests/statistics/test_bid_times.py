"""Switches and recoveries of bids, against rows worked out by hand and a plain loop."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from repro.errors import UserError
from repro.statistics.bid_times import Recovery, change, joint_recovery, recovery, switch
from repro.statistics.convergence import ConvergenceTimes

NAN = math.nan


def listed(times: ConvergenceTimes) -> list[tuple[int, bool]]:
    return list(zip(times.epochs.tolist(), times.censored.tolist(), strict=True))


def test_switches_worked_out_by_hand() -> None:
    falling = np.full((6, 7), 0.5)
    rising = np.array(
        [
            [0.1, 0.6, 0.4, 0.6, 0.7, 0.6, 0.6],  # above once, then for good from epoch 4
            [0.6, 0.6, 0.6, 0.1, 0.1, 0.1, 0.1],  # from the first epoch; its end is ignored
            [0.1, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1],  # equal is not above
            [0.1, 0.1, 0.1, 0.1, 0.1, 0.6, 0.6],  # two of three so far: epoch 6 at the earliest
            [0.1, 0.1, 0.6, 0.6, NAN, NAN, NAN],  # ended after four epochs, two of them above
            [0.1, 0.1, 0.1, 0.1, 0.6, 0.6, 0.6],  # the last possible window
        ]
    )
    falling[4, 4:] = NAN
    assert listed(switch(falling, rising, window=3)) == [
        (4, False),
        (1, False),
        (7, True),
        (6, True),
        (3, True),
        (5, False),
    ]


def test_a_switch_takes_ten_epochs() -> None:
    rising = np.zeros((2, 12))
    rising[0, 2:], rising[1, 3:] = 1.0, 1.0
    assert listed(switch(np.full((2, 12), 0.5), rising)) == [(3, False), (4, True)]


def test_recoveries_worked_out_by_hand() -> None:
    bids = np.array(
        [
            # Falls by 0.5 from 1 to 0.5: recovers at 0.95, from epoch 6 on, not in epoch 4.
            [1.0, 0.5, 0.75, 0.96, 0.9, 0.96, 1.0, 0.95],
            # The lowest value after epoch 1 is late; a recovery before it does not count.
            [1.0, 0.75, 1.0, 1.0, 0.5, 1.0, 1.0, 0.5],
            # Never below its baseline: not disturbed.
            [0.5, 0.75, 0.625, 0.75, 0.75, 0.75, 0.75, 0.75],
            # Still below the level at the end.
            [1.0, 0.5, 0.5, 0.75, 0.9, 0.9, 0.9, 0.9],
            # At the level in the last one of its five epochs.
            [1.0, 0.5, 0.5, 0.5, 1.0, NAN, NAN, NAN],
        ]
    )
    found = recovery(bids, window=2)
    np.testing.assert_array_equal(found.baseline, [1, 1, 0.5, 1, 1])
    np.testing.assert_array_equal(found.trough, [0.5, 0.5, 0.625, 0.5, 0.5])
    np.testing.assert_array_equal(found.trough_epoch, [2, 5, 3, 2, 2])
    np.testing.assert_array_equal(found.depth, [0.5, 0.5, -0.125, 0.5, 0.5])
    assert found.disturbed.tolist() == [True, True, False, True, True]
    assert [listed(found.times)[run] for run in (0, 1, 3, 4)] == [
        (6, False),
        (6, False),
        (8, True),
        (5, True),
    ]


def test_a_fall_of_a_twentieth_is_a_disturbance() -> None:
    """The edge itself counts: 0.0625 - 0.0125 rounds to 0.05."""
    assert 0.0625 - 0.0125 == 0.05
    bids = [[0.0625, 0.0125, 0.0625], [0.0625, 0.013, 0.0625]]
    assert recovery(bids).disturbed.tolist() == [True, False]


def test_a_recovery_takes_nine_tenths_for_ten_epochs() -> None:
    """From 1 to 0 the level is 0.9; the level itself counts."""
    bids = np.zeros((3, 13))
    bids[:, 0] = 1
    bids[0, 3:], bids[1, 3:], bids[2, 4:] = 0.9, 0.899, 0.9
    assert listed(recovery(bids).times) == [(4, False), (13, True), (5, True)]


def a_recovery(disturbed: list[bool], epochs: list[int], censored: list[bool]) -> Recovery:
    there = np.array(disturbed)
    return Recovery(
        there * 1.0,
        there * 0.0,
        there + 1,
        there,
        ConvergenceTimes(np.array(epochs), np.array(censored)),
    )


def test_a_runs_time_is_the_mean_over_its_disturbed_bids() -> None:
    yes, no = True, False
    a = a_recovery([yes, yes, no, no, yes, yes], [10, 20, 1, 1, 4, 5], [no, no, no, yes, yes, no])
    b = a_recovery([yes, no, yes, no, yes, no], [13, 2, 30, 7, 4, 99], [no, yes, no, no, no, yes])
    times, has_time = joint_recovery([a, b])
    # In half epochs: 11.5, 20, 30, none, 4 at least, 5.
    assert listed(times) == [(23, no), (40, no), (60, no), (8, yes), (10, no)]
    assert has_time.tolist() == [yes, yes, yes, no, yes, yes]
    assert listed(joint_recovery([b])[0]) == [(26, no), (60, no), (8, no)]


def lasting(holds: list[bool], window: int) -> tuple[int, bool]:
    """Find the first epoch from which it holds `window` times in a row, with a plain loop."""
    for epoch in range(1, len(holds) + 1):
        ahead = holds[epoch - 1 : epoch - 1 + window]
        if len(ahead) == window and all(ahead):
            return epoch, False
    # Censored: it may hold since the first epoch after which it never failed.
    for epoch in range(1, len(holds) + 1):
        if all(holds[epoch - 1 :]):
            return epoch, True
    return len(holds), True


RUNS = st.lists(
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.625, 0.95, 1.0]), min_size=2, max_size=14),
    min_size=1,
    max_size=5,
)


def padded(runs: list[list[float]]) -> np.ndarray:
    table = np.full((len(runs), max(map(len, runs))), NAN)
    for row, run in zip(table, runs, strict=True):
        row[: len(run)] = run
    return table


@given(runs=RUNS, window=st.integers(1, 5))
@example(runs=[[0.0, 1.0]], window=5)
def test_switches_by_brute_force(runs: list[list[float]], window: int) -> None:
    rising = padded(runs)
    falling = np.where(np.isnan(rising), NAN, 0.5)
    expected = [lasting([bid > 0.5 for bid in run], window) for run in runs]
    assert listed(switch(falling, rising, window=window)) == expected


@given(runs=RUNS, window=st.integers(1, 5))
def test_recoveries_by_brute_force(runs: list[list[float]], window: int) -> None:
    found = recovery(padded(runs), window=window)
    for row, run in enumerate(runs):
        fall = run[0] - min(run[1:])
        trough = 2 + run[1:].index(min(run[1:]))
        level = min(run[1:]) + 0.9 * fall
        assert found.disturbed[row] == (fall >= 0.05)
        assert found.trough_epoch[row] == trough
        holds = [epoch > trough and bid >= level for epoch, bid in enumerate(run, 1)]
        assert listed(found.times)[row] == lasting(holds, window)


def test_change_is_from_the_first_epoch_to_the_last_observed() -> None:
    bids = [[0.5, 0.0, 0.75, 0.25], [0.25, 0.0, 1.0, NAN], [0.5, NAN, NAN, NAN]]
    assert change(bids).tolist() == [-0.25, 0.75, 0.0]


@pytest.mark.parametrize(
    ("falling", "rising", "window", "message"),
    [
        ([0.5, 0.5], [0.5, 0.5], 1, r"falling bid: given shape \[2\]; expected \[runs, epochs\]"),
        ([[]], [[]], 1, r"falling bid: given shape \[1, 0\]"),
        ([[0.5]], [[0.5, 0.5]], 1, r"given bids \[1, 1\] and \[1, 2\].*the same runs"),
        ([[0.5, NAN]], [[0.5, 0.5]], 1, "the same runs"),
        ([[NAN, 0.5]], [[NAN, 0.5]], 1, "falling bid: run 0 has nan in epoch 1 of 2"),
        ([[0.5], [NAN]], [[0.5], [NAN]], 1, "falling bid: run 1 has no epoch"),
        ([[0.5]], [[0.5]], 0, "window: given 0 epochs; expected at least 1"),
    ],
)
def test_bids_that_cannot_be_judged(
    falling: list[object], rising: list[object], window: int, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        switch(np.array(falling), np.array(rising), window=window)


def test_recoveries_that_cannot_be_judged() -> None:
    with pytest.raises(UserError, match="run 1 has one epoch; expected at least two"):
        recovery([[0.5, 0.5], [0.5, NAN]])
    one = recovery([[0.5, 0.5]])
    two = recovery([[0.5, 0.5], [0.5, 0.5]])
    for bids in ([], [one, two], [one, one, one]):
        with pytest.raises(UserError, match="expected one or two bids of the same runs"):
            joint_recovery(bids)
