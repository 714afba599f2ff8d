"""Credit assignment of one of this project's algorithms, as its trainer computes it, for an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from repro import algorithms
from repro.algorithms.base import Outputs
from repro.engine.rollout import Batch
from repro.mdp.task import Tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

STEPS = 3
"""Steps of the episode; as many mechanisms act, one after the other, in different states."""
WHAT = (
    f"one episode of {STEPS} steps in which {STEPS} mechanisms act in turn, no state visited twice, before "
    "gradients are clipped"
)
_SEED = 0


def algorithm_rule(name: str) -> tuple[Callable[..., dict[str, Tensor]], dict[str, Tensor]]:
    """Make the rule of an algorithm, and its inputs on a short episode.

    The rule returns the gradient of each mechanism's outputs, policy [S] or bids [S, 2], from its loss and
    credit assignment, normalisation included. Numbers are drawn at random, since an audit's answer does not
    depend on them, in double precision.

    Args:
        name: of the algorithm, as "cvs".

    Raises:
        UserError: there is no such algorithm.
    """
    algorithm = algorithms.load(name)
    end = STEPS
    tables = Tables(
        next_state=np.zeros((STEPS + 1, STEPS), np.int64),
        reward=np.zeros((STEPS + 1, STEPS), np.float32),
        terminal=np.arange(STEPS + 1) == end,
        observation=np.zeros((STEPS + 1, 1), np.float32),
        starts=np.zeros(1, np.int64),
        horizon=STEPS,
    )

    def rule(
        policy: Tensor, behaviour_policy: Tensor, value: Tensor, **data: Tensor
    ) -> dict[str, Tensor]:
        batch = Batch(**{"bids": torch.empty(1, STEPS, 0), **data}, mean_return=np.zeros(1))
        samples = algorithm.assign_credit(batch, tables, Outputs(behaviour_policy, value))
        statistics = algorithm.minibatch_statistics(samples, tables)
        gradient = algorithm.policy_gradient(policy, behaviour_policy, statistics)
        # Networks of their own, [1, K, S, outputs], or one network with an output for each, [1, 1, S, K].
        parts = gradient[0] if gradient.shape[1] > 1 else gradient[0, 0].unbind(-1)
        return {f"mechanism {k}": part for k, part in enumerate(parts)}

    generator = np.random.default_rng(_SEED)

    def normal(*size: int) -> Tensor:
        return torch.from_numpy(generator.normal(size=size))

    networks = len(algorithm.init_policy(1, STEPS, generator))
    outputs = algorithm.policy_spec(1, STEPS).sizes[-1]
    behaviour = normal(1, networks, STEPS + 1, outputs)
    steps = torch.arange(STEPS)[None]
    inputs = {
        # The policy differs from the one that acted, as in an epoch's later minibatches.
        "policy": behaviour + 0.1 * normal(*behaviour.shape),
        "behaviour_policy": behaviour,
        "value": normal(1, algorithm.critics(STEPS), STEPS + 1),
        "reward": normal(1, STEPS),
        "state": steps,
        "next_state": steps + 1,
        "episode_end": steps == STEPS - 1,
        "action": steps.clone(),
    }
    if algorithm.copies:
        bids = torch.from_numpy(generator.uniform(0.1, 0.9, (1, STEPS, algorithm.copies * STEPS)))
        winner = inputs["action"] = algorithm.copies * steps
        inputs["bids"] = bids.scatter(-1, winner.unsqueeze(-1), 0.95)
    return rule, inputs
