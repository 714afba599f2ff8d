"""Expected returns against fractions worked out without the project's tables."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from repro import tasks
from repro.planning import expected_return, uniform_policy


def test_uniform_policy_on_two_decisions() -> None:
    """Two right letters of six in order, within ten steps: at least two successes in ten trials."""
    none, one = Fraction(5, 6) ** 10, 10 * Fraction(1, 6) * Fraction(5, 6) ** 9
    exact = Fraction(4, 5) * (1 - none - one)
    for name in ("ComAncAB", "ComDescBF"):
        task = tasks.load(name)
        assert expected_return(task, uniform_policy(task)) == pytest.approx(float(exact))


def test_uniform_policy_on_the_linear_chain() -> None:
    """1179473/7558272, from powers of the chain's 6 × 6 transition matrix in rational numbers."""
    task = tasks.load("LinABC")
    assert expected_return(task, uniform_policy(task)) == pytest.approx(1179473 / 7558272)


def test_a_policy_that_always_errs_earns_nothing() -> None:
    task = tasks.load("LinABC")
    policy = np.zeros(task.next_state.shape)
    policy[:, task.action_names.index("F")] = 1
    assert expected_return(task, policy) == 0
