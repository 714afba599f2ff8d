"""Epochs before and after the first reward, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.errors import UserError
from repro.statistics import ConvergenceTimes, first_reaching, from_then_on, share_before

RETURNS = [
    [0.0, 0.019, 0.02, 0.5, 0.8],
    [0.0, 0.0, 0.0, np.nan, np.nan],
    [0.8, 0.0, 0.8, 0.8, np.nan],
]


def times(*epochs: int, censored: tuple[bool, ...] | None = None) -> ConvergenceTimes:
    flags = censored or (False,) * len(epochs)
    return ConvergenceTimes(np.array(epochs), np.array(flags))


def test_the_first_epoch_at_a_level() -> None:
    found = first_reaching(RETURNS, 0.02)
    assert found.epochs.tolist() == [
        3,
        3,
        1,
    ]  # the second run ends after three epochs without a reward
    assert found.censored.tolist() == [False, True, False]
    assert first_reaching(RETURNS, 0.79).epochs.tolist() == [5, 3, 1]


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=20),
    st.floats(0.01, 1),
)
def test_as_a_loop_finds_it(returns: list[float], level: float) -> None:
    expected, never = len(returns), True
    for epoch, value in enumerate(returns, start=1):
        if value >= level:
            expected, never = epoch, False
            break
    found = first_reaching([returns], level)
    assert (found.epochs.item(), found.censored.item()) == (expected, never)


def test_epochs_from_the_first_reward_on_count_both_ends() -> None:
    found = times(3, 1, 7)
    rest = from_then_on(found, times(10, 1, 7))
    assert rest.epochs.tolist() == [8, 1, 1]
    assert not rest.censored.any()


def test_a_run_that_does_not_converge_gives_a_lower_bound() -> None:
    found = times(3, 50, censored=(False, True))
    rest = from_then_on(found, times(50, 50, censored=(True, True)))
    assert rest.epochs.tolist() == [48, 1]
    assert rest.censored.tolist() == [True, True]


def test_the_share_of_epochs_that_pass_before() -> None:
    # 2 of 10 and 6 of 10 epochs.
    assert share_before(times(3, 7), times(10, 10)) == pytest.approx(0.4)
    assert share_before(times(1, 1), times(10, 30)) == 0


@pytest.mark.parametrize(
    ("found", "converged", "says"),
    [
        (times(3), times(2), "run 0 converged in epoch 2 and was first rewarded in epoch 3"),
        (times(1, 9, censored=(False, True)), times(5, 9), "run 1 converged in epoch 9"),
        (times(3), times(4, 5), "given 1 and 2 runs"),
    ],
)
def test_times_that_do_not_fit_together(
    found: ConvergenceTimes, converged: ConvergenceTimes, says: str
) -> None:
    with pytest.raises(UserError, match=says):
        from_then_on(found, converged)
