"""What winners receive over several steps: by hand, by loops over steps, and CVS's utility as one step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from repro.credit.receipts import monte_carlo_receipts, n_step_receipts
from repro.credit.vickrey import vickrey_utility
from tests.credit.tensors import doubles

# Two episodes: four steps with rewards, then a cut one of two. γ = 1/2.
REWARD = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
PRICE = [64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0]
END = torch.tensor([False, False, False, True, False, True])


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (1, [1 + 64, 2 + 128, 4 + 256, 8, 16 + 1024, 32]),
        (2, [1 + 1 + 64, 2 + 2 + 128, 4 + 4, 8, 16 + 16, 32]),
        (3, [1 + 1 + 1 + 64, 2 + 2 + 2, 4 + 4, 8, 16 + 16, 32]),
        (4, [1 + 1 + 1 + 1, 2 + 2 + 2, 4 + 4, 8, 16 + 16, 32]),
        (9, [1 + 1 + 1 + 1, 2 + 2 + 2, 4 + 4, 8, 16 + 16, 32]),
    ],
)
def test_by_hand(n: int, expected: list[float]) -> None:
    """No price and no reward of the next episode counts, and nothing follows the last step of all."""
    found = n_step_receipts(doubles(REWARD), doubles(PRICE), END, discount=0.5, n=n)
    assert found.tolist() == expected


def test_monte_carlo_by_hand() -> None:
    found = monte_carlo_receipts(doubles(REWARD), END, discount=0.5)
    assert found.tolist() == [4, 6, 8, 8, 32, 32]


def drawn(seed: int, steps: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Draw rewards, prices and ends, each [2, T]; the last step ends an episode, as in a rollout."""
    rng = np.random.default_rng(seed)
    reward, price = (torch.from_numpy(rng.normal(size=(2, steps))) for _ in range(2))
    end = torch.from_numpy(rng.random((2, steps)) < 0.3)
    end[:, -1] = True
    return reward, price, end


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 6))
def test_by_loops_over_steps(seed: int, steps: int, n: int) -> None:
    reward, price, end = drawn(seed, steps)
    found = n_step_receipts(reward, price, end, discount=0.9, n=n)
    every = monte_carlo_receipts(reward, end, discount=0.9)
    for run, t in np.ndindex(2, steps):
        last = next(u for u in range(t, steps) if end[run, u])
        rewards = [0.9 ** (u - t) * reward[run, u].item() for u in range(t, last + 1)]
        received = sum(rewards[:n])
        if t + n <= last:
            received += 0.9**n * price[run, t + n].item()
        assert found[run, t].item() == pytest.approx(received, abs=1e-12)
        assert every[run, t].item() == pytest.approx(sum(rewards), abs=1e-12)


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_one_step_minus_the_price_is_cvss_utility(seed: int, steps: int) -> None:
    reward, price, end = drawn(seed, steps)
    winner = torch.zeros(2, steps, dtype=torch.int64)
    expected = vickrey_utility(reward, price, winner, end, 1, 0.9).squeeze(-1)
    found = n_step_receipts(reward, price, end, discount=0.9, n=1) - price
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-15)


def test_without_a_last_step_nothing_follows_the_trajectory() -> None:
    one, never = doubles([[1.0, 1.0]]), torch.zeros(1, 2, dtype=torch.bool)
    assert n_step_receipts(one, 4 * one, never, discount=0.5, n=1).tolist() == [[3, 1]]
    assert n_step_receipts(one, 4 * one, never, discount=0.5, n=2).tolist() == [[1.5, 1]]
    assert monte_carlo_receipts(one, never, discount=0.5).tolist() == [[1.5, 1]]


def test_the_longest_episode_bounds_the_sum() -> None:
    reward, _, _ = drawn(0, 8)
    end = torch.tensor([[False, True] * 4] * 2)
    whole, bounded = (monte_carlo_receipts(reward, end, 0.9, longest) for longest in (None, 2))
    assert torch.equal(whole, bounded)
