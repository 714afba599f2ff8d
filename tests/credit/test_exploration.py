"""Exploring policies against loops over actions."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from repro.credit.exploration import boltzmann_policy, greedy_policy, uniform_mixture

numbers = st.lists(st.floats(-50, 50), min_size=1, max_size=6)


@given(numbers, st.floats(0.05, 20))
def test_boltzmann_against_a_loop(bids: list[float], temperature: float) -> None:
    highest = max(bids)
    weights = [math.exp((bid - highest) / temperature) for bid in bids]
    found = boltzmann_policy(torch.tensor([bids], dtype=torch.float64), temperature)
    assert found[0].tolist() == pytest.approx([w / sum(weights) for w in weights], abs=1e-12)


@given(numbers, st.floats(0, 1))
def test_epsilon_greedy_against_a_loop(bids: list[float], epsilon: float) -> None:
    expected = [epsilon / len(bids)] * len(bids)
    expected[bids.index(max(bids))] += 1 - epsilon
    greedy = greedy_policy(torch.tensor([bids], dtype=torch.float64))
    found = uniform_mixture(greedy, epsilon)
    assert found[0].tolist() == pytest.approx(expected, abs=1e-12)


def test_the_boltzmann_policy_becomes_greedy_as_the_temperature_falls() -> None:
    bids = torch.tensor([[0.3, 0.1, 0.2], [-5.0, 4.0, 3.9]], dtype=torch.float64)
    torch.testing.assert_close(boltzmann_policy(bids, 1e-3), greedy_policy(bids))
    torch.testing.assert_close(
        boltzmann_policy(bids, 1e6), torch.full_like(bids, 1 / 3), atol=1e-5, rtol=0
    )
