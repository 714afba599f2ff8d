"""The mechanisms of the next graph are independent given this one, and in general not without it.

A dynamic system is a chain of graphs, and g(i+1) is made of g(i) alone. Its unrolled graph has edges from
all of g(i) to each mechanism f^k(i+1), and each of these has a program of its own. Whatever two
mechanisms j and k of g(i+1) have in common lies in g(i) or before, and all ways from before lead through
g(i). So g(i) d-separates them; nothing below them is given. Without it they are connected, by every
node of g(i); and an older graph in its place does not separate them, since what it has made of
g(i) is hidden. The system is not modular if the outer process makes two mechanisms with something
that is not in g(i), as one number drawn for both.

The same on running code, where fewer edges are there than could be. Update a table of bids twice by
SARSA, f(0) → f(1) → f(2). Column k of f(2) is made of column k of f(1), of rewards, and, for each step
at which k acts, of the bid in f(1) of the mechanism that acts next. Given f(1), nothing hidden is
shared. Given f(0) alone, f(1) is hidden. A bid in f(1) that was updated is read by its own mechanism, and by
the one that acted right before. Hence, where no state is visited twice, j and k depend on each other
exactly if one acts right after the other.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from claims.theory._cases import up_to_names, written
from claims.theory._graphs import labelled
from claims.theory._outer_process import TwoUpdates
from claims.theory._shapes import Shape, all_shapes, mechanism
from claims.theory._verdicts import judge, worst
from repro.causal import Answer, DynamicGraph, Graph, Node, Role, d_separated
from repro.causal.graphs.dynamic import at
from repro.causal.graphs.graph import mechanism_root
from repro.figures import causal_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repro.causal import Verdict as Audited
    from repro.causal.auditing.verdict import Pair
    from repro.plugin.recorder import Recorder
    from repro.verdicts.verdict import Verdict

NODES, STEPS = 3, 2
SHAPE = Shape((0, 1, 2), (0, 1, 2))
DRAWN = "a chain whose outer process draws one number for two mechanisms"
ONE_NUMBER = "SARSA with one number drawn for all mechanisms"
SOFTMAX = "a policy gradient, tied by its softmax"


def chains() -> Iterator[DynamicGraph]:
    """Take every static graph of two or three nodes, and replace one program after the other."""
    for size in range(2, NODES + 1):
        for parents in labelled(size):
            nodes = [
                Node(mechanism(k), Role.DATA, tuple(map(mechanism, above)))
                for k, above in parents.items()
            ]
            slices = [Graph(nodes)]
            for name in list(slices[0].nodes)[:STEPS]:
                slices.append(slices[-1].intervene(name, mechanism=f"another {name}"))
            yield DynamicGraph(tuple(slices))


def unrolled(chain: DynamicGraph) -> Graph:
    """Draw a chain as one graph, in which programs are functions."""
    return DynamicGraph(tuple(graph.with_mechanisms() for graph in chain.slices)).unrolled()


def last_not_given(chain: DynamicGraph) -> Graph:
    """Draw a chain as `unrolled` does, the last graph as what is asked about."""
    last = f"^{len(chain.slices) - 1}"
    nodes = unrolled(chain).nodes.values()
    return Graph(replace(n, role=Role.HIDDEN) if n.name.endswith(last) else n for n in nodes)


def with_draw(chain: DynamicGraph) -> Graph:
    """Draw a chain whose outer process makes the first two functions of the last graph with one draw."""
    graph = unrolled(chain)
    made = {at(mechanism_root(mechanism(k)), STEPS) for k in range(2)}
    nodes = [
        replace(node, parents=(*node.parents, "draw")) if name in made else node
        for name, node in graph.nodes.items()
    ]
    return Graph([Node("draw", Role.HIDDEN), *nodes])


def judged_chain(chain: DynamicGraph, graph: Graph) -> Verdict:
    """Judge a chain by its unrolled graph: one program replaced a step, functions tied as derived."""
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


def tied(audited: Audited) -> frozenset[Pair]:
    """Name the pairs that an audit did not find independent."""
    return frozenset(pair for pair, answer in audited.pairs.items() if answer is not Answer.MODULAR)


def judged_code(updates: TwoUpdates) -> Verdict:
    """Judge two updates: modular given f(1), and without it exactly the derived pairs depend."""
    given, without = (updates.audited(given=given) for given in (True, False))
    answers = {
        pair: Answer.NOT_MODULAR if pair in updates.successive() else Answer.MODULAR
        for pair in without.pairs
    }
    holds = (
        given.answer is Answer.MODULAR and updates.separated() and dict(without.pairs) == answers
    )
    return judge(holds, (given, without))


@pytest.mark.claim(
    id="theory.dynamic_modularity",
    title="Modularity of a dynamic system",
    statement="A dynamic system is modular if its mechanisms are independent given the graph before: "
    "what they have in common lies there, and an outer process that ties them breaks it.",
    source=["talk:113", "talk:118", "talk:120", "talk:124"],
    kind="theory",
    expected="in every unrolled chain, functions d-separated by the graph before, and neither by an older one "
    "nor by nothing; in two updates by SARSA, modular given f(1), and without it two mechanisms tied exactly "
    "where one acts right after the other",
    controls=dict.fromkeys((DRAWN, ONE_NUMBER, SOFTMAX), "not reproduced"),
    differences="The talk defines; what is checked is that the definition, read as d-separation, holds and "
    "fails where it should. Chains are those of three graphs over every graph of two or three nodes. In the "
    "code a mechanism is a column of a table of bids, on every acyclic trajectory of up to three "
    "steps and three mechanisms (one of those that differ only in names). What a process draws at random "
    "is made of the graph by a formula, since a trace follows computations.",
)
def test_dynamic_modularity(record: Recorder) -> None:
    drawn = list(chains())
    running = [
        TwoUpdates(shape) for shape in up_to_names(shape for shape in all_shapes() if shape.acyclic)
    ]
    verdicts = [judged_chain(chain, unrolled(chain)) for chain in drawn]
    verdicts += [judged_code(updates) for updates in running]
    record.outcome(worst(verdicts), None, checked=len(verdicts))
    record.detail("chains of graphs, drawn", len(drawn))
    record.table(
        "Two updates by SARSA",
        ("trajectory", "act in succession", "tied given f(1)", "tied given f(0) alone"),
        [
            [str(updates.shape), written(updates.successive())]
            + [written(tied(updates.audited(given=given))) for given in (True, False)]
            for updates in running
        ],
    )
    record.control(DRAWN, judged_chain(drawn[-1], with_draw(drawn[-1])))
    record.control(ONE_NUMBER, judged_code(TwoUpdates(SHAPE, draws=True)))
    record.control(SOFTMAX, judged_code(TwoUpdates(SHAPE, rule="reinforce")))
    record.figure(
        causal_graph(
            last_not_given(DynamicGraph(drawn[1].slices[:2])),
            name="dynamic_modularity",
            title="Two graphs of a chain, programs n(·) drawn: the first is given",
            alt="Node A, node B made of it, and their programs, in two graphs. All of the first graph "
            "leads to each program of the second, which have nothing else in common.",
        )
    )
