"""Learning from bids: an epoch of mechanisms that each learn on their own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repro.engine.kernels import bid_learning as kernels
from repro.engine.networks import MLPSpec
from repro.errors import UserError
from repro.storage.syntax_digest import code_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from repro.engine.networks import BatchedMLP


@dataclass(frozen=True)
class Settings:
    """Hyperparameters of learning from bids.

    Attributes:
        minibatch: B, samples of one update; it divides the samples to learn from.
        clip: PPO's ε.
        entropy_bonus: weight of the entropy.
    """

    minibatch: int
    clip: float
    entropy_bonus: float


def learn(
    networks: tuple[BatchedMLP, BatchedMLP],
    behaviour_policy: Tensor,
    samples: Mapping[str, Tensor],
    order: NDArray[np.int32],
    settings: Settings,
) -> None:
    """Learn from samples, each mechanism from its own; see `repro.credit.vickrey`.

    Args:
        networks: policy and value networks, one of each for each mechanism; each has two hidden layers
            of the same size. Those of a policy have outputs for the mean and the concentration.
        behaviour_policy: output of the policy networks when they acted, [R, K, S, 2].
        samples: "state" (int64), "log_bid", "log_one_minus_bid", "advantage" and "target"
            (float32), each [R, K, n].
        order: int32 [R, K, m], the samples that each mechanism learns from, in order.
        settings: hyperparameters.

    Raises:
        UserError: the networks have another architecture or other settings than are compiled.
    """
    policy, value = networks
    observations, hidden, *_ = policy.spec.sizes
    compiled = (
        MLPSpec((observations, hidden, hidden, 2), relu=(True, False)),
        MLPSpec((observations, hidden, hidden, 1), relu=(True, True)),
    )
    if (policy.spec, value.spec) != compiled:
        raise UserError(
            f"learning from bids is compiled for {compiled[0]} and {compiled[1]}; given {policy.spec} "
            f"and {value.spec}; an algorithm with other networks uses `Algorithm.learn`"
        )
    alike = (policy.steps, policy.betas) == (value.steps, value.betas)
    if policy.penalty != 0 or value.max_grad_norm < math.inf or not alike:
        raise UserError(
            "learning from bids is compiled for policies without a penalty, values whose gradients are "
            "not clipped, and the same number of steps and the same decay rates of both; given penalty "
            f"{policy.penalty:g}, norm {value.max_grad_norm:g}, {policy.steps} and {value.steps} steps, rates "
            f"{policy.betas} and {value.betas}; an algorithm with other settings uses `Algorithm.learn`"
        )
    code = code_digest((kernels.__name__,))
    names = ("state", "log_bid", "log_one_minus_bid", "advantage", "target")
    kernels.learn(code, observations, hidden)(
        policy.parameters,
        policy.moments,
        value.parameters,
        value.moments,
        policy.observation,
        behaviour_policy.double().numpy(),
        order,
        *(samples[name].numpy() for name in names),
        settings.minibatch,
        np.float32(settings.clip),
        settings.entropy_bonus,
        np.float32(policy.max_grad_norm),
        np.float32(value.penalty),
        policy.learning_rate,
        value.learning_rate,
        policy.steps,
        policy.betas,
    )
    for each in networks:
        each.steps += order.shape[-1] // settings.minibatch
