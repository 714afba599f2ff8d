"""The table of settings: ours, their defaults, and how they are made equal in the comparison."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from stable_baselines3 import PPO

from tests.verification.oracle import ours

if TYPE_CHECKING:
    from collections.abc import Mapping

HEAD = ("setting", "here", "theirs by default", "in the comparison")
Row = tuple[str, str, str, str]


def _defaults() -> Mapping[str, object]:
    """Return the defaults of their arguments, from the signature."""
    parameters = inspect.signature(PPO.__init__).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def table(copies: int) -> tuple[Row, ...]:
    """Return all settings; `copies` is the number of parallel environments of the curves."""
    here, there = ours.ppo(), _defaults()
    argument = "their argument set to ours"
    return (
        ("discount", f"{here.discount:g}", f"{there['gamma']}", argument),
        ("λ of the advantages", f"{here.gae_lambda:g}", f"{there['gae_lambda']}", argument),
        ("clip of the ratio", f"{here.clip:g}", f"{there['clip_range']}", argument),
        ("clip of values", "none", f"{there['clip_range_vf']}", argument),
        ("entropy bonus", f"{here.entropy_bonus:g}", f"{there['ent_coef']}", argument),
        ("weight of the value loss", "1", f"{there['vf_coef']}", argument),
        ("passes over an epoch", "1", f"{there['n_epochs']}", argument),
        ("minibatch", f"{here.minibatch}", f"{there['batch_size']}", argument),
        ("steps of an epoch", f"{here.steps}", f"{there['n_steps']} a copy", argument),
        (
            "networks",
            f"two, {here.hidden} and {here.hidden} units, ReLU, uniform in ±1/√fan-in",
            "two, 64 and 64 units, tanh, orthogonal",
            "their arguments set to ours, our first weights copied",
        ),
        (
            "optimiser",
            f"an Adam for each network, rates {here.policy_lr:g} and {here.value_lr:g}, ε 1e-8",
            f"one Adam, rate {there['learning_rate']}, ε 1e-5",
            "one Adam with a group for each network; the method that would set one rate for both does nothing",
        ),
        (
            "order of steps",
            "value, then policy",
            "both at once",
            "unchanged: no parameter and no gradient is shared",
        ),
        (
            "penalty on values",
            f"{here.value_penalty:g} × sum of squared parameters",
            "none",
            f"weight decay {2 * here.value_penalty:g} in the value group of their Adam, the same gradient",
        ),
        (
            "normalised advantages",
            "over the epoch",
            "in each minibatch",
            "theirs off; their buffer normalises the epoch",
        ),
        (
            "clip of gradients",
            f"policy at norm {here.max_grad_norm:g}, value never",
            f"both as one at {there['max_grad_norm']}",
            "theirs at infinity; ours unchanged, and at a norm that clips in a separate case, where theirs has no value loss",
        ),
        (
            "episodes cut by the horizon",
            "bootstrap from the state reached",
            "add its discounted value to the reward",
            "unchanged: the same number",
        ),
        (
            "rates in time",
            "× 0.99 from epoch 600 on",
            "constant",
            "unchanged: the comparison ends before",
        ),
        (
            "draws",
            "a stream for each run",
            "global generators",
            "one update: ours instead of theirs; curves: each its own",
        ),
        (
            "experience of an epoch",
            "one environment; the last episode is cut",
            "copies; episodes go on in the next epoch",
            f"one update: one environment; curves: {copies} copies, not aligned; 64 did not agree",
        ),
        (
            "return of an epoch",
            "mean over its episodes, the cut one too",
            "of the last 100 episodes",
            "curves: mean over the episodes that ended in it, not aligned",
        ),
    )
