"""The runs of a block as they train: acting, credit assignment and learning, one epoch at a time.

Networks are evaluated on the distinct states of the problem. Runs share operations, never numbers:
each has parameters, optimiser state and randomness of its own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from repro.engine.networks import BatchedMLP, Weights
from repro.engine.rollout import RngStreams, shuffled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Algorithm, Samples
    from repro.mdp.task import Tables


def stream(algorithm: str, problem: str, seed: int) -> np.random.Generator:
    """Make one run's random stream, which depends on its own id and nothing else."""
    digest = hashlib.sha256(f"{algorithm}/{problem}/{seed}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def init_weights(
    algorithm: Algorithm, tables: Tables, generators: tuple[np.random.Generator, ...]
) -> Weights:
    """Draw the networks of each run from its own stream."""
    observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
    spec = algorithm.value_spec(observation)
    policy = [algorithm.init_policy(observation, actions, g) for g in generators]
    value = [spec.init(algorithm.learners(actions), g) for g in generators]
    return {"policy": np.stack(policy), "value": np.stack(value)}


class Trainer:
    """The runs of a block that are still there, and their one epoch of acting and learning.

    Attributes:
        policy: policy networks.
        value: value networks.

    Args:
        algorithm: what is trained.
        tables: of the problem.
        generators: one stream a run.
        weights: to start from.
    """

    def __init__(
        self,
        algorithm: Algorithm,
        tables: Tables,
        generators: tuple[np.random.Generator, ...],
        weights: Weights,
    ) -> None:
        self.algorithm, self.tables = algorithm, tables
        self.streams = RngStreams(generators, np.arange(len(generators)))
        observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
        self.policy = BatchedMLP(
            algorithm.policy_spec(observation, actions),
            weights["policy"],
            tables.observation,
            algorithm.policy_lr,
            max_grad_norm=algorithm.max_grad_norm,
        )
        self.value = BatchedMLP(
            algorithm.value_spec(observation),
            weights["value"],
            tables.observation,
            algorithm.value_lr,
            penalty=algorithm.value_penalty,
        )

    def outputs(self) -> tuple[Tensor, Tensor]:
        """Policy output [R, K, S, outputs] and values [R, L, S] on the distinct states."""
        return self.policy.outputs(), self.value.outputs().squeeze(-1)

    def epoch(self, behaviour_policy: Tensor, value: Tensor) -> NDArray[np.float64]:
        """Collect, assign credit, and learn from every sample once.

        Args:
            behaviour_policy: the policy's `outputs`.
            value: the values, likewise.

        Returns:
            Each run's mean return, [R].
        """
        samples, mean_return = self.experience(behaviour_policy, value)
        minibatch_statistics = self.algorithm.minibatch_statistics(
            self.minibatches(samples), self.tables
        )
        for columns in zip(*minibatch_statistics.values(), strict=True):
            self.update(dict(zip(minibatch_statistics, columns, strict=True)), behaviour_policy)
        return mean_return

    def experience(
        self, behaviour_policy: Tensor, value: Tensor
    ) -> tuple[Samples, NDArray[np.float64]]:
        """Collect one epoch and assign credit for it, with the networks' outputs before it."""
        batch = self.algorithm.collect(self.streams, self.tables, behaviour_policy)
        return self.algorithm.assign_credit(batch, self.tables, value), batch.mean_return

    def minibatches(self, samples: Samples) -> Samples:
        """Shuffle the samples of each learner and cut them up: columns [minibatches, R, L, B]."""
        _, learners, n = samples["state"].shape
        order = torch.from_numpy(shuffled(self.streams, learners, n, self.algorithm.minibatch))
        return {
            name: column.reshape(-1).index_select(0, order.flatten()).view(order.shape)
            for name, column in samples.items()
        }

    def update(self, statistics: Samples, behaviour_policy: Tensor) -> None:
        """Take one value step, then one policy step, on what a minibatch teaches."""
        value = self.value.outputs().squeeze(-1)
        self.value.adam_step(self.algorithm.value_gradient(value, statistics).unsqueeze(-1))
        policy = self.policy.outputs()
        self.policy.adam_step(self.algorithm.policy_gradient(policy, behaviour_policy, statistics))

    def decay_learning_rates(self) -> None:
        """Lower both learning rates by the algorithm's factor."""
        for stack in (self.policy, self.value):
            stack.learning_rate *= self.algorithm.decay

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Let all runs but `rows` go."""
        self.streams = RngStreams(self.streams.generators, self.streams.rows[rows])
        self.policy.keep(rows)
        self.value.keep(rows)

    def weights(self) -> Weights:
        """Copy the parameters of the runs that are left."""
        return {"policy": self.policy.parameters.copy(), "value": self.value.parameters.copy()}

    def state(self) -> dict[str, NDArray[Any]]:
        """Copy all that the next epoch depends on, as arrays by name."""
        found: dict[str, NDArray[Any]] = {"rows": self.streams.rows}
        for name, stack in (("policy", self.policy), ("value", self.value)):
            found |= {
                f"{name}.parameters": stack.parameters.copy(),
                f"{name}.moments": stack.moments.copy(),
                f"{name}.steps": np.array(stack.steps),
                f"{name}.learning_rate": np.array(stack.learning_rate),
            }
        found["generators"] = np.stack([_pcg64_state(g) for g in self.streams.generators])
        return found

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `state` returned; for a trainer made with the same arguments."""
        self.keep(state["rows"])
        for name, stack in (("policy", self.policy), ("value", self.value)):
            stack.parameters[:] = state[f"{name}.parameters"]
            stack.moments[:] = state[f"{name}.moments"]
            stack.steps = int(state[f"{name}.steps"])
            stack.learning_rate = float(state[f"{name}.learning_rate"])
        for generator, words in zip(self.streams.generators, state["generators"], strict=True):
            _set_pcg64_state(generator, words)


def _pcg64_state(generator: np.random.Generator) -> NDArray[np.uint64]:
    """State of a PCG64 generator as six numbers."""
    state = generator.bit_generator.state
    inner = [state["state"]["state"], state["state"]["inc"]]
    halves = [half for number in inner for half in divmod(number, 1 << 64)]
    return np.array([*halves, state["has_uint32"], state["uinteger"]], np.uint64)


def _set_pcg64_state(generator: np.random.Generator, words: NDArray[np.uint64]) -> None:
    """Put a PCG64 generator into the state that `_pcg64_state` read."""
    high, low, inc_high, inc_low, has, held = (int(word) for word in words)
    generator.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": (high << 64) + low, "inc": (inc_high << 64) + inc_low},
        "has_uint32": has,
        "uinteger": held,
    }
