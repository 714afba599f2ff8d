"""Structures of decisions up to renaming, against published counts, networkx and hand-made examples."""

from __future__ import annotations

import itertools

import networkx as nx
import pytest

from claims.theory import _decision_graphs as graphs
from claims.theory._decision_graphs import Setting, Structure

CHAIN = Structure(3, ((0, 1, 2),))
FORK = Structure(3, ((0, 1), (0, 2)))
COLLIDER = Structure(3, ((0, 2), (1, 2)))
TRIANGLE = Structure(3, ((0, 1, 2), (0, 2)))


def distinct_by_networkx(size: int) -> list[nx.DiGraph]:
    """Return one of each class of isomorphic acyclic graphs, from all graphs without loops."""
    found: list[nx.DiGraph] = []
    pairs = list(itertools.permutations(range(size), 2))
    for kept in itertools.product((False, True), repeat=len(pairs)):
        graph = nx.DiGraph(itertools.compress(pairs, kept))
        graph.add_nodes_from(range(size))
        if nx.is_directed_acyclic_graph(graph) and not any(
            nx.is_isomorphic(graph, other) for other in found
        ):
            found.append(graph)
    return found


def as_networkx(structure: Structure) -> nx.DiGraph:
    graph = nx.DiGraph(structure.edges)
    graph.add_nodes_from(range(structure.size))
    return graph


def test_the_number_of_structures() -> None:
    every = [graphs.structures(size) for size in (1, 2, 3, 4)]
    # The encyclopedia of integer sequences, A003087, A101228 and A000238: acyclic graphs without
    # labels, those that are connected, and oriented trees.
    assert [len(found) for found in every] == [1, 2, 6, 31]
    connected = [[one for one in found if one.connected] for found in every]
    assert [len(found) for found in connected] == [1, 1, 4, 24]
    trees = [[one for one in found if len(one.edges) == one.size - 1] for found in connected]
    assert [len(found) for found in trees] == [1, 1, 3, 8]
    assert trees[2] == [FORK, CHAIN, COLLIDER]
    assert set(connected[2]) - set(trees[2]) == {TRIANGLE}


@pytest.mark.parametrize("size", [2, 3])
def test_networkx_finds_the_same_structures(size: int) -> None:
    left = distinct_by_networkx(size)
    for structure in graphs.structures(size):
        same = [graph for graph in left if nx.is_isomorphic(graph, as_networkx(structure))]
        assert len(same) == 1
        assert structure.connected == nx.is_weakly_connected(same[0])
        left.remove(same[0])
    assert left == []


def test_the_name_of_a_decision_does_not_matter() -> None:
    for structure in graphs.structures(3):
        for names in itertools.permutations(range(3)):
            assert structure.renamed(names).canonical == structure == structure.canonical
    assert not any(one.backward for one in graphs.structures(4))
    assert Structure(2, ((1, 0),)).backward


def test_sequences_of_graphs_by_hand() -> None:
    assert graphs.maximal_sequences({0: (), 1: (0,), 2: (0, 1)}) == TRIANGLE
    assert graphs.maximal_sequences({0: (), 1: (), 2: (0, 1)}) == COLLIDER
    assert graphs.maximal_sequences({0: (), 1: (), 2: (1,)}) == Structure(3, ((0,), (1, 2)))
    diamond = graphs.maximal_sequences({0: (), 1: (0,), 2: (0,), 3: (1, 2)})
    assert diamond.sequences == ((0, 1, 3), (0, 2, 3))
    assert [str(one) for one in (CHAIN, FORK, TRIANGLE)] == ["A→B→C", "A→B, A→C", "A→B→C, A→C"]


def test_the_step_of_a_decision_is_its_latest() -> None:
    assert [TRIANGLE.step(k) for k in range(3)] == [0, 1, 2]
    assert [Structure(3, ((0, 1), (1, 2))).step(k) for k in range(3)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("structure", "divided"),
    [
        (CHAIN, {((0, 1, 2),), ((0, 1), (1, 2))}),
        (FORK, {FORK.sequences}),
        (COLLIDER, {COLLIDER.sequences}),
        (TRIANGLE, {TRIANGLE.sequences, ((0, 1), (0, 2), (1, 2))}),
        (Structure(2, ((0,), (1,))), {((0,), (1,))}),
    ],
)
def test_divisions_by_hand(structure: Structure, divided: set[object]) -> None:
    assert {one.sequences for one in graphs.divisions(structure)} == divided


def test_changes_that_renaming_turns_into_each_other_are_one() -> None:
    assert [graphs.representative(FORK, change) for change in ((1,), (2,))] == [(1,), (1,)]
    assert graphs.representative(FORK, (0, 2)) == (0, 1)
    assert graphs.representative(CHAIN, (2, 1)) == (1, 2)
    turned = Structure(3, ((2, 0), (2, 1)))
    assert graphs.representative(turned, (2,)) == (0,)
    found = graphs.settings([FORK], lambda _one, _change: True)
    assert [one.change for one in found] == [(0,), (1,), (0, 1), (1, 2), (0, 1, 2)]
    assert str(found[3]) == "B, C of A→B, A→C"


def change(training: str, transfer: str) -> Setting | None:
    """Compare sequences that are written as words, a decision for each letter."""
    matched = graphs.match(training.split(), transfer.split())
    return matched.setting if matched else None


@pytest.mark.parametrize(
    ("training", "transfer", "expected"),
    [
        ("abc", "abd", Setting(CHAIN, (2,))),
        ("abc", "xbc", Setting(CHAIN, (0,))),
        ("abc", "abc", Setting(CHAIN, ())),
        ("abc", "cba", Setting(CHAIN, (0, 2))),
        ("ab ac", "xb xc", Setting(FORK, (0,))),
        ("ab ac", "ac ab", Setting(FORK, ())),  # the order of tasks does not matter
        ("ab ac", "ad ab", Setting(FORK, (1,))),
        ("ab ac", "ad ae", Setting(FORK, (1, 2))),
        ("ac bc", "dc ac", Setting(COLLIDER, (0,))),
        ("ac bc", "ad bd", Setting(COLLIDER, (2,))),
        ("ab ac", "xb ac", None),  # the decision is no longer shared
        ("ab ac", "ac bc", None),
        ("abc", "ab", None),
        ("abc", "abc ac", None),
    ],
)
def test_transfers_by_hand(training: str, transfer: str, expected: Setting | None) -> None:
    assert change(training, transfer) == expected


def test_what_is_replaced_has_its_name() -> None:
    matched = graphs.match(["ab", "ac"], ["xb", "xd"])
    assert matched is not None
    assert set(matched.replaced) == {("a", "x"), ("c", "d")}
    # Of the two descendants, the one that stays is kept.
    assert graphs.match(["ab", "ac"], ["ad", "ab"]) == (Setting(FORK, (1,)), (("c", "d"),))
