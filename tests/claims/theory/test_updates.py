"""Update rules made of torch's optimisers, and the trainer's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from claims.theory._updates import (
    NORM,
    RATE,
    adam,
    by_itself,
    clipped_together,
    compiled,
    sgd,
    stepping,
)
from repro.engine.networks import MLPSpec

# Norms 5 and 12, together 13; each is clipped at 1.
GRADIENTS = {
    "A": [torch.tensor([3.0], dtype=torch.float64), torch.tensor([4.0], dtype=torch.float64)],
    "B": [torch.tensor([0.0, 12.0], dtype=torch.float64)],
}


@pytest.mark.parametrize(
    ("clip_together", "expected"),
    [(False, ([0.6], [0.8], [0.0, 1.0])), (True, ([3 / 13], [4 / 13], [0.0, 12 / 13]))],
)
def test_gradient_descent(clip_together: bool, expected: tuple[list[float], ...]) -> None:
    moved = stepping(sgd, clip_together=clip_together)(GRADIENTS)
    assert {who: len(parts) for who, parts in moved.items()} == {"A": 2, "B": 1}
    found = [part for parts in moved.values() for part in parts]
    for part, numbers in zip(found, expected, strict=True):
        wanted = -RATE * torch.tensor(numbers, dtype=torch.float64)
        torch.testing.assert_close(part, wanted, rtol=1e-5, atol=1e-7)


def test_gradients_are_left_as_they_were() -> None:
    stepping(sgd, clip_together=True)(GRADIENTS)
    assert [part.tolist() for part in GRADIENTS["A"]] == [[3.0], [4.0]]


def test_the_first_step_of_adam_is_the_sign() -> None:
    moved = stepping(adam, clip_together=False)(GRADIENTS)
    torch.testing.assert_close(
        moved["B"][0], torch.tensor([0.0, -RATE], dtype=torch.float64), rtol=1e-5, atol=1e-9
    )


LAYOUT = MLPSpec((2, 3, 1), (True,))
DRAWN = np.random.default_rng(1).normal(size=(3, 4, 1)).astype(np.float32)


def test_the_compiled_step_is_adams_first_on_the_clipped_gradient_of_each() -> None:
    moved = compiled(LAYOUT)(DRAWN)
    generator = np.random.default_rng(0)
    seen = torch.from_numpy(generator.normal(size=(4, 2)).astype(np.float32))
    parameters = torch.from_numpy(LAYOUT.fresh(3, generator)).requires_grad_()
    outputs = LAYOUT.forward(parameters[None], seen)
    (gradient,) = torch.autograd.grad(outputs, parameters, torch.from_numpy(DRAWN)[None])
    for k in range(3):
        alone = torch.nn.Parameter(parameters[k].detach().clone())
        alone.grad = gradient[k].clone()
        torch.nn.utils.clip_grad_norm_([alone], NORM)
        torch.optim.Adam([alone], lr=RATE).step()
        torch.testing.assert_close(torch.from_numpy(moved[k]), alone.detach())


def test_the_compiled_step_moves_each_by_itself() -> None:
    assert by_itself(compiled(LAYOUT), DRAWN)


def test_one_norm_over_all_does_not() -> None:
    assert not by_itself(clipped_together(compiled(LAYOUT)), DRAWN)


def test_a_step_that_does_nothing_is_told_apart() -> None:
    assert not by_itself(np.zeros_like, DRAWN)
