"""Sequential updates: a revisited state by hand, how updates spread, and learning with them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from repro import tasks
from repro.credit.learning_rules import RULES
from repro.credit.sequential import sequential_updates
from repro.mdp.dynamic_programming import expected_return
from tests.credit.tensors import noise

ONE = torch.tensor(1.0, dtype=torch.float64)
TABLE, NETWORK = torch.eye(3, dtype=torch.int64), torch.ones(3, 3, dtype=torch.int64)


def squares(bids: Tensor, t: int) -> Tensor:
    """Half the square of mechanism 0's bid at state 0, then 1, then 0 again: the bid is the error."""
    return bids[..., (0, 1, 0)[t], 0].square() / 2


# The bid is halved at state 0, at state 1, and at state 0 again, where it is 2 by then.
@pytest.mark.parametrize(
    ("spread", "gradients", "after"),
    [
        # Errors 4, 8 and 4 - 4/2 = 2.
        (TABLE, [6.0, 8.0, 0.0], [1.0, 4.0, 16.0]),
        # Errors 4; 8 - 4/2 = 6; 4 - 4/2 - 6/2 = -1: all bids have moved by 2 + 3 - 1/2.
        (NETWORK, [3.0, 6.0, 0.0], [-0.5, 3.5, 11.5]),
        # An update at state 1 moves the bid at state 0 too: 4, 8 and 4 - 2 - 4 = -2.
        (
            torch.tensor([[1, 1, 0], [0, 1, 0], [0, 0, 1]]),
            [2.0, 8.0, 0.0],
            [-1.0, 4.0, 16.0],
        ),
    ],
)
def test_a_revisited_state_by_hand(
    spread: Tensor, gradients: list[float], after: list[float]
) -> None:
    bids = torch.tensor([[4.0, 1.0], [8.0, 1.0], [16.0, 1.0]], dtype=torch.float64)
    found, left = sequential_updates(squares, bids, 3, ONE / 2, spread)
    assert found.T.tolist() == [gradients, [0.0, 0.0, 0.0]]
    assert left.T.tolist() == [after, [1.0, 1.0, 1.0]]
    # The input is unchanged.
    assert bids.T.tolist() == [[4.0, 8.0, 16.0], [1.0, 1.0, 1.0]]
    assert [x.requires_grad for x in (bids, found, left)] == [False] * 3


def test_no_steps_change_nothing() -> None:
    bids = noise(1, 3, 2)
    found, left = sequential_updates(squares, bids, 0, ONE, TABLE)
    assert torch.equal(left, bids)
    assert not found.any()


@pytest.mark.parametrize("spread", [TABLE, NETWORK])
def test_learning_rate_zero_gives_the_gradients_of_a_batch(spread: Tensor) -> None:
    bids = noise(2, 3, 2)
    found, left = sequential_updates(squares, bids, 3, ONE * 0, spread)
    assert torch.equal(left, bids)
    expected = torch.zeros(3, 2).double()
    expected[0, 0], expected[1, 0] = 2 * bids[0, 0], bids[1, 0]
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)


def test_float32_stays_float32() -> None:
    found, left = sequential_updates(squares, noise(3, 3, 2).float(), 3, ONE.float() / 2, NETWORK)
    assert found.dtype == left.dtype == torch.float32


@given(st.integers(0, 2**32))
def test_a_batch_equals_separate_tables(seed: int) -> None:
    bids = noise(seed, 2, 3, 2)
    whole = sequential_updates(squares, bids, 3, ONE / 2, NETWORK)
    for i in range(2):
        alone = sequential_updates(squares, bids[i], 3, ONE / 2, NETWORK)
        for found, expected in zip(whole, alone, strict=True):
            torch.testing.assert_close(found[i], expected, rtol=1e-12, atol=1e-12)


def test_sequential_q_learning_solves_the_linear_chain() -> None:
    """With learning rate 1 each step writes its target, so random walks lead to the optimal values."""
    task, rng = tasks.load("LinABC"), np.random.default_rng(4)
    optimal = np.zeros(task.reward.shape)
    for _ in range(10):
        best = np.where(task.terminal, 0, optimal.max(-1))
        optimal = np.where(task.terminal[:, None], 0, task.reward + 0.9 * best[task.next_state])
    bids = torch.zeros(task.reward.shape, dtype=torch.float64)
    spread = torch.eye(len(bids), dtype=torch.int64)
    for _ in range(60):
        states, actions = [task.start], [int(rng.integers(6))]
        while not task.terminal[task.next_state[states[-1], actions[-1]]]:
            states.append(int(task.next_state[states[-1], actions[-1]]))
            actions.append(int(rng.integers(6)))
        r_t = torch.from_numpy(task.reward[states, actions])
        discount_t = torch.full_like(r_t, 0.9)
        discount_t[-1] = 0
        walk = torch.tensor(states), torch.tensor(actions), r_t, discount_t

        def loss(current: Tensor, t: int, walk: tuple[Tensor, ...] = walk) -> Tensor:
            return RULES["q_learning"](current, walk[0], walk[1], walk[2], walk[3], step=t)

        bids = sequential_updates(loss, bids, len(states), ONE, spread)[1]
    np.testing.assert_allclose(bids, optimal, rtol=1e-12, atol=1e-12)
    greedy = np.eye(6)[bids.argmax(-1)]
    assert expected_return(task, greedy) == pytest.approx(0.8)
