"""The mechanisms of the next graph are independent given this graph, and in general not without it.

A dynamic system is a chain of graphs in which g(i+1) is computed from g(i) alone. Its unrolled graph has
edges from all of g(i) to each mechanism f^k(i+1), and each mechanism has its own program. Everything that
two mechanisms of g(i+1) have in common is in g(i) or earlier, and all paths from earlier graphs lead through
g(i). So g(i) d-separates them; no given node is below them. Without g(i) they are connected, by every node of
g(i). An older graph does not separate them, because g(i), which is computed from it, is then hidden. The
system is not modular if the outer process computes two mechanisms from something that is not in g(i), such
as one random number for both.

The same holds on running code, whose graph has fewer edges. Update a table of bids twice by SARSA,
f(0) → f(1) → f(2). Column k of f(2) is computed from column k of f(1), from rewards, and, for each step at
which k acts, from the bid in f(1) of the mechanism that acts next. Given f(1), no hidden variable is shared.
Given only f(0), f(1) is hidden. An updated bid in f(1) is read by its own mechanism and by the one that acts
directly before it. Hence, if no state is visited twice, j and k are dependent exactly if one acts directly
after the other.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._graphs import acyclic_graphs
from claims.theory._judging import format_pairs, judge, worst
from claims.theory._predicates import consecutive
from claims.theory._rules import by_mechanism, discounts
from claims.theory._shapes import Shape, all_shapes, mechanism, up_to_renaming
from repro.causal import (
    Answer,
    DynamicGraph,
    Graph,
    Node,
    Role,
    audit,
    d_separated,
    flattened_graph,
)
from repro.causal.auditing.readable_graph import gradient_node
from repro.causal.graphs.dynamic import at
from repro.causal.graphs.graph import mechanism_root
from repro.credit.learning_rules import RULES
from repro.figures import causal_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from repro.causal import Verdict as AuditVerdict
    from repro.causal.auditing.findings import Pair
    from repro.plugin.recorder import Recorder
    from repro.verdicts import Verdict

NODES, STEPS = 3, 2
SHAPE = Shape((0, 1, 2), (0, 1, 2))
SHARED_DRAW = "a chain whose outer process draws one number for two mechanisms"
ONE_NUMBER = "SARSA with one number drawn for all mechanisms"
SOFTMAX = "a policy gradient, whose softmax all mechanisms share"
TABLE, RATE, FIRST, SECOND = "bids", "rate", "first_reward", "second_reward"
DRAW_SCALE = 1e4
"""Large enough that the drawn number depends on every digit of the gradient."""


@dataclass(frozen=True)
class TwoUpdates:
    """A table of bids, updated twice; mechanism k is its column k.

    Graph 0 is the table f(0) and the rewards of a trajectory. Graph 1 is the table f(1) that the outer
    process computes from graph 0, and other rewards on the same trajectory. The audit is of f(2).

    Attributes:
        shape: of the trajectory.
        rule: name of a rule of `repro.credit.learning_rules`.
        draws: whether the outer process also draws one number for all mechanisms, from a generator
            that the graph seeds.
    """

    shape: Shape
    rule: str = "sarsa"
    draws: bool = False

    @cached_property
    def inputs(self) -> dict[str, Tensor]:
        """f(0), the rewards of both trajectories, and the learning rate.

        If the rate were a constant, everything would be a sum of inputs, and could be coded so that
        f(1) does not occur.
        """
        generator = np.random.default_rng(0)
        steps = (self.shape.steps,)
        sizes = {TABLE: (self.shape.size, self.shape.mechanisms), FIRST: steps, SECOND: steps}
        drawn = {
            name: torch.from_numpy(generator.normal(size=size)) for name, size in sizes.items()
        }
        return {**drawn, RATE: torch.tensor(0.1, dtype=torch.float64)}

    def process(self, bids: Tensor, reward: Tensor, rate: Tensor) -> Tensor:
        """Compute the next table."""
        discount = discounts(self.shape.steps).to(reward)
        state, action = torch.tensor(self.shape.states), torch.tensor(self.shape.actions)
        leaf = bids.detach().requires_grad_()
        loss = RULES[self.rule](leaf, state, action, reward, discount)
        (gradient,) = torch.autograd.grad(loss, leaf)
        updated = bids - rate * gradient
        return updated + (DRAW_SCALE * gradient.square().sum()).sin() if self.draws else updated

    def first(self, **inputs: Tensor) -> Tensor:
        """Compute f(1)."""
        return self.process(inputs[TABLE], inputs[FIRST], inputs[RATE])

    def second(self, **inputs: Tensor) -> dict[str, Tensor]:
        """Compute f(2), by mechanism."""
        return by_mechanism(self.process(self.first(**inputs), inputs[SECOND], inputs[RATE]))

    def audit(self, *, given: bool) -> AuditVerdict:
        """Audit f(2), given f(0) and all rewards, with or without f(1)."""
        return audit(self.second, self.inputs, execution=self.first if given else None)

    def separated(self) -> bool:
        """Return whether graph 1 alone, without graph 0, d-separates all mechanisms of f(2)."""
        graph = flattened_graph(self.second, self.inputs, functions=[TABLE], execution=self.first)
        one = [
            name
            for name in graph.of(Role.DATA)
            if graph.nodes[name].parents or name.startswith((SECOND, RATE))
        ]
        ends = [gradient_node(mechanism(k)) for k in range(self.shape.mechanisms)]
        return all(
            d_separated(graph, *pair, [name for name in one if name not in pair])
            for pair in itertools.combinations(ends, 2)
        )


def chains() -> Iterator[DynamicGraph]:
    """Yield chains from every static graph of two or three nodes; each step replaces one program."""
    for size in range(2, NODES + 1):
        for parents in acyclic_graphs(size):
            nodes = [
                Node(mechanism(k), Role.DATA, tuple(map(mechanism, above)))
                for k, above in parents.items()
            ]
            slices = [Graph(nodes)]
            for name in list(slices[0].nodes)[:STEPS]:
                slices.append(slices[-1].intervene(name, mechanism=f"another {name}"))
            yield DynamicGraph(tuple(slices))


def unrolled(chain: DynamicGraph) -> Graph:
    """Return a chain as one graph, in which programs are functions."""
    return DynamicGraph(tuple(graph.with_mechanisms() for graph in chain.slices)).unrolled()


def last_hidden(chain: DynamicGraph) -> Graph:
    """Return a chain as `unrolled` does, with the last slice hidden."""
    last = f"^{len(chain.slices) - 1}"
    nodes = unrolled(chain).nodes.values()
    return Graph(replace(n, role=Role.HIDDEN) if n.name.endswith(last) else n for n in nodes)


def with_shared_draw(chain: DynamicGraph) -> Graph:
    """Return a chain whose outer process uses one draw for the last slice's first two functions."""
    graph = unrolled(chain)
    drawn = {at(mechanism_root(mechanism(k)), STEPS) for k in range(2)}
    nodes = [
        replace(node, parents=(*node.parents, "draw")) if name in drawn else node
        for name, node in graph.nodes.items()
    ]
    return Graph([Node("draw", Role.HIDDEN), *nodes])


def judge_chain(chain: DynamicGraph, graph: Graph) -> Verdict:
    """Judge a chain by its unrolled graph: one program replaced per step, separation as derived."""
    names = list(chain.slices[0].nodes)
    functions = list(map(mechanism_root, names))
    holds = [chain.changed() == tuple((name,) for name in names[:STEPS])]
    for one, other in itertools.combinations(functions, 2):
        for step in range(1, STEPS + 1):
            pair = at(one, step), at(other, step)
            holds.append(not d_separated(graph, *pair))
            for earlier in range(step):
                given = [at(name, earlier) for name in (*names, *functions)]
                holds.append(d_separated(graph, *pair, given) == (earlier == step - 1))
    return judge(all(holds))


def judge_code(updates: TwoUpdates) -> Verdict:
    """Judge two updates: modular given f(1); without it, exactly the derived pairs are dependent."""
    given, without = (updates.audit(given=given) for given in (True, False))
    derived = consecutive(updates.shape)
    answers = {
        pair: Answer.NOT_MODULAR if pair in derived else Answer.MODULAR for pair in without.pairs
    }
    holds = (
        given.answer is Answer.MODULAR and updates.separated() and dict(without.pairs) == answers
    )
    return judge(holds, (given, without))


def dependent(audited: AuditVerdict) -> frozenset[Pair]:
    """Return the pairs that an audit did not find independent."""
    return frozenset(pair for pair, answer in audited.pairs.items() if answer is not Answer.MODULAR)


@pytest.mark.claim(
    id="theory.dynamic_modularity",
    title="Modularity of a dynamic system",
    statement="A dynamic system is modular if its mechanisms are independent given the previous graph: "
    "all that they have in common is in that graph. An outer process that makes them dependent breaks "
    "modularity.",
    source=["talk:113", "talk:118", "talk:120", "talk:124"],
    kind="consistency",
    expected="in every unrolled chain, functions are d-separated given the previous graph, but not given an "
    "older one or nothing; in two updates by SARSA, modular given f(1), and without it two mechanisms are "
    "dependent exactly if one acts directly after the other",
    controls=dict.fromkeys((SHARED_DRAW, ONE_NUMBER, SOFTMAX), "not reproduced"),
    differences="This is a consistency check: an unrolled graph has the edges that were drawn, and running code is traced for SARSA with tables only. A stronger test would take the graph of a dynamic system from data. "
    "The talk gives a definition; what is checked is that the definition, read as d-separation, "
    "holds and fails where it should. The chains have three graphs, over every graph of two or three nodes. "
    "In the code, a mechanism is a column of a table of bids, on every acyclic trajectory of up to three "
    "steps and three mechanisms (one of those that differ only in names). A random draw of the outer process "
    "is computed from the graph by a formula, because a trace follows computations.",
)
def test_dynamic_modularity(record: Recorder) -> None:
    drawn = list(chains())
    running = [TwoUpdates(shape) for shape in up_to_renaming(s for s in all_shapes() if s.acyclic)]
    verdicts = [judge_chain(chain, unrolled(chain)) for chain in drawn]
    verdicts += [judge_code(updates) for updates in running]
    record.outcome(worst(verdicts), None, checked=len(verdicts))
    record.detail("chains of graphs", len(drawn))
    record.table(
        "Two updates by SARSA",
        ("trajectory", "act consecutively", "dependent given f(1)", "dependent given only f(0)"),
        [
            [str(updates.shape), format_pairs(consecutive(updates.shape))]
            + [format_pairs(dependent(updates.audit(given=given))) for given in (True, False)]
            for updates in running
        ],
    )
    record.control(SHARED_DRAW, judge_chain(drawn[-1], with_shared_draw(drawn[-1])))
    record.control(ONE_NUMBER, judge_code(TwoUpdates(SHAPE, draws=True)))
    record.control(SOFTMAX, judge_code(TwoUpdates(SHAPE, rule="reinforce")))
    record.figure(
        causal_graph(
            last_hidden(DynamicGraph(drawn[1].slices[:2])),
            name="dynamic_modularity",
            title="Two graphs of a chain with their programs n(·): the first is given",
            alt="Node A, node B computed from it, and their programs, in two graphs. All of the first "
            "graph leads to each program of the second; these have nothing else in common.",
        )
    )
