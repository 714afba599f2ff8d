"""The value loss: worked by hand, against torch's own, and its gradient by differences."""

from __future__ import annotations

import numpy as np
import torch

from repro.credit.value import value_loss

STATE = torch.tensor([[0, 2, 2, 1], [1, 1, 0, 2]])


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=shape))


def test_a_loss_by_hand() -> None:
    # Errors 1 - 3, 4 - 0, 4 - 5; squares 4, 16, 1; penalty 0.1 (1 + 4 + 9).
    loss = value_loss(
        torch.tensor([1.0, 2.0, 4.0]),
        torch.tensor([0, 2, 2]),
        torch.tensor([3.0, 0.0, 5.0]),
        torch.tensor([1.0, -2.0, 3.0]),
        0.1,
    )
    torch.testing.assert_close(loss, torch.tensor(7.0 + 1.4))


def test_a_batch_equals_each_network_by_itself() -> None:
    value, target, parameters = noise(1, 2, 3), noise(2, 2, 4), noise(3, 2, 5)
    losses = value_loss(value, STATE, target, parameters, 1e-3)
    assert losses.shape == (2,)
    for i in range(2):
        error = torch.nn.functional.mse_loss(value[i][STATE[i]], target[i])
        expected = error + 1e-3 * sum(p * p for p in parameters[i])
        torch.testing.assert_close(losses[i], expected, rtol=1e-12, atol=0)


def test_gradients() -> None:
    value, parameters = noise(1, 2, 3).requires_grad_(), noise(3, 2, 5).requires_grad_()
    target = noise(2, 2, 4).requires_grad_()

    def loss(*tensors: torch.Tensor) -> torch.Tensor:
        return value_loss(tensors[0], STATE, tensors[1], tensors[2], 0.3)

    assert torch.autograd.gradcheck(loss, (value, target, parameters))
