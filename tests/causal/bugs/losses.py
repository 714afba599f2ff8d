"""Bugs of losses: what is averaged, clipped, detached and compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from tests.causal.bugs.pairs import BugPair, drawn, gradient
from tests.causal.bugs.targets import requiring

if TYPE_CHECKING:
    from torch import Tensor

CLIP = 0.2
NEAR = torch.tensor([0.1, -0.1, 0.05], dtype=torch.float64)
LENGTHS = torch.tensor([[True, True, True], [True, False, False]])


def every_return_for_every_value(buggy: bool, values: Tensor, returns: Tensor) -> dict[str, Tensor]:
    """Values are [B] and returns [B, 1], so their difference is [B, B]."""
    target = returns if buggy else returns.squeeze(-1)
    return {"critic": gradient((target - values).square().mean(), values)[0]}


def critic_learns_from_the_policy(
    buggy: bool, bids: Tensor, values: Tensor, returns: Tensor
) -> dict[str, Tensor]:
    """The policy's loss must not change the critic.

    The two share their error in both versions; only with the bug does the critic read the bids.
    """
    error = returns - values
    chosen = bids.log_softmax(-1)[:, 0]
    loss = -(chosen * (error if buggy else error.detach())).sum() + error.square().sum()
    actor, critic = gradient(loss, bids, values)
    return {"actor": actor, "critic": critic}


def values_recomputed(
    buggy: bool, values: Tensor, old_values: Tensor, returns: Tensor
) -> dict[str, Tensor]:
    """Values are clipped around those of the rollout; the bug computes these anew."""
    old = values.detach() if buggy else old_values
    clipped = old + (values - old).clamp(-CLIP, CLIP)
    errors = [(x - returns).square() for x in (values, clipped)]
    return {"critic": gradient(torch.maximum(*errors).sum(), values)[0]}


def policy_recomputed(
    buggy: bool, log_policy: Tensor, old_log_policy: Tensor, advantages: Tensor
) -> dict[str, Tensor]:
    """The ratio is to the policy of the rollout; computed anew, it is 1."""
    ratio = (log_policy - (log_policy.detach() if buggy else old_log_policy)).exp()
    terms = ratio * advantages, ratio.clamp(1 - CLIP, 1 + CLIP) * advantages
    return {"actor": gradient(-torch.minimum(*terms).sum(), log_policy)[0]}


def by_sequence(
    buggy: bool, log_policy: Tensor, advantages: Tensor, mask: Tensor
) -> dict[str, Tensor]:
    """All tokens should weigh the same; the bug averages each sequence first."""
    terms = torch.where(mask, log_policy * advantages[:, None], 0.0)
    loss = (terms.sum(1) / mask.sum(1)).mean() if buggy else terms.sum() / mask.sum()
    return {"actor": gradient(-loss, log_policy)[0]}


def sum_over_the_batch(buggy: bool, actions: Tensor, slopes: Tensor) -> dict[str, Tensor]:
    """A deterministic policy climbs the mean of its action values; the bug climbs their sum."""
    q = actions * slopes
    return {"actor": gradient(-(q.sum() if buggy else q.mean()), actions)[0]}


def one_norm_for_all(buggy: bool, first: Tensor, second: Tensor) -> dict[str, Tensor]:
    """Each mechanism's gradient is clipped by its own norm; the bug takes the norm of all."""
    whole = torch.cat([first, second]).norm()
    norms = (whole, whole) if buggy else (first.norm(), second.norm())
    return {
        name: x / norm.clamp(min=1.0)
        for name, x, norm in zip(("left", "right"), (first, second), norms, strict=True)
    }


PAIRS = (
    BugPair(
        "advantages [B] against [B, 1]",
        "RLinf/RLinf#1568",
        every_return_for_every_value,
        requiring(**drawn(10, values=(3,), returns=(3, 1))),
        ("verdict", "pairs", "reads", "formulas"),
    ),
    BugPair(
        "critic not detached",
        "astariul/encode-attend-navigate-pytorch#2",
        critic_learns_from_the_policy,
        requiring(**drawn(11, bids=(2, 2), values=(2,), returns=(2,))),
        ("reads", "formulas"),
        per="mechanism",
    ),
    BugPair(
        "value clip with recomputed old values",
        "tensorflow/agents#352",
        values_recomputed,
        requiring(**drawn(12, values=(3,), old_values=(3,), returns=(3,))),
        ("reads", "formulas"),
    ),
    BugPair(
        "old log-probabilities recomputed",
        "tensorforce/tensorforce#312",
        policy_recomputed,
        requiring(
            log_policy=NEAR - 1,
            old_log_policy=torch.full_like(NEAR, -1.0),
            **drawn(13, advantages=(3,)),
        ),
        ("reads", "formulas"),
    ),
    BugPair(
        "loss averaged by sequence, not by token",
        "allenai/open-instruct#1161",
        by_sequence,
        {**requiring(**drawn(14, log_policy=(2, 3), advantages=(2,))), "mask": LENGTHS},
        ("formulas",),
    ),
    BugPair(
        "sum over the batch in place of the mean",
        "IntelLabs/coach#344",
        sum_over_the_batch,
        requiring(**drawn(15, actions=(3,), slopes=(3,))),
        ("formulas",),
    ),
    BugPair(
        "one norm for the gradients of all mechanisms",
        "",
        one_norm_for_all,
        {name: x * 3 for name, x in drawn(16, first=(2,), second=(2,)).items()},
        ("verdict", "pairs", "reads", "formulas"),
        per="mechanism",
    ),
)
