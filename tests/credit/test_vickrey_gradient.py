"""The gradient of Beta bids: by hand, and against autograd of the loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from repro.credit.vickrey import beta_policy_gradient, beta_shape
from tests.credit.losses import beta_policy_loss
from tests.credit.tensors import doubles, noise


# Bid, advantage, shapes of the behaviour policy, and gradient with respect to the log-density.
@pytest.mark.parametrize(
    ("bid", "advantage", "old", "slope"),
    [
        (0.25, 2.0, (1.0, 1.0), 2.0),  # the first minibatch of an epoch
        (0.75, -2.0, (1.0, 1.0), -2.0),
        (0.25, 2.0, (2.0, 1.0), 0.0),  # density 1/2 before, 1 now: ratio 2, clipped
        (0.25, -2.0, (2.0, 1.0), -4.0),  # negative advantage: not clipped
        (0.75, 2.0, (2.0, 1.0), 4 / 3),  # density 3/2 before: ratio 2/3
        (0.75, -2.0, (2.0, 1.0), 0.0),
    ],
)
def test_a_gradient_by_hand(
    bid: float, advantage: float, old: tuple[float, float], slope: float
) -> None:
    # Uniform bids, mean 1/2 and concentration 2; the entropy is maximal, so its gradient is 0.
    by_mean, by_concentration = beta_policy_gradient(
        doubles([0.0]),
        doubles([math.log(math.expm1(2))]),
        (doubles([old[0]]), doubles([old[1]])),
        torch.tensor([0]),
        doubles([math.log(bid)]),
        doubles([math.log(1 - bid)]),
        doubles([advantage]),
        doubles([1.0]),
        clip=0.2,
        entropy_bonus=0.1,
    )
    # With respect to α, the log-density has derivative ln x + 1; to β, ln(1 - x) + 1.
    low, high = math.log(bid) + 1, math.log(1 - bid) + 1
    # With respect to the mean's logit, α has derivative 1/2 and β -1/2; with respect to the other
    # output, both have (1 - e^-2)/2.
    assert by_mean.item() == pytest.approx(-slope * (low - high) / 2, rel=1e-9, abs=1e-12)
    expected = -slope * (low + high) * (1 - math.exp(-2)) / 2
    assert by_concentration.item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(
    st.integers(0, 2**32),
    st.sampled_from([(), (2,), (2, 3)]),
    st.integers(1, 4),
    st.integers(1, 30),
    st.sampled_from([0.05, 0.2, 0.5]),
    st.sampled_from([0.0, 0.1, 1.0]),
    st.sampled_from([1.0, 3.0]),
)
def test_the_gradient_against_autograd_of_the_loss(
    seed: int,
    lead: tuple[int, ...],
    states: int,
    samples: int,
    clip: float,
    bonus: float,
    spread: float,
) -> None:
    """Densities with poles and peaks, ratios of any size, advantages of both signs and 0."""
    rng = np.random.default_rng(seed)
    output = (noise(seed + 1, *lead, states, 2) * spread).requires_grad_()
    old = output.detach() + 0.4 * noise(seed + 2, *lead, states, 2)
    state = torch.from_numpy(rng.integers(states, size=(*lead, samples)))
    bid = torch.from_numpy(rng.uniform(1e-6, 1 - 1e-6, (*lead, samples)))
    advantage = noise(seed + 3, *lead, samples)
    advantage[..., ::4] = 0
    share = torch.stack([(state == s).double().mean(-1) for s in range(states)], -1)
    found = beta_policy_gradient(
        output[..., 0].detach(),
        output[..., 1].detach(),
        beta_shape(old[..., 0], old[..., 1]),
        state,
        bid.log(),
        (-bid).log1p(),
        advantage / samples,
        share,
        clip=clip,
        entropy_bonus=bonus,
    )
    loss = beta_policy_loss(output, old, state, bid, advantage, clip=clip, entropy_bonus=bonus)
    assert loss.shape == lead
    (expected,) = torch.autograd.grad(loss.sum(), output)
    torch.testing.assert_close(torch.stack(found, -1), expected, rtol=1e-7, atol=1e-10)


def test_gradients_do_not_depend_on_other_mechanisms() -> None:
    """If all inputs of one mechanism change, the gradients of the others are bitwise the same."""
    mine = [noise(seed, 3, 4) for seed in range(4)]
    theirs = [x.clone() for x in mine]
    for x in theirs:
        x[1] = torch.tensor([math.nan, math.inf, -3.0, 7.0])
    state = torch.tensor([[0, 1, 2, 3]]).expand(3, 4)

    def gradients(mean: Tensor, concentration: Tensor, log_bid: Tensor, gain: Tensor) -> Tensor:
        old = torch.full((3, 4), 1.5).double()
        made = beta_policy_gradient(
            mean,
            concentration,
            (old, old),
            state,
            -log_bid.abs(),
            -log_bid.abs(),
            gain,
            old / 6,
            clip=0.2,
            entropy_bonus=0.1,
        )
        return torch.stack(made)

    one, other = gradients(*mine), gradients(*theirs)
    assert torch.equal(one[:, [0, 2]], other[:, [0, 2]])
    assert not torch.equal(one[:, 1], other[:, 1])
