"""What a block starts from: its parent's weights, and named changes of them.

A change is a function in `CHANGES`. It turns the weights of all runs of a block into others of the same
shapes, once, before the first epoch.

    >>> sorted(CHANGES)
    ['scale_concentrations', 'scale_logits']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repro import algorithms, tasks
from repro.algorithms.auction import Auction
from repro.algorithms.softmax_policy import SoftmaxPolicy
from repro.errors import UserError, unknown
from repro.protocol.blocks import with_parents

if TYPE_CHECKING:
    from repro.engine.networks import MLPSpec, Weights
    from repro.protocol.blocks import Block

OWN = ("policy", "value")
"""The networks that a block trains."""


@dataclass(frozen=True)
class Change:
    """A change of weights at the start of a transfer.

    Attributes:
        kind: class of the algorithms that it applies to.
        of: those algorithms, in words.
        outputs: of the policy networks: a slice of those whose last-layer weights and biases are
            multiplied by the change's value.
    """

    kind: type[object]
    of: str
    outputs: slice

    def apply(self, spec: MLPSpec, weights: Weights, value: float) -> Weights:
        """Return changed weights.

        Args:
            spec: architecture of the policy networks.
            weights: "policy" [R, K, P] and others.
            value: of the change.
        """
        policy = weights["policy"].copy()
        last = policy[..., spec.last_layer()]  # weights [inputs, outputs], then biases [outputs]
        last.reshape(*last.shape[:-1], -1, spec.sizes[-1])[..., self.outputs] *= np.float32(value)
        return {**weights, "policy": policy}


CHANGES: dict[str, Change] = {
    # Below 1, a softmax policy becomes more uniform in every state; the order of its actions stays.
    "scale_logits": Change(SoftmaxPolicy, "softmax policies", slice(None)),
    # The concentration is the softplus of this output: nearly the output itself, above about 3.
    "scale_concentrations": Change(Auction, "societies of bidders", slice(1, 2)),
}
"""All changes by name, each with what it multiplies: logits, or outputs for concentrations."""


def check(block: Block) -> None:
    """Check, before anything is trained, that a block and its ancestors can be.

    Raises:
        UserError: an algorithm, hyperparameter, problem or change does not exist, a change does not apply
            to the algorithm, or networks are not of the parent's sizes.
    """
    for one in with_parents([block]):
        sizes = _shapes(one)
        for name, _ in one.changes:
            _change(one, name)
        if one.parent and (given := _shapes(one.parent)) != sizes:
            raise _misfit(one, given, sizes)


def started(block: Block, parent: Weights) -> Weights:
    """Return the weights that a block starts from.

    Args:
        block: with a parent.
        parent: the parent's weights, as its record has them; [R, ...].

    Raises:
        UserError: as `check`, or the parent's record lacks the epoch.
    """
    suffix = "" if block.from_epoch is None else f".{block.from_epoch}"
    weights = {name: parent[name + suffix] for name in OWN}
    sizes, given = _shapes(block), {name: weights[name].shape[1:] for name in OWN}
    if given != sizes:
        raise _misfit(block, given, sizes)
    algorithm = algorithms.load(block.algorithm, **dict(block.hyperparameters))
    spec = algorithm.policy_spec(*_sizes(block.problem))
    for name, value in block.changes:
        weights = _change(block, name).apply(spec, weights, value)
    return weights


def _change(block: Block, name: str) -> Change:
    """Return a change by name, if it applies."""
    if name not in CHANGES:
        raise unknown(f"change of weights in {block.name}:", name, CHANGES)
    change, algorithm = CHANGES[name], algorithms.load(block.algorithm)
    if not isinstance(algorithm, change.kind):
        possible = [n for n, other in CHANGES.items() if isinstance(algorithm, other.kind)]
        raise UserError(
            f"{block.name}: {name} applies to {change.of}, and {block.algorithm} is none; "
            + (f"expected {' or '.join(possible)}" if possible else "no change applies to it")
        )
    return change


def _sizes(problem: str) -> tuple[int, int]:
    """Return the size of an observation and the number of actions of a problem."""
    task = tasks.problem(problem).tasks[0]
    return task.observation.shape[1], len(task.action_names)


def _shapes(block: Block) -> dict[str, tuple[int, ...]]:
    """Return the shape of the parameters of one run, [networks, P], of policies and values."""
    algorithm = algorithms.load(block.algorithm, **dict(block.hyperparameters))
    observation, actions = _sizes(block.problem)
    policy = algorithm.init_policy(observation, actions, np.random.default_rng(0))
    value = algorithm.value_spec(observation).size
    return {"policy": policy.shape, "value": (algorithm.critics(actions), value)}


def _misfit(
    block: Block, given: dict[str, tuple[int, ...]], sizes: dict[str, tuple[int, ...]]
) -> UserError:
    wrong = next(name for name in OWN if given[name] != sizes[name])
    return UserError(
        f"{block.name}: its {wrong} networks are {sizes[wrong]} (networks, parameters of each), those of "
        f"its parent {block.parent and block.parent.name} {given[wrong]}; expected the same, so that it "
        "can start from them"
    )
