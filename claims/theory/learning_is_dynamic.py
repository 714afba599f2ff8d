"""Every learning algorithm here is a dynamic system of the form that the talk draws.

One iteration is one flattened graph. Its roots are the functions that learn and the data of a
trajectory. The forward pass makes outputs and values of them, which credit assignment is given
together with all roots. What credit assignment makes on its way is hidden and leads to the gradients:
one for each learner, with nothing below it.

Over iterations this is a Markov chain. Graph i holds functions f(i), data, and what the forward pass
makes of both; an update makes f(i+1) of f(i) and the gradients of graph i. Iteration i + 1 reads nothing
of iteration i but the functions that it left. So every way from f(i) to f(i+2) that follows the arrows
leads through f(i+1), and a way against the arrows would need a common effect of both that is given,
which graph i + 1 does not hold. Hence graph i + 1 d-separates f(i+2) from f(i). Where nothing is given they
are connected. If the outer process keeps something beside its graphs, such as a gradient for the next
update, a way leads past graph i + 1, and the chain is none, until what is kept counts as part of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from claims.theory._form import DATA, EXECUTED, bundled, faults, reads
from claims.theory._iterations import chained, iteration, two_iterations
from claims.theory._learner import Learner
from claims.theory._shapes import Shape
from claims.theory._verdicts import judge, worst, yes
from repro import algorithms
from repro.causal import DynamicGraph, Role, d_separated
from repro.causal.graphs.dynamic import at
from repro.figures import causal_graph
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from claims.theory._iterations import Traced
    from repro.causal import Graph
    from repro.plugin.recorder import Recorder

SHAPE = Shape((0, 1, 2), (0, 1, 2))
SHORT = Shape((0, 1), (0, 1), mechanisms=2)
MEMORY = 0.9
BROKEN = "ppof"
"""The algorithm that controls are made of."""
MOMENTUM = f"{BROKEN} with momentum kept beside the graph"
OUTSIDE = f"{BROKEN} with a number that is neither function nor data"
MISSING = f"{BROKEN} with one gradient missing"


def unrolled(graph: Graph, learner: Learner, slices: int) -> Graph:
    """Draw iterations in a row, each function made of itself and of its own gradients."""
    return DynamicGraph((bundled(graph),) * slices).unrolled(reads(learner.learners()))


def separated_when_drawn(graph: Graph, learner: Learner) -> bool:
    """Ask the drawn chain of three graphs what `chained` asks running code."""
    chain = unrolled(graph, learner, 3)
    functions = learner.functions()
    between = [at(name, 1) for name in (*functions, DATA, EXECUTED)]
    old, new = ([at(name, i) for name in functions] for i in (0, 2))
    return d_separated(chain, new, old, between)


def judged(learner: Learner, one: Traced, two: Traced) -> Verdict:
    """Judge one learner: the form of an iteration, and the chain, on running code and as drawn.

    A fault of form is there, whatever else a trace may have missed.
    """
    if faults(one.graph, one.functions, one.data, learner.learners()):
        return Verdict.NOT_REPRODUCED
    holds = (
        chained(two, given=True)
        and not chained(two, given=False)
        and separated_when_drawn(one.graph, learner)
    )
    return judge(holds, (one.verdict, two.verdict))


def row(learner: Learner, one: Traced, two: Traced) -> list[object]:
    """Describe one learner in a table."""
    count = Counter(node.role for node in one.graph.nodes.values())
    return [
        learner.name,
        *(count[role] for role in Role),
        len(faults(one.graph, one.functions, one.data, learner.learners())),
        len(two.graph.nodes),
        yes(chained(two, given=True)),
        yes(chained(two, given=False)),
    ]


HEAD = (
    "algorithm",
    *(f"{role} nodes" for role in Role),
    "faults of form",
    "nodes of two iterations",
    "f(i+2) separated from f(i) given graph i+1",
    "given nothing",
)


def reading_outside(one: Traced) -> Traced:
    """Let credit assignment multiply by a number that is neither function nor data."""
    unseen = torch.tensor(2.0, dtype=torch.float64)

    def rule(**inputs: torch.Tensor) -> dict[str, list[torch.Tensor]]:
        return {who: [unseen * g for g in parts] for who, parts in one.rule(**inputs).items()}

    return replace(one, rule=rule)


def without_last(one: Traced) -> Traced:
    """Let credit assignment forget one learner."""

    def rule(**inputs: torch.Tensor) -> dict[str, list[torch.Tensor]]:
        return dict(list(one.rule(**inputs).items())[:-1])

    return replace(one, rule=rule)


@pytest.mark.claim(
    id="theory.learning_is_dynamic",
    title="Learning algorithms are dynamic systems",
    statement="Forward pass and credit assignment of a learning algorithm flatten into one causal "
    "graph, with functions and data at its roots and a gradient for each function at its ends; updates "
    "make a Markov chain of such graphs.",
    source=[
        f"talk:{line}" for line in (134, 142, 143, 144, 146, 148, 149, 150, 198, 199, 201, 203, 211)
    ],
    kind="theory",
    expected="for every algorithm, traced code has the talk's form without a fault, and graph i+1 "
    "d-separates functions i+2 from functions i, which nothing at all does not",
    controls=dict.fromkeys((MOMENTUM, OUTSIDE, MISSING), "not reproduced"),
    differences="The algorithms are those of the comparison here, traced on one trajectory of three "
    "steps and on two of two steps; the networks have two units in each hidden layer, all other code "
    "is the trainer's. What a policy draws at random (actions, the Beta bids of an auction) is data to the "
    "trace, not computed from the functions. The update is a plain gradient step on one minibatch that "
    "holds every sample; the trainer's Adam keeps moments, which belong to the graph as momentum does in "
    "the last row of the second table. A shared value function counts as one more learner.",
)
def test_learning_is_dynamic(record: Recorder) -> None:
    learners = [Learner(name, SHAPE) for name in algorithms.algorithm_names()]
    short = [replace(learner, shape=SHORT) for learner in learners]
    ones = [iteration(learner) for learner in learners]
    twos = [two_iterations(learner) for learner in short]
    cases = list(zip(learners, ones, twos, strict=True))
    record.outcome(worst(judged(*case) for case in cases), None, checked=len(cases))
    record.table("Traced graphs, node by node", HEAD, [row(*case) for case in cases])
    place = [learner.name for learner in learners].index(BROKEN)
    learner, one, two = cases[place]
    beside, within = (
        two_iterations(short[place], memory=MEMORY, counted=counted) for counted in (False, True)
    )
    kept = {
        "nothing": two,
        "momentum, beside the graph": beside,
        "momentum, as part of graph i+1": within,
    }
    record.table(
        f"What the outer process of {BROKEN} keeps from one update to the next",
        ("kept", *HEAD[-2:]),
        [
            (what, yes(chained(made, given=True)), yes(chained(made, given=False)))
            for what, made in kept.items()
        ],
    )
    record.control(MOMENTUM, judged(learner, one, beside))
    record.control(OUTSIDE, judged(learner, reading_outside(one), two))
    record.control(MISSING, judged(learner, without_last(one), two))
    for learner, one, _ in cases[:2]:
        record.figure(
            causal_graph(
                unrolled(one.graph, learner, 2),
                name=f"learning_is_dynamic_{learner.name}",
                title=f"Two iterations of {learner.name}, bundled from the traced graph",
                alt=f"Two iterations of {learner.name}. The functions of the second are made of those "
                "of the first and of their gradients, by nothing else.",
            )
        )
