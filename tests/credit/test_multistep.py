"""Multi-step targets: by hand, against loops over the steps, and how they are related."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from repro.credit.multistep import lambda_return, monte_carlo_return, n_step_return
from repro.credit.returns import generalised_advantage, td_error
from tests.credit.tensors import doubles, noise

# Five steps: an episode of three that ends, and two of one that is cut; γ = 1/2, and 99 is the
# value of the terminal state, unused.
REWARD = [1.0, 2.0, 4.0, 0.0, 8.0]
DISCOUNT = [0.5, 0.5, 0.0, 0.5, 0.5]
V_T = [8.0, 16.0, 99.0, 4.0, 32.0]

lengths_of_episodes = st.lists(st.integers(1, 5), min_size=1, max_size=4)
seeds = st.integers(0, 2**32)


def discounts(lengths: list[int], *, terminal: bool = True) -> Tensor:
    """Discount 0.9, and 0 at the end of each episode; the last may be cut instead."""
    found = torch.full((sum(lengths),), 0.9).double()
    found[np.cumsum(lengths)[: None if terminal else -1] - 1] = 0
    return found


def window(r_t: Tensor, discount_t: Tensor, v_t: Tensor, t: int, n: int) -> float:
    """Sum n discounted rewards from step t on, or fewer if the episode or the trajectory ends."""
    total, weight = 0.0, 1.0
    for i in range(t, min(t + n, len(r_t))):
        total += weight * float(r_t[i])
        weight *= float(discount_t[i])
        if not weight:
            return total
    return total + weight * float(v_t[min(t + n, len(r_t)) - 1])


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        # r + v/2.
        (1, [5.0, 10.0, 4.0, 2.0, 24.0]),
        # 1 + 2/2 + 16/4, 2 + 4/2 and it ends, 4, 0 + 8/2 + 32/4, 8 + 32/2 where the trajectory ends.
        (2, [6.0, 4.0, 4.0, 12.0, 24.0]),
        # 1 + 2/2 + 4/4; the other windows ended before.
        (3, [3.0, 4.0, 4.0, 12.0, 24.0]),
        (7, [3.0, 4.0, 4.0, 12.0, 24.0]),
    ],
)
def test_n_step_returns_by_hand(n: int, expected: list[float]) -> None:
    assert n_step_return(doubles(REWARD), doubles(DISCOUNT), doubles(V_T), n).tolist() == expected


def test_returns_by_hand() -> None:
    # 1 + 4/2, 2 + 4/2, 4; then 8/2 and 8.
    assert monte_carlo_return(doubles(REWARD), doubles(DISCOUNT)).tolist() == [
        3.0,
        4.0,
        4.0,
        4.0,
        8.0,
    ]


def test_lambda_returns_by_hand() -> None:
    # λ = 1/2, backwards: 8 + 32/2 = 24; 0 + (4/2 + 24/2)/2 = 7; 4; 2 + (16/2 + 4/2)/2 = 7;
    # 1 + (8/2 + 7/2)/2 = 4.75.
    found = lambda_return(doubles(REWARD), doubles(DISCOUNT), doubles(V_T), 0.5)
    assert found.tolist() == [4.75, 7.0, 4.0, 7.0, 24.0]


def test_a_single_step() -> None:
    given_ = doubles([3.0]), doubles([0.5]), doubles([4.0])
    for n in (1, 2):
        assert n_step_return(*given_, n).tolist() == [5.0]
    assert lambda_return(*given_, 0.9).tolist() == [5.0]
    assert monte_carlo_return(*given_[:2]).tolist() == [3.0]


@given(lengths_of_episodes, st.booleans(), st.integers(1, 22), seeds)
def test_n_step_returns_equal_a_loop(lengths: list[int], terminal: bool, n: int, seed: int) -> None:
    discount_t = discounts(lengths, terminal=terminal)
    r_t, v_t = noise(seed, 2, sum(lengths))
    expected = [window(r_t, discount_t, v_t, t, n) for t in range(sum(lengths))]
    found = n_step_return(r_t, discount_t, v_t, n)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@given(lengths_of_episodes, st.booleans(), st.sampled_from([0.0, 0.3, 0.95, 1.0]), seeds)
def test_lambda_returns_are_weighted_n_step_returns(
    lengths: list[int], terminal: bool, lambda_: float, seed: int
) -> None:
    """Sum of (1 - λ) λ^(n-1) times the n-step return, the longest with the remaining weight."""
    discount_t, steps = discounts(lengths, terminal=terminal), sum(lengths)
    r_t, v_t = noise(seed, 2, steps)
    expected = []
    for t in range(steps):
        max_length = steps - t
        weights = [(1 - lambda_) * lambda_ ** (n - 1) for n in range(1, max_length)]
        weights.append(lambda_ ** (max_length - 1))
        windows = [window(r_t, discount_t, v_t, t, n) for n in range(1, max_length + 1)]
        expected.append(np.dot(weights, windows))
    found = lambda_return(r_t, discount_t, v_t, lambda_)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@given(lengths_of_episodes, seeds)
def test_limits_of_n_and_lambda(lengths: list[int], seed: int) -> None:
    """One step and λ = 0 give the one-step target; all steps and λ = 1 give the return."""
    discount_t = discounts(lengths)
    r_t, v_t = noise(seed, 2, sum(lengths))
    single = td_error(torch.zeros_like(v_t), r_t, discount_t, v_t)
    assert torch.equal(n_step_return(r_t, discount_t, v_t, 1), single)
    assert torch.equal(lambda_return(r_t, discount_t, v_t, 0.0), single)
    full = monte_carlo_return(r_t, discount_t)
    for found in (
        n_step_return(r_t, discount_t, v_t, max(lengths)),
        lambda_return(r_t, discount_t, v_t, 1.0),
    ):
        torch.testing.assert_close(found, full, rtol=1e-12, atol=1e-12)


@given(st.integers(1, 9), st.booleans(), st.sampled_from([0.0, 0.5, 0.95, 1.0]), seeds)
def test_lambda_return_minus_value_is_the_generalised_advantage(
    steps: int, terminal: bool, lambda_: float, seed: int
) -> None:
    r_t, value = noise(seed, steps), noise(seed + 1, steps + 1)
    discount_t = discounts([steps], terminal=terminal)
    last = torch.arange(steps) == steps - 1
    expected = generalised_advantage(value[:-1], r_t, discount_t, value[1:], last, lambda_)
    found = lambda_return(r_t, discount_t, value[1:], lambda_) - value[:-1]
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_a_batch_equals_separate_trajectories() -> None:
    def all_three(r_t: Tensor, discount_t: Tensor, v_t: Tensor) -> Tensor:
        return torch.stack(
            [
                monte_carlo_return(r_t, discount_t),
                n_step_return(r_t, discount_t, v_t, 3),
                lambda_return(r_t, discount_t, v_t, 0.3),
            ],
            -1,
        )

    r_t, discount_t, v_t = noise(1, 3, 2, 4, 7)
    whole = all_three(r_t, discount_t, v_t)
    for i in np.ndindex(2, 4):
        assert torch.equal(whole[i], all_three(r_t[i], discount_t[i], v_t[i]))


def test_inputs_are_not_modified() -> None:
    given_ = doubles(REWARD), doubles(DISCOUNT), doubles(V_T)
    n_step_return(*given_, 3)
    lambda_return(*given_, 0.5)
    assert [x.tolist() for x in given_] == [REWARD, DISCOUNT, V_T]
