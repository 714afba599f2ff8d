"""The value function's gradient: by hand, and against autograd of the squared error."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from repro.credit.value import value_gradient
from tests.credit.losses import value_loss


def test_a_gradient_by_hand() -> None:
    # Samples: target 3 at state 0; 0 and 5 at state 2, whose value is 4; none at state 1.
    found = value_gradient(
        torch.tensor([1.0, 2.0, 4.0]),
        torch.tensor([1 / 3, 0.0, 2 / 3]),
        torch.tensor([3 / 3, 0.0, 5 / 3]),
    )
    # Mean of twice the errors -2, 4 and -1.
    torch.testing.assert_close(found, torch.tensor([-4 / 3, 0.0, 6 / 3]))


@given(
    st.integers(0, 2**32),
    st.sampled_from([(), (2,), (2, 3)]),
    st.integers(1, 5),
    st.integers(1, 30),
)
def test_the_gradient_against_autograd_of_the_squared_error(
    seed: int, lead: tuple[int, ...], states: int, samples: int
) -> None:
    rng = np.random.default_rng(seed)
    value = torch.from_numpy(rng.normal(size=(*lead, states))).requires_grad_()
    state, target = rng.integers(states, size=(*lead, samples)), rng.normal(size=(*lead, samples))
    share, total = np.zeros((*lead, states)), np.zeros((*lead, states))
    for i in np.ndindex(*lead, samples):
        share[(*i[:-1], state[i])] += 1 / samples
        total[(*i[:-1], state[i])] += target[i] / samples
    found = value_gradient(value.detach(), torch.from_numpy(share), torch.from_numpy(total))
    loss = value_loss(value, torch.from_numpy(state), torch.from_numpy(target))
    assert loss.shape == lead
    (expected,) = torch.autograd.grad(loss.sum(), value)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    assert not found[torch.from_numpy(share) == 0].any()
