"""Single-step targets and their loss: by hand, how they are related, and which bids learn."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from repro.credit.temporal_difference import (
    expected_sarsa_target,
    q_learning_target,
    sarsa_target,
    td_loss,
)
from tests.credit.tensors import noise

# Two steps, the first into a state with bids 2, 8 and 4, the second into a terminal state.
REWARD, DISCOUNT = torch.tensor([1.0, 3.0]), torch.tensor([0.5, 0.0])
Q_T = torch.tensor([[2.0, 8.0, 4.0], [9.0, 9.0, 9.0]])
A_T = torch.tensor([2, 0])


def test_targets_by_hand() -> None:
    # 1 + 4/2, 1 + (2/2 + 8/4 + 4/4)/2, 1 + 8/2; and 3 at the end.
    policy = torch.tensor([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]])
    assert sarsa_target(REWARD, DISCOUNT, Q_T, A_T).tolist() == [3.0, 3.0]
    assert expected_sarsa_target(REWARD, DISCOUNT, Q_T, policy).tolist() == [3.0, 3.0]
    assert q_learning_target(REWARD, DISCOUNT, Q_T).tolist() == [5.0, 3.0]
    skewed = torch.tensor([[0.0, 0.75, 0.25], [1.0, 0.0, 0.0]])
    # 1 + (8 · 3/4 + 4/4)/2.
    assert expected_sarsa_target(REWARD, DISCOUNT, Q_T, skewed).tolist() == [4.5, 3.0]


@given(st.integers(0, 2**32))
def test_expected_sarsa_of_a_deterministic_policy_is_sarsa(seed: int) -> None:
    r_t, discount_t, q_t = (
        noise(seed, 2, 3, 5),
        noise(seed + 1, 2, 3, 5),
        noise(seed + 2, 2, 3, 5, 4),
    )
    a_t = torch.from_numpy(np.random.default_rng(seed).integers(4, size=(2, 3, 5)))
    sure = torch.nn.functional.one_hot(a_t, 4).double()
    torch.testing.assert_close(
        expected_sarsa_target(r_t, discount_t, q_t, sure),
        sarsa_target(r_t, discount_t, q_t, a_t),
        rtol=0,
        atol=0,
    )
    # Q-learning is SARSA of the greedy action.
    greedy = sarsa_target(r_t, discount_t, q_t, q_t.argmax(-1))
    assert torch.equal(q_learning_target(r_t, discount_t, q_t), greedy)


@given(st.integers(0, 2**32))
def test_no_expectation_is_above_the_maximum(seed: int) -> None:
    r_t, q_t = noise(seed, 5), noise(seed + 1, 5, 4)
    policy, discount_t = noise(seed + 2, 5, 4).softmax(-1), torch.full((5,), 0.9).double()
    found = expected_sarsa_target(r_t, discount_t, q_t, policy)
    assert (found <= q_learning_target(r_t, discount_t, q_t)).all()


def test_a_loss_and_its_gradient_by_hand() -> None:
    # Three steps: twice the first mechanism in state 1, then the last one in state 0.
    bids = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    state, action = torch.tensor([1, 1, 0]), torch.tensor([0, 0, 2])
    loss = td_loss(bids, state, action, torch.tensor([6.0, 1.0, 3.5]))
    # Errors 4 - 6, 4 - 1 and 3 - 3.5, half their squares 2, 4.5 and 0.125.
    assert loss.item() == 6.625
    (gradient,) = torch.autograd.grad(loss, bids)
    # Errors of one bid add up: -2 + 3.
    assert gradient.tolist() == [[0.0, 0.0, -0.5], [1.0, 0.0, 0.0]]


def test_targets_are_constants() -> None:
    bids = torch.tensor([[1.0, 2.0], [4.0, 8.0]], requires_grad=True)
    state, action = torch.tensor([0, 1]), torch.tensor([0, 1])
    # The first target is computed from the second step's bid, 0.5 · 8.
    target = sarsa_target(
        torch.zeros(2), torch.tensor([0.5, 0.0]), bids[[1, 1]], torch.tensor([1, 1])
    )
    (gradient,) = torch.autograd.grad(td_loss(bids, state, action, target), bids)
    assert gradient.tolist() == [[-3.0, 0.0], [0.0, 8.0]]


@given(st.integers(0, 2**32), st.integers(1, 6))
def test_losers_learn_exactly_nothing(seed: int, steps: int) -> None:
    rng = np.random.default_rng(seed)
    state, action = (torch.from_numpy(rng.integers(n, size=(2, steps))) for n in (3, 4))
    bids, target = noise(seed, 2, 3, 4).requires_grad_(), noise(seed + 1, 2, steps)
    loss = td_loss(bids, state, action, target)
    assert loss.shape == (2,)
    (gradient,) = torch.autograd.grad(loss.sum(), bids)
    acted = torch.zeros(2, 3, 4, dtype=torch.bool)
    for i in range(2):
        acted[i, state[i], action[i]] = True
    assert (gradient[acted] != 0).all()
    assert (gradient[~acted] == 0).all()


def test_a_batch_equals_separate_trajectories() -> None:
    rng = np.random.default_rng(1)
    state, action = (torch.from_numpy(rng.integers(n, size=(2, 3, 5))) for n in (3, 4))
    bids, r_t, discount_t = noise(1, 2, 3, 3, 4), noise(2, 2, 3, 5), noise(3, 2, 3, 5)
    q_t = noise(4, 2, 3, 5, 4)
    whole = td_loss(bids, state, action, q_learning_target(r_t, discount_t, q_t))
    assert whole.shape == (2, 3)
    for i in np.ndindex(2, 3):
        target = q_learning_target(r_t[i], discount_t[i], q_t[i])
        assert torch.equal(whole[i], td_loss(bids[i], state[i], action[i], target))
        expected = sum(
            (bids[i][s, k] - y) ** 2 / 2
            for s, k, y in zip(state[i], action[i], target, strict=True)
        )
        torch.testing.assert_close(whole[i], expected, rtol=1e-12, atol=0)


def test_gradients() -> None:
    bids, target = noise(1, 2, 3, 4).requires_grad_(), noise(2, 2, 5)
    rng = np.random.default_rng(3)
    state, action = (torch.from_numpy(rng.integers(n, size=(2, 5))) for n in (3, 4))
    assert torch.autograd.gradcheck(lambda x: td_loss(x, state, action, target), bids)
