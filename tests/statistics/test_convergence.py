"""Epochs to convergence, against rows worked out by hand and a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.errors import UserError
from repro.statistics import ConvergenceTimes, epochs_to_convergence
from repro.statistics.convergence import is_near, tolerance_of

OPTIMUM = [0.8]
NAN = float("nan")


@pytest.mark.parametrize(
    ("row", "epoch", "censored"),
    [
        (OPTIMUM * 30, 1, False),
        ([0.1] * 5 + OPTIMUM * 30, 6, False),
        ([0.1] * 5 + OPTIMUM * 29, 6, True),  # may have converged in epoch 6, so at least 6
        ([0.1] * 5 + OPTIMUM * 29 + [0.1], 35, True),
        (OPTIMUM * 29 + [0.7] + OPTIMUM * 30, 31, False),
        (OPTIMUM * 30 + [0.7] + OPTIMUM * 40, 1, False),
        (OPTIMUM * 29, 1, True),
        ([0.1] * 40, 40, True),
        ([0.1], 1, True),
        ([0.1] * 3 + OPTIMUM, 4, True),
        ([0.1] * 3 + OPTIMUM * 2, 4, True),
        ([0.1] * 2 + OPTIMUM * 30 + [NAN] * 7, 3, False),
        ([0.1] * 2 + OPTIMUM * 29 + [NAN] * 7, 3, True),
        ([0.1] * 12 + [NAN] * 30, 12, True),
    ],
)
def test_rows_by_hand(row: list[float], epoch: int, *, censored: bool) -> None:
    times = epochs_to_convergence([row])
    assert times.epochs.tolist() == [epoch]
    assert times.censored.tolist() == [censored]
    assert times.epochs.dtype == np.int64


def test_rows_are_independent() -> None:
    returns = np.full((3, 50), 0.8)
    returns[0, :10] = 0
    returns[1, 45:] = 0
    returns[1, :4] = 0
    returns[2, 20] = 0
    times = epochs_to_convergence(returns)
    assert times.epochs.tolist() == [11, 5, 22]
    assert times.censored.tolist() == [False, False, True]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("value", "tolerance", "near"),
    [
        (0.79, 0.01, True),  # 0.8 x 79/80
        (0.81, 0.01, True),
        (0.8 * (1 - 51 / 4079), 0.01, False),  # the nearest mean of at most 4096 episodes beyond
        (0.795, 0.005, True),
        (0.8 * (1 - 26 / 4159), 0.005, False),
        (0.75, 0.05, True),
        (0.7899, 0.01, False),
    ],
)
def test_edge_of_the_tolerance(
    kind: type[np.floating], value: float, tolerance: float, *, near: bool
) -> None:
    returns = np.full((1, 4), value, dtype=kind)
    times = epochs_to_convergence(returns, tolerance=tolerance, window=4)
    assert times.censored.tolist() == [not near]


def test_near_is_a_hundredth_around_the_optimum_with_its_edges() -> None:
    returns = np.array([0.8, 0.79, 0.81, 0.7899, 0.8101, 0.0, -0.8, NAN, np.inf, -np.inf])
    assert is_near(returns).tolist() == [True] * 3 + [False] * 7
    assert is_near(returns.astype(np.float32).astype(float)).tolist() == [True] * 3 + [False] * 7
    assert is_near(np.array([[0.2, 0.5]]), 0.5, 0.3).tolist() == [[True, True]]
    assert is_near(np.array([[0.2, 0.5]]), 0.5, 0.2).tolist() == [[False, True]]
    assert is_near(np.empty((2, 0))).shape == (2, 0)


@given(st.integers(1, 4096), st.integers(0, 4096))
def test_near_is_right_for_every_possible_return(episodes: int, good: int) -> None:
    """Against fractions: 0.8 k/m is within 0.01 of 0.8 if 80 (m - k) is at most m."""
    k = min(good, episodes)
    expected = 80 * (episodes - k) <= episodes
    # As a sum, like an epoch's rewards, and as a product.
    for value in (float(np.cumsum([0.0] + [0.8] * k)[-1]) / episodes, 0.8 * k / episodes):
        assert is_near(np.array([value])).tolist() == [expected]


@given(st.lists(st.sampled_from([0.8, 0.79, 0.5]), min_size=1, max_size=80), st.integers(1, 5))
def test_a_run_converges_where_its_streak_is_first_a_window_long(
    row: list[float], window: int
) -> None:
    """As training counts it, epoch by epoch."""
    streak, full = 0, None
    for epoch, near in enumerate(is_near(np.array(row)), start=1):
        streak = streak + 1 if near else 0
        if streak == window and full is None:
            full = epoch
    times = epochs_to_convergence([row], window=window)
    assert times.censored.tolist() == [full is None]
    if full is not None:
        assert times.epochs.tolist() == [full - window + 1]


def loop(row: list[float], window: int) -> tuple[int, bool]:
    near = [abs(value - 0.5) < 0.15 for value in row]
    for start in range(len(row)):
        if start + window <= len(row) and all(near[start : start + window]):
            return start + 1, False
    streak = 0
    while streak < len(row) and near[-1 - streak]:
        streak += 1
    return min(len(row), len(row) - streak + 1), True


@given(
    rows=st.lists(
        st.lists(st.sampled_from([0.5, 0.6, 0.4, 0.7]), min_size=1, max_size=12),
        min_size=1,
        max_size=5,
    ),
    window=st.integers(1, 6),
    spare=st.integers(0, 3),
)
def test_agrees_with_a_loop(rows: list[list[float]], window: int, spare: int) -> None:
    width = max(map(len, rows)) + spare
    returns = np.array([row + [NAN] * (width - len(row)) for row in rows])
    times = epochs_to_convergence(returns, optimum=0.5, tolerance=0.1, window=window)
    expected = [loop(row, window) for row in rows]
    assert list(zip(times.epochs.tolist(), times.censored.tolist(), strict=True)) == expected


@given(
    row=st.lists(st.sampled_from([0.5, 0.6]), min_size=1, max_size=20),
    seen=st.integers(1, 20),
    window=st.integers(1, 5),
)
def test_a_censored_time_bounds_the_time_of_the_longer_record(
    row: list[float], seen: int, window: int
) -> None:
    def measure(values: list[float]) -> ConvergenceTimes:
        return epochs_to_convergence([values], optimum=0.5, tolerance=0.01, window=window)

    early, late = measure(row[:seen]), measure(row)
    assert early.epochs[0] <= late.epochs[0]
    if not early.censored[0]:
        assert early.epochs[0] == late.epochs[0]


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        ([[0.1, 0.2], [NAN, 0.8]], "run 1 has nan in epoch 1 of 2"),
        ([[0.1, NAN, 0.8, NAN]], "run 0 has nan in epoch 2 of 3"),
        ([[0.1, float("inf")]], "run 0 has inf in epoch 2 of 2"),
        ([[0.8], [NAN]], "run 1 has no epoch"),
        ([[]], r"returns: given shape \[1, 0\]; expected \[runs, epochs\]"),
        ([0.8, 0.8], r"returns: given shape \[2\]; expected \[runs, epochs\]"),
    ],
)
def test_bad_returns(returns: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        epochs_to_convergence(np.array(returns))


@pytest.mark.parametrize(
    ("tolerance", "window", "message"),
    [
        (-0.1, 30, "tolerance: given -0.1; expected at least 0"),
        (NAN, 30, "tolerance: given nan; expected at least 0"),
        (0.01, 0, "window: given 0 epochs; expected at least 1"),
    ],
)
def test_bad_rule(tolerance: float, window: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        epochs_to_convergence([[0.8]], tolerance=tolerance, window=window)


def test_no_runs_give_no_times() -> None:
    assert epochs_to_convergence(np.empty((0, 5))).epochs.tolist() == []


def test_invalid_times_are_refused() -> None:
    with pytest.raises(UserError, match=r"epochs \[2\] and censored \[1\]"):
        ConvergenceTimes(np.array([1, 2]), np.array([False]))
    with pytest.raises(UserError, match="run 1 has epoch 0"):
        ConvergenceTimes(np.array([1, 0]), np.array([False, False]))


@pytest.mark.parametrize("best", [0.8, 2.5, -4.0, 1e-3, 1e6])
def test_the_tolerance_is_relative_to_the_optimum(best: float) -> None:
    """Every return that is near 0.8, and every other one, scaled to another best return."""
    returns = np.array([0.8, 0.79, 0.81, 0.7899, 0.8101, 0.0, 0.79 - 9e-7, 0.79 - 1.1e-6])
    near = [True, True, True, False, False, False, True, False]
    assert is_near(returns * (best / 0.8), best).tolist() == near
    for value, is_it in zip(returns, near, strict=True):
        row = np.full((1, 30), value * (best / 0.8))
        assert epochs_to_convergence(row, optimum=best).censored.tolist() == [not is_it]


def test_the_protocols_tolerance_is_exactly_a_hundredth() -> None:
    assert tolerance_of(0.8) == 0.01
    assert tolerance_of(2.5) == pytest.approx(0.03125)


@pytest.mark.parametrize("optimum", [0.0, float("nan"), float("inf")])
def test_an_optimum_that_nothing_is_relative_to_is_an_error(optimum: float) -> None:
    with pytest.raises(
        UserError, match=r"^optimum: given .*; expected a finite number other than 0"
    ):
        epochs_to_convergence([[0.8]], optimum=optimum)
