"""Factors and shifts, against numbers by hand: what a match does without any network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import log_softmax

from repro.errors import UserError
from repro.training.matches import (
    ChangedDecision,
    crossing,
    match_exploration,
    match_habit,
)

if TYPE_CHECKING:
    from repro.training.matches import Floats

LOGITS = np.array([4.0, 1.0, 0.0, -1.0])
OLD_TO_NEW = ChangedDecision(state=0, old=0, new=2)


def sharpened(factor: float) -> Floats:
    return np.asarray(log_softmax(factor * LOGITS))


@pytest.mark.parametrize(("wanted", "factor"), [(-6, 1), (-9, 1.5), (-0.6, 0.1), (-3000, 500)])
def test_a_factor_is_found(wanted: float, factor: float) -> None:
    assert crossing(lambda f: -6 * f, wanted, "it") == pytest.approx(factor, rel=1e-12)
    assert crossing(lambda f: 6 * f, -wanted, "it") == pytest.approx(factor, rel=1e-12)


def test_the_factor_nearest_to_1_is_taken() -> None:
    """(log f)² is 1 at e and at 1/e; of a hill that is lower on one side, the nearer crossing counts."""
    assert crossing(lambda f: -((math.log(f) - 0.5) ** 2), -1, "it") == pytest.approx(
        math.exp(-0.5)
    )
    assert crossing(lambda f: -((math.log(f) + 0.5) ** 2), -1, "it") == pytest.approx(math.exp(0.5))


def test_what_no_factor_reaches_is_refused_with_what_they_reach() -> None:
    says = (
        r"^the chance: wanted 0.5, and factors from 0.000976562 to 1024 reach 0.1 to 0.25; leave this seed "
        "out"
    )
    with pytest.raises(UserError, match=says):
        crossing(lambda f: math.log(0.25 if f < 1 else 0.1), math.log(0.5), "the chance")


def test_factors_without_a_probability_are_passed_over() -> None:
    def partly(factor: float) -> float:
        return math.nan if factor < 1 else -factor

    assert crossing(partly, -3, "it") == pytest.approx(3)
    with pytest.raises(UserError, match=r"reach 0 to 0.367879"):
        crossing(partly, -0.5, "it")


def test_exploration_by_hand() -> None:
    """Of two actions with logits 3 f and 0, the second has the odds exp(-3 f)."""
    decision = ChangedDecision(state=0, old=0, new=1)
    wanted = np.log([0.9, 0.1])
    found = match_exploration(lambda f: log_softmax([3 * f, 0]), wanted, decision)
    assert found.factor == pytest.approx(math.log(9) / 3)
    assert found.shift == 0


def test_exploration_matches_the_new_action_alone() -> None:
    wanted = np.log([0.90, 0.01, 0.05, 0.04])
    found = match_exploration(sharpened, wanted, OLD_TO_NEW)
    reached = sharpened(found.factor)
    assert reached[2] == pytest.approx(wanted[2])
    assert reached[0] != pytest.approx(wanted[0], rel=1e-3)


def test_a_habit_matches_both_actions_and_keeps_the_order_of_the_others() -> None:
    wanted = np.log([0.90, 0.01, 0.05, 0.04])
    found = match_habit(sharpened, wanted, OLD_TO_NEW)
    shifted = found.factor * LOGITS + found.shift * np.array([0, 0, 1, 0])
    reached = log_softmax(shifted)
    assert reached[[0, 2]] == pytest.approx(wanted[[0, 2]])
    assert reached[1] - reached[3] == pytest.approx(2 * found.factor)  # their logits are 1 and -1
