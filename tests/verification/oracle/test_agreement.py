"""The rule of agreement on synthetic returns; no library of theirs is needed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.verification.oracle.agreement import (
    CONFIDENCE,
    agree,
    differences,
    epochs_to_level,
    last_returns,
)

STEP = np.where(np.arange(100) < 60, 0.0, 0.8)


def arm(seed: int, *, shift: float = 0.0, late: int = 0, noise: float = 0.002) -> np.ndarray:
    """Make eight runs that rise from 0 to 0.8, each at its own time, with noise."""
    rng = np.random.default_rng(seed)
    middle = 90 + 10 * np.arange(8)[:, None] + late + rng.normal(0, 2, (8, 1))
    climb = 0.8 / (1 + np.exp(-(np.arange(300) - middle) / 30))
    return climb + shift + rng.normal(0, noise, (8, 300))


def test_the_last_epochs_are_twenty() -> None:
    returns = np.concatenate([np.zeros((1, 80)), np.arange(20.0)[None]], axis=1)
    assert last_returns(returns) == pytest.approx([9.5])


def test_the_level_is_reached_at_the_end_of_ten_epochs() -> None:
    """Returns are 0 until epoch 60, then 0.8: epochs 56 to 65 are the first ten with five high."""
    np.testing.assert_array_equal(epochs_to_level(np.stack([STEP, STEP * 0])), [65, 100])


def test_intervals_are_students_of_paired_differences() -> None:
    """Differences 1, 2 and 3: mean 2, standard error 1/√3, t at 98.75 % of two degrees 6.2053."""
    here = np.zeros((3, 30))
    there = here + np.array([[1.0], [2.0], [3.0]])
    found = differences(here, there)[0]
    assert (found.ours, found.theirs) == (0, 2)
    assert found.high - 2 == pytest.approx(6.2053 / np.sqrt(3), rel=1e-4)
    assert 2 - found.low == pytest.approx(found.high - 2)
    assert pytest.approx(1 - 0.05 / 2) == CONFIDENCE


def test_arms_that_differ_by_chance_agree() -> None:
    assert sum(agree(arm(2 * i), arm(2 * i + 1)) for i in range(20)) >= 17


@pytest.mark.parametrize("other", [{"shift": 0.05}, {"late": 15}, {"late": -15}])
def test_arms_that_differ_do_not_agree(other: dict[str, float]) -> None:
    assert not any(agree(arm(2 * i), arm(2 * i + 1, **other)) for i in range(20))  # type: ignore[arg-type]  # late is whole


def test_a_small_but_significant_difference_does_not_agree() -> None:
    here = arm(0)
    there = here + 0.001 + np.random.default_rng(1).normal(0, 1e-5, here.shape)
    found = differences(here, there)[0]
    assert 0 < found.low < found.high < found.margin
    assert not found.agrees


def test_arms_that_vary_too_much_do_not_agree() -> None:
    here = arm(0)
    there = here + np.random.default_rng(1).normal(0, 0.2, (8, 1))
    found = differences(here, there)[0]
    assert found.low < 0 < found.high
    assert not found.agrees
