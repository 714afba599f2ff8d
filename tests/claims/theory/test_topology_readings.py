"""The talk's problems as read from optimal paths, and counts under each reading."""

from __future__ import annotations

import itertools

import networkx as nx
import pytest

from claims.theory import _decision_graphs as graphs
from claims.theory._decision_graphs import Structure
from claims.theory._topology_readings import (
    CHANGES,
    DIVIDED,
    ISOLATED,
    READINGS,
    TRIPLETS,
    candidates,
    catalogue,
    compared,
    judge_catalogue,
    optimal_sequences,
)
from repro.mdp import task_from_edges
from repro.verdicts import Verdict

GRAPHS = (*READINGS, DIVIDED)
# Worked out by hand, in the order of CHANGES: per graph, the sets of decisions that may change, up to
# symmetry. A chain has 3 of one, 3 of two (one pair not consecutive) and 1 of three decisions.
CHAIN, FORK = (3, 3, 3, 4, 6, 7), (3, 3, 2, 3, 4, 5)
COLLIDER, TRIANGLE = FORK, (3, 3, 3, 3, 6, 7)
PAIR, SINGLES = (5, 4, 3, 5, 6, 7), (3, 3, 1, 3, 2, 3)
SPLIT_CHAIN = (4, 4, 3, 4, 6, 7)


def total(*counts: tuple[int, ...]) -> list[int]:
    return [sum(column) for column in zip(*counts, strict=True)]


@pytest.mark.parametrize(
    ("reading", "structures", "changes"),
    [
        (TRIPLETS, 3, total(CHAIN, FORK, COLLIDER)),
        ("connected", 4, total(CHAIN, FORK, COLLIDER, TRIANGLE)),
        ("any acyclic graph", 6, total(CHAIN, FORK, COLLIDER, TRIANGLE, PAIR, SINGLES)),
        (DIVIDED, 4, total(CHAIN, SPLIT_CHAIN, FORK, COLLIDER)),
    ],
)
def test_counts_by_hand(reading: str, structures: int, changes: list[int]) -> None:
    found = candidates(reading)
    assert len(found) == structures
    assert [len(graphs.settings(found, allowed)) for allowed in CHANGES.values()] == changes


@pytest.mark.parametrize("size", [3, 4])
def test_isolated_changes_are_the_antichains(size: int) -> None:
    """Two decisions are in one sequence exactly if one can be reached from the other."""
    for structure in graphs.structures(size):
        graph = nx.DiGraph(structure.edges)
        graph.add_nodes_from(range(size))
        symmetries = list(nx.isomorphism.DiGraphMatcher(graph, graph).isomorphisms_iter())
        orbits = {
            frozenset(frozenset(turned[k] for k in chosen) for turned in symmetries)
            for chosen in nx.antichains(graph)
            if chosen
        }
        assert len(graphs.settings([structure], CHANGES[ISOLATED])) == len(orbits)


def test_the_talks_problems() -> None:
    of = catalogue()
    assert {name: str(one) for name, one in of.topologies} == {
        "linear_chain": "A→B→C",
        "common_ancestor": "A→B, A→C",
        "common_descendant": "A→C, B→C",
    }
    changes = {t.name: t.match.setting.change for t in of.transfers if t.match is not None}
    assert changes == {
        "linear_chain.first": (0,),
        "linear_chain.middle": (1,),
        "linear_chain.last": (2,),
        "common_ancestor.ancestor": (0,),
        "common_ancestor.one_descendant": (1,),
        "common_ancestor.both_descendants": (1, 2),
        "common_descendant.one_ancestor": (0,),
        "common_descendant.both_ancestors": (0, 1),
        "common_descendant.descendant": (2,),
    }


def test_all_changes_but_one_are_in_another_state() -> None:
    """The claim says so in words."""
    for transfer in catalogue().transfers:
        assert transfer.match is not None
        kept_state = [before[0] == after[0] for before, after in transfer.match.replaced]  # type: ignore[index] # pairs
        assert any(kept_state) == (transfer.name == "linear_chain.last")


def test_readings_under_which_the_talks_set_is_all() -> None:
    of = catalogue()
    holds = {
        pair
        for pair in itertools.product(GRAPHS, CHANGES)
        if judge_catalogue(of, *pair) is Verdict.REPRODUCED
    }
    assert holds == {(TRIPLETS, ISOLATED), (TRIPLETS, "decisions of one time-step")}


def test_what_other_readings_add() -> None:
    of = catalogue()
    missing, surplus = compared(of, "connected", ISOLATED)
    assert [str(one) for one in missing] == [f"{k} of A→B→C, A→C" for k in "ABC"]
    assert surplus == []
    missing, surplus = compared(of, TRIPLETS, "one decision")
    assert missing == []
    assert {str(one) for one in surplus} == {"B, C of A→B, A→C", "A, B of A→C, B→C"}
    missing, _ = compared(of, TRIPLETS, "no two consecutive decisions")
    assert [str(one) for one in missing] == ["A, C of A→B→C"]
    missing, _ = compared(of, DIVIDED, ISOLATED)
    assert {one.structure for one in missing} == {Structure(3, ((0, 1), (1, 2)))}


def test_every_single_problem_is_needed() -> None:
    of = catalogue()
    for one in of.transfers:
        fewer = of._replace(transfers=tuple(t for t in of.transfers if t != one))
        assert judge_catalogue(fewer) is Verdict.NOT_REPRODUCED
        twice = of._replace(transfers=(*of.transfers, one))
        assert judge_catalogue(twice) is Verdict.NOT_REPRODUCED
    for pair in of.topologies:
        rest = of._replace(topologies=tuple(p for p in of.topologies if p != pair))
        assert judge_catalogue(rest) is Verdict.NOT_REPRODUCED


def test_tasks_can_have_the_graph_that_is_missing() -> None:
    """Two tasks: in the first A leads to B and B to C, in the second A leads to C."""
    first, middle, last, goal = (0, 0), (1, 1), (2, 2), (3, 2)
    end = (last, "C", goal, 0.8)
    whole = [(first, "A", middle, 0.0), (middle, "B", last, 0.0), end]
    made = [
        task_from_edges(name, start=first, terminal=[goal], edges=edges)
        for name, edges in (("ABC", whole), ("AC", [(first, "A", last, 0.0), end]))
    ]
    sequences = optimal_sequences(made)
    assert sequences[1] == [("(0, 0)", "A"), ("(2, 2)", "C")]
    structure = graphs.numbered(sequences)[0].canonical
    assert str(structure) == "A→B→C, A→C"
    assert structure in candidates("connected")
    assert structure not in candidates(TRIPLETS)
