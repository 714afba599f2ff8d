"""Updates applied one after another along a trajectory."""

from __future__ import annotations

from typing import Callable  # noqa: UP035 - of the standard library, credit knows this module

import torch
from torch import Tensor


def in_order(
    step_loss: Callable[[Tensor, int], Tensor],
    bids: Tensor,
    steps: int,
    rate: Tensor,
    spread: Tensor,
) -> tuple[Tensor, Tensor]:
    r"""Let each step read the bids as the steps before it have left them.

    After step t all bids move by :math:`-\eta\, M g_t`, where :math:`g_t` is the gradient of its
    loss, :math:`\eta` the rate and M the spread. A rule of `repro.credit.rules` is sequential by
    `in_order(lambda bids, t: rule(bids, *trajectory, step=t), bids, steps, rate, spread)`. Where
    nothing is rewritten before it is read, the gradients are those of the rule's one batch.

    Args:
        step_loss: the loss [...] of step t, made of the bids as they are by then.
        bids: [..., S, K], before the first step.
        steps: T.
        rate: [], η; a tensor, so that an audit may count it among the inputs: what a step has
            written is then a product of an input and an error, not a mere sum of rewards.
        spread: int64 [S, S], M: how far an update at one state (column) moves the same mechanism's
            bid at another (row). The identity is a table; all ones, one network over all states.

    Returns:
        The sum of the steps' gradients with respect to the bids, and the bids after the last step,
        each [..., S, K].
    """
    total = torch.zeros_like(bids)
    for t in range(steps):
        current = bids.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(step_loss(current, t).sum(), current)
        total = total + gradient
        bids = current.detach() - rate * (spread.to(gradient.dtype) @ gradient)
    return total, bids
