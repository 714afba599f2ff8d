"""Update rules made of the optimisers that people use: what they make of all gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.mechanism import Layout, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    Update = Callable[[Mapping[str, list[Tensor]]], dict[str, list[Tensor]]]

RATE, NORM = 0.1, 1.0


def sgd(parameters: list[Tensor]) -> torch.optim.SGD:
    """Make plain gradient descent."""
    return torch.optim.SGD(parameters, lr=RATE, foreach=False)


def adam(parameters: list[Tensor]) -> torch.optim.Adam:
    """Make Adam, not fused: what a fused operator does inside cannot be traced."""
    return torch.optim.Adam(parameters, lr=RATE, foreach=False)


def stepping(
    optimiser: Callable[[list[Tensor]], torch.optim.Optimizer], *, clip_together: bool
) -> Update:
    """Clip gradients by their norm, then take one step.

    Args:
        optimiser: made of a mechanism's parameters.
        clip_together: whether there is one norm for all mechanisms, or one for each.

    Returns:
        From all gradients to how far each mechanism moves.
    """

    def update(gradients: Mapping[str, list[Tensor]]) -> dict[str, list[Tensor]]:
        moved: dict[str, list[Tensor]] = {}
        for who, parts in gradients.items():
            moved[who] = [torch.zeros_like(part).requires_grad_() for part in parts]
            for parameter, part in zip(moved[who], parts, strict=True):
                parameter.grad = part.detach().clone()
        groups = list(moved.values())
        if clip_together:
            groups = [[x for parameters in groups for x in parameters]]
        for group in groups:
            torch.nn.utils.clip_grad_norm_(group, NORM, foreach=False)
        for parameters in moved.values():
            optimiser(parameters).step()
        return {who: [x.detach() for x in parameters] for who, parameters in moved.items()}

    return update


def trainers_own(layout: Layout) -> Update:
    """Take the trainer's own step, on networks of one layout.

    Its Adam is fused, and is replaced by one that computes the same by operators that can be traced.
    """

    def update(gradients: Mapping[str, list[Tensor]]) -> dict[str, list[Tensor]]:
        together = torch.stack([part for (part,) in gradients.values()])[None].detach()
        stack = Stack(layout, torch.zeros_like(together), RATE, NORM)
        stack._adam = adam([stack.parameters])
        # The gradient of this loss is what it is made of, number by number.
        stack.descend((stack.parameters * together).sum(-1))
        moved = stack.parameters.detach()[0]
        return {who: [moved[k]] for k, who in enumerate(gradients)}

    return update
