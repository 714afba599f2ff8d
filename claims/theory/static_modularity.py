"""Replacing one decision mechanism leaves the others as they were, and moves what lies downstream.

The static system is one forward pass at a state s (talk:199-206). Mechanism k is network k; its node is
its bid b_k, made of s alone. Selection makes nodes of all bids: the action's probabilities under a
softmax, the winner and the price in an auction. An intervention on mechanism k gives network k other
weights. In the graph that leaves every other node its program. Node b_j, j ≠ k, is then made by the same
program from the same parent, hence the very same bits, and so are all nodes that are no descendants of
b_k. Those that are may move. Where one network bids for all, what makes b_k includes a trunk that makes
b_j as well: replacing it replaces programs of other nodes, and their bids move.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._replacement import Forward, bid_of
from claims.theory._verdicts import judge, worst
from repro import algorithms, tasks
from repro.causal import Graph, Role
from repro.figures import causal_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from claims.theory._replacement import Replacement
    from repro.plugin.recorder import Recorder
    from repro.verdicts import Verdict

DRAWS = 20
OWN, SHARED = "cvs", "ppo"
"""Algorithms that controls are made of: one with a network for each bid, one with one for all."""
ONE_NETWORK = f"{SHARED}, one network for all bids"
ITSELF = f"{OWN}, each mechanism replaced by itself"
SECOND = f"{OWN}, the graph with a second program replaced"
HEAD = (
    "algorithm",
    "replacements",
    "its own bid moved",
    "another bid moved",
    "a node downstream moved",
    "another program replaced",
)


def replacements(forward: Forward) -> list[Replacement]:
    """Replace each mechanism in turn, by several others."""
    generator = np.random.default_rng(0)
    drawn = [(forward.draw(generator), forward.draw(generator)) for _ in range(DRAWS)]
    return [forward.intervene(*pair, k) for k in range(forward.actions) for pair in drawn]


def judged(made: Sequence[Replacement]) -> Verdict:
    """Judge: every replacement contained, and each mechanism felt downstream by one at least.

    A mechanism whose bid is low before and after moves neither winner nor price.
    """
    felt = {one.node for one in made if one.moved & one.downstream}
    return judge(all(one.contained for one in made) and felt == {one.node for one in made})


def row(forward: Forward, made: Sequence[Replacement]) -> list[object]:
    """Count, for a table."""
    bids = set(map(bid_of, range(forward.actions)))
    return [
        forward.algorithm.name,
        len(made),
        sum(one.node in one.moved for one in made),
        sum(bool(one.moved & bids - {one.node}) for one in made),
        sum(bool(one.moved & one.downstream) for one in made),
        sum(bool(one.reprogrammed - {one.node}) for one in made),
    ]


def also_replaced(made: Replacement) -> Replacement:
    """Let the intervention replace the program of one more node in the graph."""
    before, after = made.graphs
    other = next(name for name in before.nodes if name != made.node)
    return replace(made, graphs=(before, after.intervene(other, mechanism="a second program")))


def programs_drawn(graph: Graph) -> Graph:
    """Draw each program as a root of its own, under its own name."""
    drawn = graph.with_mechanisms().nodes.values()
    return Graph(replace(n, label=n.mechanism) if n.role is Role.FUNCTION else n for n in drawn)


@pytest.mark.claim(
    id="theory.static_modularity",
    title="Replacing a mechanism leaves the others as they were",
    statement="In a static system of separate mechanisms, an intervention on one of them changes no "
    "other mechanism, though it changes the values of nodes downstream.",
    source=["talk:103", "talk:105", "talk:107", "talk:108", "talk:283", "talk:288", "talk:291"],
    kind="theory",
    expected="for each mechanism of each factorised algorithm: the programs of all other nodes and "
    "all bits of their bids stay, its own bid moves, and so do nodes downstream",
    controls=dict.fromkeys((ONE_NETWORK, ITSELF, SECOND), "not reproduced"),
    differences="Algorithmic independence cannot be computed. What is checked is what the talk draws from "
    "it: that mechanisms can be replaced one by one. The networks are those of training, with random "
    "weights in every layer, on the states of the linear chain. Bids are compared, not their draws: "
    "a CVS network puts out the shape of a distribution, and the auction here is held once, among the "
    "means. Our reading of PPO is that everything a bid is made with belongs to its mechanism.",
)
def test_static_modularity(record: Recorder) -> None:
    task = tasks.load("LinABC")
    observation, actions = torch.tensor(task.observation), len(task.action_names)
    passes = [
        Forward(algorithms.load(name), observation, actions)
        for name in algorithms.algorithm_names()
    ]
    made = {forward.algorithm.name: replacements(forward) for forward in passes}
    factorised = [forward for forward in passes if forward.networks == actions]
    judgements = [judged(made[forward.algorithm.name]) for forward in factorised]
    checked = sum(len(made[forward.algorithm.name]) for forward in factorised)
    record.outcome(worst(judgements), None, checked=checked)
    record.table(
        "Interventions on running networks", HEAD, [row(f, made[f.algorithm.name]) for f in passes]
    )
    record.control(ONE_NETWORK, judged(made[SHARED]))
    forward = next(forward for forward in factorised if forward.algorithm.name == OWN)
    weights = forward.draw(np.random.default_rng(0))
    nothing = [forward.intervene(weights, weights, k) for k in range(actions)]
    record.control(ITSELF, judged(nothing))
    record.control(SECOND, judged([also_replaced(one) for one in made[OWN]]))
    record.figure(
        causal_graph(
            programs_drawn(made[OWN][0].graphs[1]),
            name="static_modularity",
            title=f"Forward pass of {OWN} with its programs, after one was replaced",
            alt="Each bid is made of the state by a program of its own, one of them another program "
            "than before; winner and price are made of all bids.",
        )
    )
