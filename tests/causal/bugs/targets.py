"""Bugs of targets: what a value or an action value is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from tests.causal.bugs.pairs import BugPair, drawn, gradient

if TYPE_CHECKING:
    from torch import Tensor

GAMMA, ALPHA = 0.9, 0.2
ENDS = torch.tensor([False, True, False])
BATCH = {**drawn(3, rewards=(3,), q=(3, 2), next_q=(3, 2)), "done": ENDS}


def target_attached(
    buggy: bool, rewards: Tensor, q: Tensor, next_q: Tensor, done: Tensor
) -> dict[str, Tensor]:
    """The loss must not change the network that gives the target."""
    target = rewards + GAMMA * torch.where(done, 0.0, next_q.max(1).values)
    loss = (q[:, 0] - (target if buggy else target.detach())).square().sum()
    online, frozen = gradient(loss, q, next_q)
    return {"online": online, "target": frozen}


def through_its_own_target(buggy: bool, rewards: Tensor, values: Tensor) -> dict[str, Tensor]:
    """The critic's loss is an advantage squared; the bug differentiates the next value too."""
    following = values[1:] if buggy else values[1:].detach()
    loss = (rewards + GAMMA * following - values[:-1]).square().sum()
    return {"critic": gradient(loss, values)[0]}


def discount_of_one_step(buggy: bool, rewards: Tensor, values: Tensor) -> dict[str, Tensor]:
    """After a sum of three rewards, the value has the discount γ³."""
    sums = rewards @ torch.tensor([1.0, GAMMA, GAMMA**2], dtype=rewards.dtype)
    return {"critic": sums + (GAMMA if buggy else GAMMA**3) * values}


def entropy_after_the_end(
    buggy: bool, rewards: Tensor, q: Tensor, next_q: Tensor, log_policy: Tensor, done: Tensor
) -> dict[str, Tensor]:
    """The entropy of the next action counts only if there is a next action."""
    best, entropy = next_q.min(1).values, ALPHA * log_policy
    if buggy:
        target = rewards + GAMMA * torch.where(done, 0.0, best) - entropy
    else:
        target = rewards + GAMMA * torch.where(done, 0.0, best - entropy)
    return {"critic": q[:, 0] - target}


def maximum_of_the_target_network(
    buggy: bool, rewards: Tensor, q: Tensor, next_q: Tensor, online: Tensor
) -> dict[str, Tensor]:
    """Double Q-learning lets the online network choose the action that the target network rates."""
    chooser = next_q if buggy else online
    rated = next_q.gather(1, chooser.argmax(1, keepdim=True)).squeeze(1)
    return {"online": q[:, 0] - rewards - GAMMA * rated}


def minimum_of_one(
    buggy: bool, rewards: Tensor, q: Tensor, first: Tensor, second: Tensor
) -> dict[str, Tensor]:
    """Of two critics, the smaller value counts; the bug compares the first with itself."""
    return {"critic": q[:, 0] - rewards - GAMMA * torch.minimum(first, first if buggy else second)}


def ratio_twice(buggy: bool, rewards: Tensor, ratios: Tensor) -> dict[str, Tensor]:
    """In an eligibility trace, each step's importance ratio counts once.

    With the bug, step 1 does not read the ratio of step 0, and the two share no trace.
    """
    trace, found = torch.zeros_like(ratios[0]), []
    for ratio, reward in zip(ratios, rewards, strict=True):
        trace = GAMMA * ratio * trace + 1 if buggy else ratio * (GAMMA * trace + 1)
        found.append(reward * trace * ratio if buggy else reward * trace)
    return {"critic": torch.stack(found)}


def requiring(**inputs: Tensor) -> dict[str, Tensor]:
    """Let all real inputs require gradients."""
    return {k: x.requires_grad_() if x.is_floating_point() else x for k, x in inputs.items()}


CHOICES = {
    **drawn(4, rewards=(2,), q=(2, 2)),
    "next_q": torch.tensor([[1.0, 2.0], [4.0, 3.0]], dtype=torch.float64),
    "online": torch.tensor([[3.0, 1.0], [5.0, 2.0]], dtype=torch.float64),
}
CRITICS = {
    **drawn(5, rewards=(2,), q=(2, 2)),
    "first": torch.tensor([1.0, 2.0], dtype=torch.float64),
    "second": torch.tensor([0.5, 3.0], dtype=torch.float64),
}
PAIRS = (
    BugPair(
        "target not detached",
        "datawhalechina/easy-rl#117",
        target_attached,
        requiring(**BATCH),
        ("verdict", "pairs", "reads", "formulas"),
        per="mechanism",
    ),
    BugPair(
        "critic's loss through its own target",
        "Farama-Foundation/Gymnasium#1494",
        through_its_own_target,
        requiring(**drawn(6, rewards=(3,), values=(4,))),
        ("verdict", "pairs", "reads", "formulas"),
    ),
    BugPair(
        "γ in place of γⁿ",
        "qfettes/DeepRL-Tutorials#1",
        discount_of_one_step,
        drawn(7, rewards=(2, 3), values=(2,)),
        ("formulas",),
    ),
    BugPair(
        "entropy counted after the end",
        "DLR-RM/stable-baselines3#76",
        entropy_after_the_end,
        {**BATCH, **drawn(8, log_policy=(3,))},
        ("reads", "formulas"),
    ),
    BugPair(
        "Double DQN without the online network",
        "MaximeVandegar/Papers-in-100-Lines-of-Code#21",
        maximum_of_the_target_network,
        CHOICES,
        ("reads", "formulas"),
    ),
    BugPair(
        "minimum of one critic with itself",
        "AI4Finance-Foundation/ElegantRL#25",
        minimum_of_one,
        CRITICS,
        ("reads", "formulas"),
    ),
    BugPair(
        "an importance ratio counted twice",
        "SlopDotCash/asi#462",
        ratio_twice,
        drawn(9, rewards=(3,), ratios=(3,)),
        ("verdict", "pairs", "reads", "formulas"),
    ),
)
