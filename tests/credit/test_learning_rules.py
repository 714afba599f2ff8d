"""Every rule, in a batch and sequentially: by hand, against plain loops, and which bids do not learn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from repro.credit.learning_rules import RULES
from tests.credit.walks import ALL, GAMMA, SPREADS, Walk, by_loop

if TYPE_CHECKING:
    from collections.abc import Callable

seeds = st.integers(0, 2**32)


def everywhere(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test for every rule on many walks."""
    tried = settings(max_examples=20)(given(seeds)(test))
    by_name: Callable[..., None] = pytest.mark.parametrize("name", sorted(ALL))(tried)
    return by_name


def test_the_rules_by_name() -> None:
    assert list(RULES) == [
        "reinforce",
        "monte_carlo",
        "two_step",
        "three_step",
        "lambda_return",
        "sarsa",
        "expected_sarsa",
        "q_learning",
    ]


# Two steps, mechanism 1 in state 0 and mechanism 0 in state 1, rewards 1 and 2, γ = 1/2.
@pytest.mark.parametrize(
    ("name", "gradient"),
    [
        # Errors 8 - (1 + 4/2) = 5 and 4 - 2 = 2.
        ("sarsa", [[0.0, 5.0], [2.0, 0.0]]),
        # 8 - (1 + 6/2) = 4.
        ("q_learning", [[0.0, 4.0], [2.0, 0.0]]),
        # 8 - (1 + 2/2) = 6.
        ("monte_carlo", [[0.0, 6.0], [2.0, 0.0]]),
        ("two_step", [[0.0, 6.0], [2.0, 0.0]]),
        ("one_step", [[0.0, 5.0], [2.0, 0.0]]),
        # 8 - (1 + (4/2 + 2/2)/2) = 5.5.
        ("half", [[0.0, 5.5], [2.0, 0.0]]),
    ],
)
def test_gradients_by_hand(name: str, gradient: list[list[float]]) -> None:
    bids = torch.tensor([[3.0, 8.0], [4.0, 6.0]], requires_grad=True)
    loss = ALL[name](
        bids,
        torch.tensor([0, 1]),
        torch.tensor([1, 0]),
        torch.tensor([1.0, 2.0]),
        torch.tensor([0.5, 0.0]),
    )
    assert torch.autograd.grad(loss, bids)[0].tolist() == gradient


def test_reinforce_by_hand() -> None:
    # Odds 1 : 3 in state 0, where the more likely acts, with return 1 + 2/2; 1 : 1 in state 1, with return 2.
    bids = torch.tensor([[0.0, math.log(3)], [7.0, 7.0]], dtype=torch.float64, requires_grad=True)
    loss = RULES["reinforce"](
        bids,
        torch.tensor([0, 1]),
        torch.tensor([1, 0]),
        torch.tensor([1.0, 2.0]).double(),
        torch.tensor([0.5, 0.0]).double(),
    )
    assert loss.item() == pytest.approx(-2 * math.log(3 / 4) - 2 * math.log(1 / 2))
    (gradient,) = torch.autograd.grad(loss, bids)
    np.testing.assert_allclose(gradient, [[2 / 4, -2 / 4], [-2 / 2, 2 / 2]], rtol=1e-12)


def test_expected_sarsa_by_hand() -> None:
    # Odds 1 : 3 at the state reached, so 0 · 1/4 + ln 3 · 3/4 is expected there.
    bids = torch.tensor([[2.0, 5.0], [0.0, math.log(3)]], dtype=torch.float64, requires_grad=True)
    loss = RULES["expected_sarsa"](
        bids,
        torch.tensor([0, 1]),
        torch.tensor([0, 0]),
        torch.tensor([1.0, 0.0]).double(),
        torch.tensor([0.5, 0.0]).double(),
    )
    (gradient,) = torch.autograd.grad(loss, bids)
    expected = np.array([[2 - (1 + math.log(3) * 3 / 8), 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(gradient, expected, rtol=1e-12)


@everywhere
def test_a_batch_equals_a_loop_without_updates(name: str, seed: int) -> None:
    walk = Walk(seed)
    expected, _ = by_loop(name, walk, 0.0, SPREADS["table"])
    np.testing.assert_allclose(walk.batch(ALL[name]), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("spread", SPREADS)
@everywhere
def test_sequential_updates_equal_a_loop(name: str, spread: str, seed: int) -> None:
    walk = Walk(seed)
    expected = by_loop(name, walk, 0.3, SPREADS[spread])
    found = walk.in_order(ALL[name], 0.3, SPREADS[spread])
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@everywhere
def test_learning_rate_zero_is_a_batch(name: str, seed: int) -> None:
    walk = Walk(seed)
    found, left = walk.in_order(ALL[name], 0.0, SPREADS["network"])
    torch.testing.assert_close(found, walk.batch(ALL[name]), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(left, walk.bids)


@pytest.mark.parametrize("name", ["sarsa", "expected_sarsa", "q_learning", "three_step"])
@settings(max_examples=40)
@given(seeds)
def test_without_revisits_a_table_learns_as_in_a_batch(name: str, seed: int) -> None:
    """No step reads a bid that an earlier step updated, so the gradients are bitwise equal."""
    walk = Walk(seed, acyclic=True)
    found, _ = walk.in_order(ALL[name], 0.7, SPREADS["table"])
    assert torch.equal(found, walk.batch(ALL[name]))


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_revisit_makes_a_difference(name: str) -> None:
    """Mechanism 0 acts at state 0, at state 1, and at state 0 again: its bid has changed."""
    walk = Walk(1, 3)
    walk.state, walk.action = [0, 1, 0], [0, 0, 0]
    found, _ = walk.in_order(ALL[name], 0.5, SPREADS["table"])
    assert (found - walk.batch(ALL[name]))[0].abs().max() > 1e-3


@everywhere
def test_losers_learn_exactly_nothing(name: str, seed: int) -> None:
    walk = Walk(seed)
    acted = np.zeros((3, 3), bool)
    acted[walk.state, walk.action] = True
    if name == "reinforce":  # all mechanisms of a state learn from its softmax
        acted[walk.state] = True
    assert not walk.batch(ALL[name])[~acted].any()
    found, left = walk.in_order(ALL[name], 0.3, SPREADS["table"])
    assert not found[~acted].any()
    # Bids that no step updates keep their exact value.
    np.testing.assert_array_equal(left[~acted], np.array(walk.bids)[~acted])


@everywhere
def test_losses_of_steps_add_up(name: str, seed: int) -> None:
    walk = Walk(seed)
    whole = walk.loss(ALL[name], walk.table())
    assert whole.shape == ()
    alone = [walk.loss(ALL[name], walk.table(), t).item() for t in range(walk.steps)]
    assert sum(alone) == pytest.approx(whole.item(), rel=1e-12)


@everywhere
def test_the_terminal_state_has_value_zero(name: str, seed: int) -> None:
    walk = Walk(seed)
    assert torch.equal(walk.batch(ALL[name]), walk.batch(ALL[name], last=GAMMA))


@everywhere
def test_a_batch_of_trajectories_equals_separate_ones(name: str, seed: int) -> None:
    walks = [Walk(seed + i, 4) for i in range(2)]
    rows = zip(*((w.bids, w.state, w.action, w.reward) for w in walks), strict=True)
    bids, state, action, r_t = (torch.from_numpy(np.array(x)) for x in rows)
    discount_t = torch.tensor([[GAMMA, GAMMA, GAMMA, 0.0]] * 2, dtype=torch.float64)
    whole = ALL[name](bids, state, action, r_t, discount_t)
    expected = [walk.loss(ALL[name], walk.table()).item() for walk in walks]
    np.testing.assert_allclose(whole, expected, rtol=1e-12)
