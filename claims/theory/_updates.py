"""Update rules made of the optimisers that people use: what they make of all gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from repro.engine.networks import BatchedMLP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from repro.engine.networks import MLPSpec

    Update = Callable[[Mapping[str, list[Tensor]]], dict[str, list[Tensor]]]
    Step = Callable[[NDArray[np.float32]], NDArray[np.float32]]

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


def compiled(layout: MLPSpec, norm: float = NORM) -> Step:
    """Take the trainer's own step: backward pass, clipping and Adam, all compiled.

    Args:
        layout: of every network.
        norm: at which each network's gradient is clipped.

    Returns:
        From gradients of the networks' outputs [K, S, outputs] to their parameters after it, [K, P].
    """

    def step(d_outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        generator = np.random.default_rng(0)
        mechanisms, states, _ = d_outputs.shape
        seen = generator.normal(size=(states, layout.sizes[0])).astype(np.float32)
        stack = BatchedMLP(
            layout, layout.fresh(mechanisms, generator)[None], seen, RATE, max_grad_norm=norm
        )
        stack.outputs()
        stack.adam_step(torch.from_numpy(d_outputs)[None])
        moved: NDArray[np.float32] = stack.parameters[0]
        return moved

    return step


def clipped_together(step: Step) -> Step:
    """Clip by one norm over all mechanisms before a step."""

    def together(d_outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with np.errstate(
            invalid="ignore"
        ):  # an infinite norm times zero is no number, as it should be
            return step(d_outputs * min(1.0, float(NORM / np.linalg.norm(d_outputs))))

    return together


def by_itself(step: Step, d_outputs: NDArray[np.float32]) -> bool:
    """Ask whether a mechanism's gradient moves its own parameters, and no other's by a single bit.

    No trace sees into compiled code, so this is an intervention: each mechanism's gradient in turn is
    replaced by other numbers, by infinities, and by what is no number.
    """
    before, others = step(d_outputs), []
    for k in range(len(d_outputs)):
        for new in (-2 * d_outputs[k], np.inf, np.nan):
            changed = d_outputs.copy()
            changed[k] = new
            same = [
                bool(np.array_equal(one, other, equal_nan=True))
                for one, other in zip(before, step(changed), strict=True)
            ]
            others.append(same == [j != k for j in range(len(d_outputs))])
    return all(others)
