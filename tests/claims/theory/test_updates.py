"""Update rules made of torch's optimisers, and the trainer's own."""

from __future__ import annotations

import pytest
import torch

from claims.theory._updates import NORM, RATE, adam, sgd, stepping, trainers_own
from repro.mechanism import Layout, Stack

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


def test_the_trainers_own_step_is_what_its_fused_optimiser_takes() -> None:
    layout = Layout((1, 1), ())
    gradients = torch.tensor([[1e-3, -2e-3], [3.0, 0.5], [0.0, 1.0]], dtype=torch.float64)
    moved = trainers_own(layout)({name: [g] for name, g in zip("ABC", gradients, strict=True)})
    stack = Stack(layout, torch.zeros(1, 3, 2, dtype=torch.float64), RATE, NORM)
    stack.descend((stack.parameters * gradients[None]).sum(-1))
    found = torch.stack([part for (part,) in moved.values()])
    torch.testing.assert_close(found, stack.parameters.detach()[0])
    assert moved["C"][0][0] == 0
