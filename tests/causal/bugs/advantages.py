"""Bugs of advantages and returns: which rewards and values a step's gradient reads."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.causal.bugs.pairs import BugPair, drawn

GAMMA, LAMBDA = 0.9, 0.5
ENDS = torch.tensor([False, True, False, False])
STEPS = {**drawn(0, rewards=(4,), values=(4,), next_values=(4,)), "done": ENDS}


def gae(delta: Tensor, continues: Tensor, *, mask_carried: bool = False) -> Tensor:
    """Add up temporal-difference errors backwards, as long as an episode continues."""
    carried = torch.zeros_like(delta[0])
    found: list[Tensor] = []
    for t in reversed(range(len(delta))):
        carried = delta[t] + GAMMA * LAMBDA * torch.where(continues[t], carried, 0.0)
        found.insert(0, carried)
        if mask_carried:
            carried = torch.where(continues[t], carried, 0.0)
    return torch.stack(found)


def across_ends(
    buggy: bool, rewards: Tensor, values: Tensor, next_values: Tensor, done: Tensor
) -> dict[str, Tensor]:
    """At a time limit the sum must stop, while the value of the next state still counts."""
    delta = rewards + GAMMA * next_values - values
    return {"actor": gae(delta, torch.ones_like(done) if buggy else ~done)}


def mask_late(
    buggy: bool, rewards: Tensor, values: Tensor, next_values: Tensor, done: Tensor
) -> dict[str, Tensor]:
    """Whether step t ends an episode is written at t; the bug looks at t + 1."""
    continues = torch.cat([~done[1:], ~done[-1:]]) if buggy else ~done
    delta = rewards + GAMMA * torch.where(continues, next_values, 0.0) - values
    return {"actor": gae(delta, continues)}


def truncation_as_termination(
    buggy: bool, rewards: Tensor, values: Tensor, next_values: Tensor, done: Tensor
) -> dict[str, Tensor]:
    """Step 1 ends by a time limit; the bug takes the next state's value to be zero there."""
    future = torch.where(done, 0.0, next_values) if buggy else next_values
    return {"actor": gae(rewards + GAMMA * future - values, ~done)}


def carried_masked_twice(
    buggy: bool, rewards: Tensor, values: Tensor, next_values: Tensor, done: Tensor
) -> dict[str, Tensor]:
    """After the mask has been used at a terminal step, the bug also drops what that step passes on."""
    delta = rewards + GAMMA * torch.where(done, 0.0, next_values) - values
    return {"actor": gae(delta, ~done, mask_carried=buggy)}


def vtrace_next_trajectory(
    buggy: bool, rewards: Tensor, values: Tensor, next_values: Tensor, done: Tensor
) -> dict[str, Tensor]:
    """At a truncated step, the next V-trace target belongs to another trajectory."""
    targets = values + gae(rewards + GAMMA * next_values - values, ~done)
    following = torch.cat([targets[1:], next_values[-1:]])
    if not buggy:
        following = torch.where(done, next_values, following)
    return {"actor": rewards + GAMMA * following - values}


def over_environments(buggy: bool, rewards: Tensor) -> dict[str, Tensor]:
    """Rewards are [T, N]; the bug adds them up over environments instead of steps.

    Then no two steps share a sum any more, so the verdict changes.
    """
    axis = 1 if buggy else 0
    total = torch.zeros_like(rewards.select(axis, 0))
    found: list[Tensor] = []
    for part in reversed(rewards.unbind(axis)):
        total = part + GAMMA * total
        found.insert(0, total)
    return {"actor": torch.stack(found, axis)}


def viewed_not_transposed(buggy: bool, rewards: Tensor) -> dict[str, Tensor]:
    """Returns are calculated as [N, T]; the bug gives them the shape [T, N] by a view."""
    discounts = GAMMA ** torch.arange(len(rewards), dtype=rewards.dtype)
    weighted = (rewards.T * discounts).flip(1).cumsum(1).flip(1) / discounts
    return {"actor": weighted.reshape(rewards.shape) if buggy else weighted.T}


def returns_of_zeros(
    buggy: bool, rewards: Tensor, values: Tensor, next_values: Tensor, done: Tensor
) -> dict[str, Tensor]:
    """The bug adds the values to the storage's advantages before these have been written."""
    advantages = gae(rewards + GAMMA * torch.where(done, 0.0, next_values) - values, ~done)
    stored = torch.zeros_like(advantages) if buggy else advantages
    return {"actor": advantages, "critic": stored + values}


def statistics_of_other_rows(buggy: bool, advantages: Tensor) -> dict[str, Tensor]:
    """Each sequence is normalised by itself; the bug subtracts row i's mean from column i."""
    mean, spread = (f(dim=1, keepdim=not buggy) for f in (advantages.mean, advantages.std))
    return {"actor": (advantages - mean) / spread}


PAIRS = (
    BugPair(
        "sums run across episode ends",
        "Toni-SM/skrl#449",
        across_ends,
        STEPS,
        ("pairs", "reads", "formulas"),
    ),
    BugPair(
        "the mask is one step late",
        "RoboVerseOrg/RoboVerse#814",
        mask_late,
        STEPS,
        ("pairs", "reads", "formulas"),
    ),
    BugPair(
        "truncation taken for termination",
        "anthonytorlucci/rlevo#170",
        truncation_as_termination,
        STEPS,
        ("reads", "formulas"),
    ),
    BugPair(
        "a terminal step is dropped from the one before",
        "alessiodm/drl-zh#13",
        carried_masked_twice,
        STEPS,
        ("pairs", "reads", "formulas"),
    ),
    BugPair(
        "V-trace goes on in the next trajectory",
        "pytorch/rl#4209",
        vtrace_next_trajectory,
        STEPS,
        ("pairs", "reads", "formulas"),
    ),
    BugPair(
        "returns over environments, not steps",
        "vwxyzjn/cleanrl#360",
        over_environments,
        drawn(1, rewards=(3, 2)),
        ("verdict", "pairs", "reads", "formulas"),
    ),
    BugPair(
        "a view in place of a transpose",
        "pytorch/rl#2086",
        viewed_not_transposed,
        drawn(1, rewards=(3, 2)),
        ("pairs", "reads", "formulas"),
    ),
    BugPair(
        "returns from advantages that are still zero",
        "vwxyzjn/cleanrl#337",
        returns_of_zeros,
        STEPS,
        ("pairs", "reads", "formulas"),
    ),
    BugPair(
        "normalised with the statistics of other rows",
        "OpenRLHF/OpenRLHF#1250",
        statistics_of_other_rows,
        drawn(2, advantages=(3, 3)),
        ("verdict", "pairs", "reads", "formulas"),
    ),
)
