"""n-step targets, coded in five ways: same numbers, different sums made on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from claims.theory._rules import DISCOUNT, by_mechanism
from repro.credit.table import pick

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    Coding = Callable[[Tensor, Tensor, int], Tensor]
    """From rewards [T], bids that acted [T] and n to targets [T]."""


def direct(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Sum up each window from its start; `acted` [T] are the bids that acted, as in all of these."""
    T, targets = len(reward), []
    for t in range(T):
        target = reward[t]
        for i in range(t + 1, min(t + n, T)):
            target = target + DISCOUNT ** (i - t) * reward[i]
        targets.append(target + DISCOUNT**n * acted[t + n] if t + n < T else target)
    return torch.stack(targets)


def horner(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Sum up each window from its end, each for itself."""
    T, targets = len(reward), []
    for t in range(T):
        target = acted[t + n] if t + n < T else torch.zeros_like(acted[t])
        for i in reversed(range(t, min(t + n, T))):
            target = reward[i] + DISCOUNT * target
        targets.append(target)
    return torch.stack(targets)


def matrix(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Multiply rewards and bids by one matrix each."""
    ahead = DISCOUNT**n * torch.diag(torch.ones_like(acted[n:]), n)
    return _weights(reward, n) @ reward + ahead @ acted


def telescoped(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Sum up single-step errors, made once for all steps."""
    error = reward + DISCOUNT * torch.cat([acted[1:], torch.zeros_like(acted[:1])]) - acted
    return acted + _weights(reward, n) @ error


def differences(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Subtract running sums, made once for all steps."""
    steps = torch.arange(len(reward))
    scale = DISCOUNT ** steps.to(reward)
    running = torch.cat([torch.zeros_like(reward[:1]), (scale * reward).cumsum(0)])
    window = running[(steps + n).clamp(max=len(reward))] - running[:-1]
    return window / scale + DISCOUNT**n * torch.cat([acted[n:], torch.zeros_like(acted[:n])])


def _weights(reward: Tensor, n: int) -> Tensor:
    """Discount the rewards of each window, [T, T]."""
    steps = torch.arange(len(reward))
    ahead = steps - steps[:, None]
    return torch.where((ahead >= 0) & (ahead < n), DISCOUNT ** ahead.to(reward), 0.0)


CODINGS: dict[str, Coding] = {
    "direct": direct,
    "Horner": horner,
    "matrix": matrix,
    "telescoped": telescoped,
    "differences": differences,
}


def n_step_rule(coding: Coding, n: int) -> Callable[..., dict[str, Tensor]]:
    """Make a rule of a coding: the errors of the bids that acted."""

    def gradients(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> dict[str, Tensor]:
        rows = bids[state].detach().requires_grad_()
        acted = pick(rows, action)
        loss = (acted - coding(reward, acted.detach(), n)).square().sum() / 2
        return by_mechanism(torch.autograd.grad(loss, rows)[0])

    return gradients
