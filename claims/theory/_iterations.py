"""One iteration of a learner, and two in a row, as running code that can be traced."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from claims.theory._learner import step
from repro.causal import Role, audit, d_separated, flattened_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from torch import Tensor

    from claims.theory._learner import Learner
    from repro.causal import Graph, Verdict

    Passed = tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Tensor]]

FIRST, SECOND = "first.", "second."
OBSERVATION = "observation"


@dataclass(frozen=True)
class Traced:
    """Code to trace, and what is known about it.

    Attributes:
        rule: see `repro.causal.auditing.audit`.
        execution: likewise.
        functions: those of its inputs that learn.
        data: the others.
    """

    rule: Callable[..., Any]
    execution: Callable[..., Any]
    functions: Mapping[str, Tensor]
    data: Mapping[str, Tensor]

    @cached_property
    def graph(self) -> Graph:
        """The whole graph of the code."""
        return flattened_graph(
            self.rule,
            {**self.functions, **self.data},
            functions=self.functions,
            execution=self.execution,
        )

    @cached_property
    def verdict(self) -> Verdict:
        """What an audit says of it, what it could not follow included."""
        return audit(self.rule, {**self.functions, **self.data}, execution=self.execution)


def iteration(learner: Learner, seed: int = 0) -> Traced:
    """Take one iteration: the forward pass, and from it the gradient of each learner."""
    functions, data = learner.functions(seed), learner.data(seed)

    def execution(**inputs: Tensor) -> tuple[Tensor, Tensor]:
        return learner.forward(inputs, inputs[OBSERVATION])

    def rule(**inputs: Tensor) -> dict[str, list[Tensor]]:
        given = {name: inputs[name] for name in functions}
        return learner.by_learner(learner.gradients(given, inputs))

    return Traced(rule, execution, functions, data)


def two_iterations(learner: Learner, *, memory: float = 0.0, counted: bool = False) -> Traced:
    """Take iterations i and i + 1, each with a trajectory of its own, up to the functions i + 2.

    The execution makes what graph i + 1 holds beside its data: functions, and what its forward pass
    makes of them. The rule makes the functions i + 2, which stand in the place of gradients.

    Args:
        learner: the observations of its task's states are the same in both.
        memory: how much of the first gradient the second update adds to its own.
        counted: whether that remembered gradient counts as a part of graph i + 1.
    """
    functions = learner.functions()
    data: dict[str, Tensor] = {}
    for seed, prefix in enumerate((FIRST, SECOND)):
        drawn = learner.data(seed)
        data[OBSERVATION] = drawn.pop(OBSERVATION)
        data |= {prefix + name: x for name, x in drawn.items()}

    def first(inputs: Mapping[str, Tensor]) -> Passed:
        given = {name: inputs[name] for name in functions}
        gradients = learner.gradients(given, _of(FIRST, inputs))
        return step(given, gradients), _of(SECOND, inputs), gradients

    def execution(**inputs: Tensor) -> list[Tensor]:
        new, trajectory, before = first(inputs)
        made = [*new.values(), *learner.forward(new, trajectory[OBSERVATION])]
        return made + [*before.values()] * counted

    def rule(**inputs: Tensor) -> dict[str, list[Tensor]]:
        new, trajectory, before = first(inputs)
        gradients = learner.gradients(new, trajectory)
        total = {name: g + memory * before[name] for name, g in gradients.items()}
        return learner.by_learner(step(new, total))

    return Traced(rule, execution, functions, data)


def chained(two: Traced, *, given: bool) -> bool:
    """Ask whether graph i + 1, or else nothing, d-separates the functions i + 2 from those of i."""
    graph = two.graph
    between = [
        name
        for name in graph.of(Role.DATA)
        if graph.nodes[name].parents or not name.startswith(FIRST)
    ]
    old, new = graph.of(Role.FUNCTION), graph.of(Role.GRADIENT)
    return d_separated(graph, new, old, between if given else ())


def _of(prefix: str, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    data = {k.removeprefix(prefix): x for k, x in inputs.items() if k.startswith(prefix)}
    return {OBSERVATION: inputs[OBSERVATION], **data}
