"""Discounted sums and advantages: by hand, and against a loop over the steps."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from repro.credit.returns import (
    STD_EPSILON,
    discounted_sum,
    generalised_advantage,
    normalised,
    td_error,
)
from tests.credit.tensors import doubles, noise

# Seven steps: an episode that terminates, one cut by the horizon, one cut because the epoch ended.
# γ = λ = 1/2, values are small whole numbers, and 9 is the value of the terminal state, unused.
V_TM1 = [1.0, 2.0, 1.0, 2.0, 3.0, 1.0, 2.0]
V_T = [2.0, 9.0, 2.0, 3.0, 4.0, 2.0, 3.0]
REWARD = [0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0]
DISCOUNT = [0.5, 0.0, 0.5, 0.5, 0.5, 0.5, 0.5]
LAST = [False, True, False, False, True, False, True]
ERROR = [0.0, -1.0, 0.0, -0.5, -1.0, 2.0, -0.5]
ADVANTAGE = [-0.25, -1.0, -0.1875, -0.75, -1.0, 1.875, -0.5]


def episodes(lengths: list[int]) -> Tensor:
    """Mark the last step of each episode."""
    last = torch.zeros(sum(lengths), dtype=torch.bool)
    last[np.cumsum(lengths) - 1] = True
    return last


def by_loop(
    v_tm1: Tensor,
    r_t: Tensor,
    discount_t: Tensor,
    v_t: Tensor,
    episode_end_t: Tensor,
    lambda_: float,
) -> list[float]:
    """Advantages of one trajectory, backwards over its steps."""
    advantage, found = 0.0, []
    for t in reversed(range(len(r_t))):
        error = float(r_t[t]) + float(discount_t[t]) * float(v_t[t]) - float(v_tm1[t])
        ahead = 0.0 if episode_end_t[t] else advantage
        advantage = error + float(discount_t[t]) * lambda_ * ahead
        found.append(advantage)
    return found[::-1]


def test_a_discounted_sum_by_hand() -> None:
    x, decay = doubles([1, 2, 3, 4]), doubles([0.5, 0.5, 0.5, 0.5])
    assert discounted_sum(x, decay).tolist() == [3.25, 4.5, 5.0, 4.0]
    assert discounted_sum(x, doubles([0.5, 0.0, 2.0, 7.0])).tolist() == [2.0, 2.0, 11.0, 4.0]
    assert discounted_sum(x[:1], decay[:1]).tolist() == [1.0]


def test_inputs_are_not_modified() -> None:
    x, decay = doubles([1, 2, 3]), doubles([0.5, 0.5, 0.5])
    discounted_sum(x, decay)
    assert (x.tolist(), decay.tolist()) == ([1, 2, 3], [0.5, 0.5, 0.5])


def test_a_td_error_by_hand() -> None:
    found = td_error(doubles([1, 2]), doubles([0.5, 0.8]), doubles([0.9, 0.0]), doubles([2, 7]))
    np.testing.assert_allclose(found, [1.3, -1.2], rtol=1e-15)


def test_advantages_by_hand_over_a_termination_and_two_cuts() -> None:
    v_tm1, reward, discount, v_t = (doubles(x) for x in (V_TM1, REWARD, DISCOUNT, V_T))
    assert td_error(v_tm1, reward, discount, v_t).tolist() == ERROR
    for max_length in (None, 3):
        found = generalised_advantage(
            v_tm1, reward, discount, v_t, torch.tensor(LAST), 0.5, max_length
        )
        assert found.tolist() == ADVANTAGE


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 10), min_size=1, max_size=8),
    st.sampled_from([0.0, 0.5, 0.95, 1.0]),
    st.integers(0, 2**32),
)
def test_advantages_equal_a_loop_over_time(lengths: list[int], lambda_: float, seed: int) -> None:
    last, steps = episodes(lengths), sum(lengths)
    v_tm1, reward, v_t = noise(seed, 3, steps)
    ended = last & (noise(seed + 1, steps) > 0)
    discount = torch.where(ended, 0.0, 0.99).double()
    expected = by_loop(v_tm1, reward, discount, v_t, last, lambda_)
    for max_length in (None, 10, max(lengths)):
        found = generalised_advantage(v_tm1, reward, discount, v_t, last, lambda_, max_length)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(st.lists(st.integers(1, 10), min_size=1, max_size=4), st.integers(0, 2**32))
def test_a_batch_equals_separate_trajectories(lengths: list[int], seed: int) -> None:
    steps = sum(lengths)
    v_tm1, reward, discount, v_t = noise(seed, 4, 2, 3, steps)
    last = noise(seed + 1, 2, 3, steps) > 0
    whole = generalised_advantage(v_tm1, reward, discount, v_t, last, 0.95)
    scaled = normalised(whole)
    for i, j in np.ndindex(2, 3):
        alone = generalised_advantage(
            v_tm1[i, j], reward[i, j], discount[i, j], v_t[i, j], last[i, j], 0.95
        )
        assert torch.equal(whole[i, j], alone)
        torch.testing.assert_close(scaled[i, j], normalised(alone), rtol=1e-12, atol=1e-15)


def test_gradients_of_a_discounted_sum() -> None:
    x, decay = (noise(seed, 2, 7).requires_grad_() for seed in (1, 2))
    assert torch.autograd.gradcheck(discounted_sum, (x, decay))


def test_normalising_by_hand() -> None:
    # Mean 2, sample variance (1 + 1) / 1.
    found = normalised(doubles([1, 3]))
    np.testing.assert_allclose(found, [-math.sqrt(0.5), math.sqrt(0.5)], rtol=1e-6)
    # Deviations of one epsilon, so sample deviation √2 epsilons and a denominator of √2 + 1.
    found = normalised(doubles([0, 2 * STD_EPSILON]))
    np.testing.assert_allclose(found, [1 - math.sqrt(2), math.sqrt(2) - 1], rtol=1e-12)
    assert normalised(doubles([5, 5, 5])).tolist() == [0, 0, 0]


def test_the_epsilon_is_float32s() -> None:
    assert pytest.approx(1.1920929e-07, rel=1e-7) == STD_EPSILON


@pytest.mark.parametrize("shape", [(1,), (2, 1), (2, 0)])
def test_fewer_than_two_samples_are_not_normalised(shape: tuple[int, ...]) -> None:
    given_ = noise(3, *shape)
    assert torch.equal(normalised(given_), given_)


@settings(deadline=None)
@given(st.integers(2, 30), st.integers(0, 2**32))
def test_normalising_against_numpy(n: int, seed: int) -> None:
    given_ = noise(seed, 2, n) * 3 + 1
    x = given_.numpy()
    deviation = np.std(x, axis=-1, ddof=1, keepdims=True)
    expected = (x - x.mean(-1, keepdims=True)) / (deviation + 1.1920929e-07)
    np.testing.assert_allclose(normalised(given_), expected, rtol=1e-9, atol=1e-12)
