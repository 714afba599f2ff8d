"""The gradient of Gumbel bids: by hand, and against autograd of the density and of PPO's loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Gumbel

from repro.credit.gumbel import gumbel_log_density, gumbel_policy_gradient
from tests.credit.losses import gumbel_policy_loss
from tests.credit.tensors import doubles, noise


@given(st.integers(0, 2**32))
def test_the_log_density_against_torchs_distribution(seed: int) -> None:
    bid, location = 3 * noise(seed, 20), noise(seed + 1, 20).requires_grad_()
    found, expected = gumbel_log_density(bid, location), Gumbel(location, 1.0).log_prob(bid)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    slopes = [torch.autograd.grad(x.sum(), location)[0] for x in (found, expected)]
    torch.testing.assert_close(*slopes, rtol=1e-12, atol=1e-12)


# Old location, advantage, and gradient with respect to the log-density. The location is 0 and the bid
# -ln 2, so the density is 2 e^-2; around ln 2 it is 4 e^-4, around -ln 2 it is e^-1.
@pytest.mark.parametrize(
    ("old", "advantage", "slope"),
    [
        (0.0, 2.0, 2.0),  # the first minibatch of an epoch
        (0.0, -2.0, -2.0),
        (math.log(2), 2.0, 0.0),  # ratio e² / 2, clipped
        (math.log(2), -2.0, -math.exp(2)),  # negative advantage: not clipped
        (-math.log(2), 2.0, 4 * math.exp(-1)),  # ratio 2 / e
        (-math.log(2), -2.0, 0.0),  # clipped
    ],
)
def test_a_gradient_by_hand(old: float, advantage: float, slope: float) -> None:
    found = gumbel_policy_gradient(
        doubles([0.0]),
        doubles([old]),
        torch.tensor([0]),
        doubles([-math.log(2)]),
        doubles([advantage]),
        clip=0.2,
    )
    # With respect to the location, the log-density has the derivative 1 - 2.
    assert found.item() == pytest.approx(slope, rel=1e-9, abs=1e-12)


@given(
    st.integers(0, 2**32),
    st.sampled_from([(), (2,), (2, 3)]),
    st.integers(1, 4),
    st.integers(1, 30),
    st.sampled_from([0.05, 0.2, 0.5]),
)
def test_the_gradient_against_autograd_of_the_loss(
    seed: int, lead: tuple[int, ...], states: int, samples: int, clip: float
) -> None:
    """Ratios of any size, advantages of both signs and 0, and states without samples."""
    rng = np.random.default_rng(seed)
    location = noise(seed + 1, *lead, states).requires_grad_()
    old = location.detach() + 0.4 * noise(seed + 2, *lead, states)
    state = torch.from_numpy(rng.integers(states, size=(*lead, samples)))
    bid = torch.from_numpy(rng.gumbel(size=(*lead, samples)))
    advantage = noise(seed + 3, *lead, samples)
    advantage[..., ::4] = 0
    found = gumbel_policy_gradient(
        location.detach(), old, state, bid, advantage / samples, clip=clip
    )
    loss = gumbel_policy_loss(location, old, state, bid, advantage, clip=clip)
    assert loss.shape == lead
    (expected,) = torch.autograd.grad(loss.sum(), location)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_gradients_do_not_depend_on_other_mechanisms() -> None:
    """If all inputs of one mechanism change, the gradients of the others are bitwise the same."""
    mine = [noise(seed, 3, 4) for seed in range(4)]
    theirs = [x.clone() for x in mine]
    for x in theirs:
        x[1] = torch.tensor([math.nan, math.inf, -3.0, 7.0])
    state = torch.tensor([[0, 1, 2, 3]]).expand(3, 4)
    one, two = (
        gumbel_policy_gradient(f, o, state, b, a, clip=0.2) for f, o, b, a in (mine, theirs)
    )
    assert torch.equal(one[[0, 2]], two[[0, 2]])
    assert not torch.equal(one[1], two[1])


def test_the_expected_gradient_of_winners_is_the_softmaxs_times_the_chance_of_the_others() -> None:
    """By numerical integration over the winner's bid; losers have no advantage."""
    location, gain = doubles([0.3, -0.7, 1.1]), doubles([0.5, -1.0, 0.25])
    policy = location.softmax(0)
    bid = torch.linspace(-8, 40, 200_001, dtype=torch.float64)
    width = bid[1] - bid[0]
    log_below = -(location[:, None] - bid).exp()  # log-probability that each bid is below this one
    for k in range(3):
        others = log_below.sum(0) - log_below[k]
        wins = (gumbel_log_density(bid, location[k]) + others).exp() * width
        assert wins.sum().item() == pytest.approx(policy[k].item(), abs=1e-6)
        own = location[k : k + 1]
        state = torch.zeros(len(bid), dtype=torch.int64)
        found = -gumbel_policy_gradient(own, own, state, bid, wins * gain[k], clip=0.2)
        expected = policy[k] * (1 - policy[k]) * gain[k]
        assert found.item() == pytest.approx(expected.item(), abs=1e-6)
