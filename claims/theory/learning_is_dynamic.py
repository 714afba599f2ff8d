"""Every learning algorithm here is a dynamic system of the form that the talk draws.

One iteration is one flattened graph. Its roots are the functions that learn and the data of a trajectory. The
forward pass computes outputs and values from them; these and all roots are given to credit assignment. The
intermediate results of credit assignment are hidden and lead to the gradients: one for each learner, without
children.

Over iterations this is a Markov chain. Graph i contains the functions f(i), data, and what the forward pass
computes from both; an update computes f(i+1) from f(i) and the gradients of graph i. Iteration i + 1 reads
nothing of iteration i except the updated functions. So every directed path from f(i) to f(i+2) leads through
f(i+1), and any other path would need a given common effect of both, which graph i + 1 does not contain. Hence
graph i + 1 d-separates f(i+2) from f(i). If nothing is given, they are connected. If the outer process keeps
something outside its graphs, such as a gradient or a running mean for the next update, a path leads around graph
i + 1. Then the sequence is not a Markov chain, unless what is kept counts as part of the graph. Adam keeps two
running means for each parameter.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from claims.theory._flattened_graph import (
    DATA,
    FORWARD_PASS,
    bundled,
    gradients_of_functions,
    violations,
)
from claims.theory._judging import judge, worst, yes_no
from claims.theory._learner import Learner, iteration, separates_functions, two_iterations
from claims.theory._rules import COMPARED
from claims.theory._shapes import Shape
from claims.theory._whole_learner import two_updates
from repro.causal import DynamicGraph, Role, d_separated
from repro.causal.graphs.dynamic import at
from repro.figures import causal_graph
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from claims.theory._learner import Gradients, Traceable
    from repro.causal import Graph
    from repro.plugin.recorder import Recorder

SHAPE = Shape((0, 1, 2), (0, 1, 2))
SHORT = Shape((0, 1), (0, 1), mechanisms=2)
MOMENTUM_FACTOR = 0.9
BROKEN = "ppof"
"""The algorithm of the controls."""
MOMENTUM = f"{BROKEN} with momentum kept outside the graph"
MEANS = f"{BROKEN} with Adam's running means kept outside the graph"
OUTSIDE = f"{BROKEN} with a number that is not a function and not data"
MISSING = f"{BROKEN} with one gradient missing"
CHAIN_COLUMNS = ("f(i+2) separated from f(i) given graph i+1", "given nothing")


def unrolled(graph: Graph, learner: Learner, slices: int) -> Graph:
    """Return consecutive iterations; each function is computed from itself and its gradients."""
    reads = gradients_of_functions(learner.learners())
    return DynamicGraph((bundled(graph),) * slices).unrolled(reads)


def separated_when_unrolled(graph: Graph, learner: Learner) -> bool:
    """Return what `separates_functions` does, for the unrolled chain of three graphs."""
    chain = unrolled(graph, learner, 3)
    functions = learner.functions()
    between = [at(name, 1) for name in (*functions, DATA, FORWARD_PASS)]
    old, new = ([at(name, i) for name in functions] for i in (0, 2))
    return d_separated(chain, new, old, between)


def judge_learner(learner: Learner, one: Traceable, two: Traceable) -> Verdict:
    """Judge the form of one iteration, and the chain, on running code and unrolled.

    A violation of the form counts even if the trace missed something.
    """
    if violations(one.graph, one.functions, one.data, learner.learners()):
        return Verdict.NOT_REPRODUCED
    holds = (
        separates_functions(two, given=True)
        and not separates_functions(two, given=False)
        and separated_when_unrolled(one.graph, learner)
    )
    return judge(holds, (one.verdict, two.verdict))


def chain_cells(two: Traceable) -> tuple[str, str]:
    """Return the cells of `CHAIN_COLUMNS`."""
    given, nothing = (yes_no(separates_functions(two, given=given)) for given in (True, False))
    return given, nothing


def row(learner: Learner, one: Traceable, two: Traceable) -> list[object]:
    """Return a learner's table row."""
    count = Counter(node.role for node in one.graph.nodes.values())
    return [
        learner.name,
        *(count[role] for role in Role),
        len(violations(one.graph, one.functions, one.data, learner.learners())),
        len(two.graph.nodes),
        *chain_cells(two),
    ]


def with_outside_number(one: Traceable) -> Traceable:
    """Multiply gradients by a number that is not a function and not data."""
    outside = torch.tensor(2.0, dtype=torch.float64)

    def rule(**inputs: torch.Tensor) -> Gradients:
        return {who: [outside * g for g in parts] for who, parts in one.rule(**inputs).items()}

    return replace(one, rule=rule)


def without_last(one: Traceable) -> Traceable:
    """Omit the last learner's gradient."""

    def rule(**inputs: torch.Tensor) -> Gradients:
        return dict(list(one.rule(**inputs).items())[:-1])

    return replace(one, rule=rule)


@pytest.mark.claim(
    id="theory.learning_is_dynamic",
    title="Learning algorithms are dynamic systems",
    statement="Forward pass and credit assignment of a learning algorithm flatten into one causal graph. Its "
    "roots are functions and data, and it ends in a gradient for each function; updates make a Markov chain "
    "of such graphs.",
    source=[
        f"talk:{line}" for line in (134, 142, 143, 144, 146, 148, 149, 150, 198, 199, 201, 203, 211)
    ],
    kind="theory",
    expected="for every algorithm, traced code has the talk's form without a violation, and graph i+1 "
    "d-separates functions i+2 from functions i, while the empty set does not",
    controls=dict.fromkeys((MOMENTUM, MEANS, OUTSIDE, MISSING), "not reproduced"),
    differences="The algorithms are those of the comparison here, traced on one trajectory of three steps and "
    "on two of two steps; the networks have two units in each hidden layer, and all other code is the "
    "trainer's. Random choices of a policy (actions, the Beta bids of an auction) are data to the trace; they "
    "are not computed from the functions. The update is on one minibatch with all samples: each network's "
    "gradient is clipped by its norm, then Adam takes a step; its running means belong to the graph. A shared "
    "value function counts as one more learner.",
)
def test_learning_is_dynamic(record: Recorder) -> None:
    learners = [Learner(name, SHAPE) for name in COMPARED]
    short = [replace(learner, shape=SHORT) for learner in learners]
    ones = [iteration(learner) for learner in learners]
    twos = [two_updates(learner) for learner in short]
    cases = list(zip(learners, ones, twos, strict=True))
    record.outcome(worst(judge_learner(*case) for case in cases), None, checked=len(cases))
    record.table(
        "Traced graphs, node by node",
        (
            "algorithm",
            *(f"{role} nodes" for role in Role),
            "violations of the form",
            "nodes of two iterations",
            *CHAIN_COLUMNS,
        ),
        [row(*case) for case in cases],
    )
    index = [learner.name for learner in learners].index(BROKEN)
    learner, one, two = cases[index]
    outside, inside = (
        two_iterations(short[index], memory=MOMENTUM_FACTOR, counted=counted)
        for counted in (False, True)
    )
    means = two_updates(short[index], counted=False)
    kept = {
        "nothing (gradient descent)": two_iterations(short[index]),
        "Adam's running means, as part of graph i+1": two,
        "Adam's running means, outside the graph": means,
        "momentum, outside the graph": outside,
        "momentum, as part of graph i+1": inside,
    }
    record.table(
        f"What the outer process of {BROKEN} keeps from one update to the next",
        ("kept", *CHAIN_COLUMNS),
        [(what, *chain_cells(updates)) for what, updates in kept.items()],
    )
    record.control(MOMENTUM, judge_learner(learner, one, outside))
    record.control(MEANS, judge_learner(learner, one, means))
    record.control(OUTSIDE, judge_learner(learner, with_outside_number(one), two))
    record.control(MISSING, judge_learner(learner, without_last(one), two))
    for learner, one, _ in cases[:2]:
        record.figure(
            causal_graph(
                unrolled(one.graph, learner, 2),
                name=f"learning_is_dynamic_{learner.name}",
                title=f"Two iterations of {learner.name}, bundled from the traced graph",
                alt=f"Two iterations of {learner.name}. The functions of the second are computed from those "
                "of the first and from their gradients only.",
            )
        )
