"""The runs of a block during training: they act, assign credit and learn, one epoch at a time.

Networks are evaluated on the distinct states of the problem. All runs are computed in the same calls,
but each has its own parameters, optimiser state and random stream.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from repro.algorithms.base import Outputs
from repro.engine.networks import BatchedMLP, Weights
from repro.engine.rollout import RngStreams, shuffled
from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms.base import Algorithm, Samples
    from repro.mdp.task import Tables


def stream(algorithm: str, problem: str, seed: int) -> np.random.Generator:
    """Create the random stream of a run; it depends only on these three arguments."""
    digest = hashlib.sha256(f"{algorithm}/{problem}/{seed}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


def init_weights(
    algorithm: Algorithm, tables: Tables, generators: tuple[np.random.Generator, ...]
) -> Weights:
    """Draw the initial networks of each run from its own stream."""
    observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
    spec = algorithm.value_spec(observation)
    policy = [algorithm.init_policy(observation, actions, g) for g in generators]
    value = [spec.init(algorithm.critics(actions), g) for g in generators]
    return {"policy": np.stack(policy), "value": np.stack(value)}


class Trainer:
    """The runs of a block that are still training.

    Attributes:
        policy: policy networks.
        value: value networks.
        streams: random streams of the runs.
        epochs: number of epochs done.

    Args:
        algorithm: to train.
        tables: of the problem.
        generators: one random stream for each run.
        weights: initial weights.
    """

    def __init__(
        self,
        algorithm: Algorithm,
        tables: Tables,
        generators: tuple[np.random.Generator, ...],
        weights: Weights,
    ) -> None:
        self.algorithm, self.tables = algorithm, tables
        self.epochs = 0
        self.streams = RngStreams(generators, np.arange(len(generators)))
        observation, actions = tables.observation.shape[1], tables.next_state.shape[1]
        betas = (algorithm.adam_beta_1, algorithm.adam_beta_2)
        self.policy = BatchedMLP(
            algorithm.policy_spec(observation, actions),
            weights["policy"],
            tables.observation,
            algorithm.policy_lr,
            betas=betas,
            name=f"{algorithm.name}'s policy",
            max_grad_norm=algorithm.max_grad_norm,
        )
        self.value = BatchedMLP(
            algorithm.value_spec(observation),
            weights["value"],
            tables.observation,
            algorithm.value_lr,
            betas=betas,
            name=f"{algorithm.name}'s value",
            penalty=algorithm.value_penalty,
        )

    def outputs(self) -> Outputs:
        """Evaluate all networks on the distinct states."""
        return Outputs(self.policy.outputs(), self.value.outputs().squeeze(-1), self.epochs)

    def epoch(self, outputs: Outputs) -> NDArray[np.float64]:
        """Collect, assign credit, and learn from every sample once.

        Args:
            outputs: of the networks now.

        Returns:
            [R], the return that each run's epoch is judged by.
        """
        samples, judged_return = self.experience(outputs)
        self.learn(samples, outputs.policy)
        self.epochs += 1
        return judged_return

    def experience(self, outputs: Outputs) -> tuple[Samples, NDArray[np.float64]]:
        """Collect one epoch and assign credit for it, given the networks' outputs before it."""
        batch = self.algorithm.collect(self.streams, self.tables, outputs)
        samples = self.algorithm.assign_credit(batch, self.tables, outputs)
        return samples, self.algorithm.judged_return(batch, self.tables, outputs)

    def learn(self, samples: Samples, behaviour_policy: Tensor) -> NDArray[np.int32]:
        """Learn from every sample once, in a random order; return it, [R, L, n].

        Raises:
            UserError: the samples are not what `Algorithm.assign_credit` must return.
        """
        self._check(samples)
        _, learners, n = samples["state"].shape
        order = shuffled(self.streams, learners, n)
        networks = self.policy, self.value
        self.algorithm.learn(networks, behaviour_policy, samples, order, self.tables)
        return order

    def _check(self, samples: Samples) -> None:
        """Check the names and the shapes of samples, which an algorithm's own code has computed."""
        name, size = self.algorithm.name, self.algorithm.minibatch
        for needed in ("state", "target"):
            if needed not in samples:
                raise UserError(
                    f"{name}: assign_credit returned {', '.join(samples) or 'nothing'}; expected a column "
                    f"{needed!r} among them; add it"
                )
        runs = len(self.streams.rows)
        learners = self.algorithm.learners(self.tables.next_state.shape[1])
        n = samples["state"].shape[-1] if samples["state"].ndim else 0
        for column, x in samples.items():
            if tuple(x.shape) != (runs, learners, n) or not n or n % size:
                raise UserError(
                    f"{name}: assign_credit returned {column!r} of shape {tuple(x.shape)}; expected "
                    f"({runs}, {learners}, n): runs, learners, and as many samples as 'state' has, a "
                    f"multiple of the minibatch, {size}; reshape it"
                )

    def decay_learning_rates(self) -> None:
        """Multiply both learning rates by the algorithm's decay factor."""
        for networks in (self.policy, self.value):
            networks.learning_rate *= self.algorithm.decay

    def keep(self, rows: NDArray[np.intp]) -> None:
        """Drop all runs except `rows`."""
        self.streams = RngStreams(self.streams.generators, self.streams.rows[rows])
        self.policy.keep(rows)
        self.value.keep(rows)

    def weights(self) -> Weights:
        """Return a copy of the parameters of the runs still training."""
        return {"policy": self.policy.parameters.copy(), "value": self.value.parameters.copy()}

    def state(self) -> dict[str, NDArray[Any]]:
        """Return a copy of everything that the next epoch depends on, as arrays by name."""
        state: dict[str, NDArray[Any]] = {
            "rows": self.streams.rows,
            "epochs": np.array(self.epochs),
        }
        for name, networks in (("policy", self.policy), ("value", self.value)):
            state |= {
                f"{name}.parameters": networks.parameters.copy(),
                f"{name}.moments": networks.moments.copy(),
                f"{name}.steps": np.array(networks.steps),
                f"{name}.learning_rate": np.array(networks.learning_rate),
            }
        state["generators"] = np.stack([_pcg64_state(g) for g in self.streams.generators])
        return state

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue from a `state`; `self` must have been created with the same arguments."""
        self.keep(state["rows"])
        self.epochs = int(state["epochs"])
        for name, networks in (("policy", self.policy), ("value", self.value)):
            networks.parameters[:] = state[f"{name}.parameters"]
            networks.moments[:] = state[f"{name}.moments"]
            networks.steps = int(state[f"{name}.steps"])
            networks.learning_rate = float(state[f"{name}.learning_rate"])
        for generator, words in zip(self.streams.generators, state["generators"], strict=True):
            _set_pcg64_state(generator, words)


def _pcg64_state(generator: np.random.Generator) -> NDArray[np.uint64]:
    """Return the state of a PCG64 generator as six numbers."""
    state = generator.bit_generator.state
    inner = [state["state"]["state"], state["state"]["inc"]]
    halves = [half for number in inner for half in divmod(number, 1 << 64)]
    return np.array([*halves, state["has_uint32"], state["uinteger"]], np.uint64)


def _set_pcg64_state(generator: np.random.Generator, words: NDArray[np.uint64]) -> None:
    """Set the state of a PCG64 generator to what `_pcg64_state` returned."""
    high, low, inc_high, inc_low, has_uint32, uinteger = (int(word) for word in words)
    generator.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": (high << 64) + low, "inc": (inc_high << 64) + inc_low},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }
