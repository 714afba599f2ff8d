"""Updates applied one after another along a trajectory, instead of in one batch."""

from __future__ import annotations

from typing import Callable  # noqa: UP035 - tests allow credit no import from collections.abc

import torch
from torch import Tensor


def sequential_updates(
    step_loss: Callable[[Tensor, int], Tensor],
    bids: Tensor,
    steps: int,
    learning_rate: Tensor,
    spread: Tensor,
) -> tuple[Tensor, Tensor]:
    r"""Update the bids after each step, so that the next step reads the updated bids.

    After step t all bids change by :math:`-\eta M g_t`, where :math:`g_t` is the gradient of the
    step's loss, :math:`\eta` the learning rate and M the spread. To apply a rule of
    `repro.credit.learning_rules` in this way, pass `lambda bids, t: rule(bids, *trajectory, step=t)` as
    `step_loss`. If no bid is read after it was updated, the sum of the gradients is that of a batch.

    Args:
        step_loss: returns the loss [...] of step t, given the current bids.
        bids: [..., S, K], before the first step.
        steps: T.
        learning_rate: η, []; a tensor, so that an audit can treat it as an input: an update is then a
            product of an input and an error, and not only a sum of rewards.
        spread: M, int64 [S, S], how much an update at one state (column) changes the same mechanism's
            bid at another (row). The identity describes a table; all ones describe one network for
            all states.

    Returns:
        The sum of the gradients with respect to the bids, and the bids after the last step; each
        [..., S, K].

    >>> half_square = lambda bids, t: bids[0, 0].square() / 2  # the same bid is read in both steps
    >>> bids, rate = torch.tensor([[4.0]]), torch.tensor(0.5)
    >>> sequential_updates(half_square, bids, 2, rate, torch.eye(1))  # 4 + 2; 4 - 2 - 1
    (tensor([[6.]]), tensor([[1.]]))
    """
    total = torch.zeros_like(bids)
    for t in range(steps):
        current = bids.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(step_loss(current, t).sum(), current)
        total = total + gradient
        bids = current.detach() - learning_rate * (spread.to(gradient.dtype) @ gradient)
    return total, bids
