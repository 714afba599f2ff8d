"""Updates with torch's optimisers."""

from __future__ import annotations

import pytest
import torch

from claims.theory._policy_learner import LEARNING_RATE, adam, clipped_update, sgd

# Norms 5 and 12, together 13; clipped at 1.
GRADIENTS = {
    "A": [torch.tensor([3.0], dtype=torch.float64), torch.tensor([4.0], dtype=torch.float64)],
    "B": [torch.tensor([0.0, 12.0], dtype=torch.float64)],
}


@pytest.mark.parametrize(
    ("clip_together", "expected"),
    [(False, ([0.6], [0.8], [0.0, 1.0])), (True, ([3 / 13], [4 / 13], [0.0, 12 / 13]))],
)
def test_gradient_descent(clip_together: bool, expected: tuple[list[float], ...]) -> None:
    steps = clipped_update(sgd, clip_together=clip_together)(GRADIENTS)
    assert {who: len(parts) for who, parts in steps.items()} == {"A": 2, "B": 1}
    found = [part for parts in steps.values() for part in parts]
    for part, numbers in zip(found, expected, strict=True):
        wanted = -LEARNING_RATE * torch.tensor(numbers, dtype=torch.float64)
        torch.testing.assert_close(part, wanted, rtol=1e-5, atol=1e-7)


def test_gradients_are_not_changed() -> None:
    clipped_update(sgd, clip_together=True)(GRADIENTS)
    assert [part.tolist() for part in GRADIENTS["A"]] == [[3.0], [4.0]]


def test_the_first_step_of_adam_is_the_sign() -> None:
    steps = clipped_update(adam, clip_together=False)(GRADIENTS)
    torch.testing.assert_close(
        steps["B"][0],
        torch.tensor([0.0, -LEARNING_RATE], dtype=torch.float64),
        rtol=1e-5,
        atol=1e-9,
    )
