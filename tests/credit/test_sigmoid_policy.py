"""Separate decisions: the selection by a loop, and the gradient against autograd of the likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from repro.credit.sigmoid_policy import sigmoid_policy_gradient, sigmoid_selection
from tests.credit.losses import sigmoid_policy_loss
from tests.credit.tensors import noise


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=6))
def test_selection_against_a_loop(bids: list[float]) -> None:
    decided = [1 / (1 + math.exp(-bid)) for bid in bids]
    found = sigmoid_selection(torch.tensor([bids], dtype=torch.float64))
    assert found[0].tolist() == pytest.approx([p / sum(decided) for p in decided], rel=1e-9)


def test_selection_among_mechanisms_that_hardly_ever_decide_to_act() -> None:
    bids = torch.tensor([-2000.0, -2000.0 + math.log(3)], dtype=torch.float64)
    torch.testing.assert_close(sigmoid_selection(bids), torch.tensor([0.25, 0.75]).double())


@given(
    st.integers(0, 2**32),
    st.sampled_from([(), (2,), (2, 3)]),
    st.integers(1, 4),
    st.integers(1, 30),
)
def test_the_gradient_against_autograd_of_the_likelihood(
    seed: int, lead: tuple[int, ...], states: int, samples: int
) -> None:
    rng = np.random.default_rng(seed)
    bids = (3 * noise(seed + 1, *lead, states)).requires_grad_()
    state = torch.from_numpy(rng.integers(states, size=(*lead, samples)))
    acted = torch.from_numpy(rng.random((*lead, samples)) < 0.4)
    advantage = noise(seed + 2, *lead, samples)
    total, own = torch.zeros(2, *lead, states).double()
    for i in np.ndindex(*advantage.shape):
        cell = (*i[:-1], int(state[i]))
        total[cell] += advantage[i] / samples
        own[cell] += advantage[i] / samples * acted[i]
    (expected,) = torch.autograd.grad(
        sigmoid_policy_loss(bids, state, acted, advantage).sum(), bids
    )
    found = sigmoid_policy_gradient(bids.detach(), total, own)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)
