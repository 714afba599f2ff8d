"""A learning algorithm on one trajectory, and one or two of its iterations as code to trace."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._networks import policy_networks, value_networks
from claims.theory._rules import trainer_batch, trainer_inputs
from repro import algorithms
from repro.algorithms import Outputs
from repro.causal import Role, audit, d_separated, flattened_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from torch import Tensor

    from claims.theory._networks import Functions, Networks
    from claims.theory._shapes import Episodes, Shape
    from repro.algorithms import Algorithm
    from repro.causal import Graph, Verdict

    Gradients = dict[str, list[Tensor]]

FEATURES = 2
"""Numbers in the observation of a state."""
LEARNING_RATE = 0.1
FIRST, SECOND, OBSERVATION = "first.", "second.", "observation"


@dataclass(frozen=True)
class Learner:
    """An algorithm with small networks; everything else is the code and numbers of its training.

    Attributes:
        name: of the algorithm.
        shape: of the trajectory or the batch of episodes that it learns from.
        hidden: units of each hidden layer.
        hyperparameters: names and values of those that differ from the algorithm's defaults.
    """

    name: str
    shape: Shape | Episodes
    hidden: int = 2
    hyperparameters: tuple[tuple[str, float], ...] = ()

    @cached_property
    def algorithm(self) -> Algorithm:
        """The algorithm's code."""
        return algorithms.load(self.name, hidden=self.hidden, **dict(self.hyperparameters))

    @cached_property
    def policies(self) -> Networks:
        """Policy networks."""
        return policy_networks(self.algorithm, FEATURES, self.shape.mechanisms)

    @cached_property
    def critics(self) -> Networks:
        """Value networks."""
        return value_networks(self.algorithm, FEATURES, self.shape.mechanisms)

    def functions(self, seed: int = 0) -> dict[str, Tensor]:
        """Draw all functions that learn."""
        generator = np.random.default_rng(seed)
        return {**self.policies.draw(generator), **self.critics.draw(generator)}

    def data(self, seed: int = 0) -> dict[str, Tensor]:
        """Draw an executed trajectory, and the observations of its states."""
        drawn = trainer_inputs(self.name, self.shape, seed, **dict(self.hyperparameters))
        states = drawn["value"].shape[-1]
        observation = np.random.default_rng(seed).normal(size=(states, FEATURES))
        computed = {"policy", "behaviour_policy", "value"}
        data = {name: x for name, x in drawn.items() if name not in computed}
        return {OBSERVATION: torch.from_numpy(observation), **data}

    def learners(self) -> dict[str, tuple[str, ...]]:
        """Map each name that gets a gradient to the functions it consists of.

        A mechanism's own value function is part of the mechanism; a shared one is a learner itself.
        """
        own = len(self.critics.names) == len(self.policies.names)
        found = {
            name: (*self.policies.owned(name), *((self.critics.names[k],) if own else ()))
            for k, name in enumerate(self.policies.names)
        }
        return found if own else found | {name: (name,) for name in self.critics.names}

    def forward(self, functions: Functions, observation: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the policy's outputs [1, networks, S, outputs] and the values [1, L, S]."""
        policy = self.policies.outputs(functions, observation)
        if not self.critics.names:
            return policy, policy.new_zeros(1, 0, len(observation))
        return policy, self.critics.outputs(functions, observation).squeeze(-1)

    def gradients(self, functions: Functions, data: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Assign credit for the whole trajectory, as the trainer does for a minibatch."""
        policy, value = self.forward(functions, data[OBSERVATION])
        batch, tables = trainer_batch(data, value.shape[-1], self.shape.mechanisms)
        behaviour_policy = policy.detach()
        outputs = Outputs(behaviour_policy, value.detach())
        samples = self.algorithm.assign_credit(batch, tables, outputs)
        statistics = self.algorithm.minibatch_statistics(samples, tables)
        ends: tuple[Tensor, ...] = (policy,)
        starts: tuple[Tensor | None, ...] = (
            self.algorithm.policy_gradient(behaviour_policy, behaviour_policy, statistics),
        )
        if self.critics.names:
            # Each value network has its own penalty, as in the trainer's update.
            parameters = self.critics.parameters(functions)
            ends += (value, self.algorithm.value_penalty * parameters.square().sum())
            starts += (self.algorithm.value_gradient(value.detach(), statistics), None)
        parts = torch.autograd.grad(ends, [*functions.values()], starts)
        return dict(zip(functions, parts, strict=True))

    def by_learner(self, parts: Mapping[str, Tensor]) -> Gradients:
        """Group the functions' gradients by learner."""
        return {who: [parts[name] for name in names] for who, names in self.learners().items()}


def sgd_step(
    functions: Functions, gradients: Mapping[str, Tensor], learning_rate: float = LEARNING_RATE
) -> dict[str, Tensor]:
    """Take one step of gradient descent."""
    return {
        name: (x - learning_rate * gradients[name]).detach().requires_grad_()
        for name, x in functions.items()
    }


@dataclass(frozen=True)
class Traceable:
    """Code to trace, and its inputs.

    Attributes:
        rule: see `repro.causal.audit`.
        execution: see `repro.causal.audit`.
        functions: inputs that learn.
        data: all other inputs.
    """

    rule: Callable[..., Any]
    execution: Callable[..., Any]
    functions: Mapping[str, Tensor]
    data: Mapping[str, Tensor]

    @cached_property
    def graph(self) -> Graph:
        """The code's whole flattened graph."""
        return flattened_graph(
            self.rule,
            {**self.functions, **self.data},
            functions=self.functions,
            execution=self.execution,
        )

    @cached_property
    def verdict(self) -> Verdict:
        """The audit's verdict, including the limits of the trace."""
        return audit(self.rule, {**self.functions, **self.data}, execution=self.execution)


def iteration(learner: Learner, seed: int = 0) -> Traceable:
    """Return one iteration: the forward pass, then the gradient of each learner."""
    functions, data = learner.functions(seed), learner.data(seed)

    def execution(**inputs: Tensor) -> tuple[Tensor, Tensor]:
        return learner.forward(inputs, inputs[OBSERVATION])

    def rule(**inputs: Tensor) -> Gradients:
        given = {name: inputs[name] for name in functions}
        return learner.by_learner(learner.gradients(given, inputs))

    return Traceable(rule, execution, functions, data)


def two_iterations(learner: Learner, *, memory: float = 0.0, counted: bool = False) -> Traceable:
    """Return iterations i and i + 1, each with its own trajectory, up to the functions i + 2.

    The execution computes what graph i + 1 contains apart from its data: the functions, and the results
    of its forward pass. The rule computes the functions i + 2; the audit treats them as gradients.

    Args:
        learner: the observations of states are the same in both iterations.
        memory: the factor by which the second update adds the first gradient to its own.
        counted: whether that remembered gradient counts as part of graph i + 1.
    """
    functions, data = learner.functions(), two_batches(learner)

    def first(inputs: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        given = {name: inputs[name] for name in functions}
        gradients = learner.gradients(given, without_prefix(FIRST, inputs))
        return sgd_step(given, gradients), gradients

    def execution(**inputs: Tensor) -> list[Tensor]:
        new, before = first(inputs)
        computed = [*new.values(), *learner.forward(new, inputs[OBSERVATION])]
        return computed + [*before.values()] * counted

    def rule(**inputs: Tensor) -> Gradients:
        new, before = first(inputs)
        gradients = learner.gradients(new, without_prefix(SECOND, inputs))
        total = {name: g + memory * before[name] for name, g in gradients.items()}
        return learner.by_learner(sgd_step(new, total))

    return Traceable(rule, execution, functions, data)


def separates_functions(two: Traceable, *, given: bool) -> bool:
    """Return whether the functions i + 2 and i are d-separated by graph i + 1, or by nothing."""
    graph = two.graph
    between = [
        name
        for name in graph.of(Role.DATA)
        if graph.nodes[name].parents or not name.startswith(FIRST)
    ]
    old, new = graph.of(Role.FUNCTION), graph.of(Role.GRADIENT)
    return d_separated(graph, new, old, between if given else ())


def two_batches(learner: Learner) -> dict[str, Tensor]:
    """Draw the data of two iterations, each with its prefix; they observe the same states."""
    data: dict[str, Tensor] = {}
    for seed, prefix in enumerate((FIRST, SECOND)):
        drawn = learner.data(seed)
        data[OBSERVATION] = drawn.pop(OBSERVATION)
        data |= {prefix + name: x for name, x in drawn.items()}
    return data


def without_prefix(prefix: str, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Select the data of one iteration, and the observations."""
    data = {k.removeprefix(prefix): x for k, x in inputs.items() if k.startswith(prefix)}
    return {OBSERVATION: inputs[OBSERVATION], **data}
