"""Replacing one decision mechanism leaves the others unchanged, and changes what is downstream.

The static system is one forward pass in a state s (talk:199-206). Mechanism k is network k; its node is its
bid b_k, computed from s alone. Selection computes further nodes from all bids: the action's probabilities under
a softmax, the winner and the price in an auction. An intervention on mechanism k gives network k other weights.
In the graph, every other node keeps its program. Node b_j, j ≠ k, is then computed by the same program from the
same parent, so it has exactly the same bits, and so do all other nodes that are not descendants of b_k.
Descendants may change. If one network computes all bids, the program of b_k includes a trunk that also computes
b_j: replacing it replaces programs of other nodes, and their bids change.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._judging import judge, worst
from claims.theory._replacement import ForwardPass, bid_of
from claims.theory._rules import COMPARED
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
"""Algorithms of the controls: with one network per bid, and with one network for all."""
ONE_NETWORK = f"{SHARED}, one network for all bids"
ITSELF = f"{OWN}, each mechanism replaced by itself"
SECOND = f"{OWN}, with a second program replaced in the graph"


def replacements(forward: ForwardPass) -> list[Replacement]:
    """Replace each mechanism in turn, several times."""
    generator = np.random.default_rng(0)
    drawn = [(forward.draw(generator), forward.draw(generator)) for _ in range(DRAWS)]
    return [forward.intervene(*pair, k) for k in range(forward.actions) for pair in drawn]


def judge_replacements(made: Sequence[Replacement]) -> Verdict:
    """Judge: every replacement is contained, and each mechanism changes a downstream node at least once.

    A mechanism whose bid is low before and after does not change the winner or the price.
    """
    effective = {one.node for one in made if one.changed & one.downstream}
    return judge(all(one.contained for one in made) and effective == {one.node for one in made})


def row(forward: ForwardPass, made: Sequence[Replacement]) -> list[object]:
    """Return an algorithm's table row."""
    bids = set(map(bid_of, range(forward.actions)))
    return [
        forward.algorithm.name,
        len(made),
        sum(one.node in one.changed for one in made),
        sum(bool(one.changed & bids - {one.node}) for one in made),
        sum(bool(one.changed & one.downstream) for one in made),
        sum(bool(one.reprogrammed - {one.node}) for one in made),
    ]


def with_second_program(made: Replacement) -> Replacement:
    """Return an intervention that also replaces the program of one more node in the graph."""
    before, after = made.graphs
    other = next(name for name in before.nodes if name != made.node)
    return replace(made, graphs=(before, after.intervene(other, mechanism="a second program")))


def programs_as_roots(graph: Graph) -> Graph:
    """Return the graph with each program as a root, labelled with its name."""
    nodes = graph.with_mechanisms().nodes.values()
    return Graph(replace(n, label=n.mechanism) if n.role is Role.FUNCTION else n for n in nodes)


@pytest.mark.claim(
    id="theory.static_modularity",
    title="Replacing a mechanism leaves the others as they were",
    statement="In a static system of separate mechanisms, an intervention on one of them changes no "
    "other mechanism, but it changes the values of nodes downstream.",
    source=[f"talk:{line}" for line in (103, 105, 107, 108, 283, 288, 291)],
    kind="consistency",
    expected="for each mechanism of each factorised algorithm: the programs of all other nodes and all bits of "
    "their bids are unchanged, its own bid changes, and so do nodes downstream",
    controls=dict.fromkeys((ONE_NETWORK, ITSELF, SECOND), "not reproduced"),
    differences="This is a consistency check: the networks of a factorised policy have no weight in common, so that an intervention on one cannot change another. A stronger test would replace mechanisms in a system whose structure is not known. "
    "Algorithmic independence cannot be computed. What is checked is the consequence that the talk "
    "draws from it: mechanisms can be replaced one by one. The networks are those of training, with random "
    "weights in every layer, on the states of the linear chain. Bids are compared, not samples of bids: a CVS "
    "network computes the parameters of a distribution, and the auction here is held once, among the means. Our "
    "reading of PPO is that everything a bid is computed with belongs to its mechanism.",
)
def test_static_modularity(record: Recorder) -> None:
    task = tasks.load("LinABC")
    observation, actions = torch.tensor(task.observation), len(task.action_names)
    forwards = [ForwardPass(algorithms.load(name), observation, actions) for name in COMPARED]
    made = {forward.algorithm.name: replacements(forward) for forward in forwards}
    factorised = [forward.algorithm.name for forward in forwards if forward.networks == actions]
    checked = sum(len(made[name]) for name in factorised)
    record.outcome(worst(judge_replacements(made[n]) for n in factorised), None, checked=checked)
    record.table(
        "Interventions on running networks",
        (
            "algorithm",
            "replacements",
            "its own bid changed",
            "another bid changed",
            "a node downstream changed",
            "another program replaced",
        ),
        [row(forward, made[forward.algorithm.name]) for forward in forwards],
    )
    record.control(ONE_NETWORK, judge_replacements(made[SHARED]))
    (own,) = (forward for forward in forwards if forward.algorithm.name == OWN)
    weights = own.draw(np.random.default_rng(0))
    unchanged = [own.intervene(weights, weights, k) for k in range(actions)]
    record.control(ITSELF, judge_replacements(unchanged))
    record.control(SECOND, judge_replacements([with_second_program(one) for one in made[OWN]]))
    before, after = map(programs_as_roots, made[OWN][0].graphs)
    programs = after.of(Role.FUNCTION)
    record.figure(
        causal_graph(
            after,
            changed=[one for one in programs if after.nodes[one] != before.nodes.get(one)],
            name="static_modularity",
            title=f"Forward pass of {OWN} with its programs, after one was replaced",
            alt="Each bid is computed from the state by its own program, one of them replaced; winner and "
            "price are computed from all bids.",
        )
    )
