"""d-separation: small graphs by hand, graphoid axioms, the modularity criterion, and bad queries."""

from __future__ import annotations

from itertools import product
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.causal.graphs.d_separation import Separation, d_separated
from repro.causal.graphs.graph import Graph, GraphError, Node, Role
from tests.causal.graphs.dags import Parents, digraph, from_edges, labelled, random_dag

CHAIN = {"a": "", "b": "a", "c": "b"}
FORK = {"b": "", "a": "b", "c": "b"}
COLLIDER = {"a": "", "c": "", "b": "ac", "d": "b"}
M = {"h": "", "k": "", "a": "h", "m": "hk", "b": "k"}


@pytest.mark.parametrize(
    ("parents", "x", "y", "observed", "separated"),
    [
        (CHAIN, "a", "c", "", False),
        (CHAIN, "a", "c", "b", True),
        (CHAIN, "a", "b", "c", False),
        (FORK, "a", "c", "", False),
        (FORK, "a", "c", "b", True),
        (COLLIDER, "a", "c", "", True),
        (COLLIDER, "a", "c", "b", False),
        (COLLIDER, "a", "c", "d", False),
        (COLLIDER, "a", "c", "bd", False),
        (COLLIDER, "a", "d", "", False),
        (COLLIDER, "a", "d", "b", True),
        (M, "a", "b", "", True),
        (M, "a", "b", "m", False),
        (M, "a", "b", "hm", True),
        (M, "a", "b", "hkm", True),
        (M, "a", "m", "k", False),
        (M, "a", "m", "h", True),
    ],
)
def test_by_hand(parents: dict[str, str], x: str, y: str, observed: str, separated: bool) -> None:
    r"""Edges lead downwards.

    ```
    CHAIN   FORK    COLLIDER   M
      a       b      a   c       h   k
      |      / \      \ /       / \ / \
      b     a   c      b       a   m   b
      |                |
      c                d
    ```
    """
    assert d_separated(parents, x, y, tuple(observed)) == separated
    assert d_separated(parents, y, x, tuple(observed)) == separated


def test_a_graph_or_a_mapping_can_be_given() -> None:
    graph = Graph([Node(name, Role.DATA, tuple(above)) for name, above in COLLIDER.items()])
    assert d_separated(graph, "a", "c")
    assert not d_separated(graph, "a", "c", "d")


def test_a_set_is_separated_if_each_element_is() -> None:
    assert not d_separated(M, ["a"], ["b", "m"])
    assert not d_separated(M, {"a", "m"}, {"b"})
    assert d_separated(M, {"a", "h"}, {"b", "k"})
    assert Separation(M, ()).connected("a", {"b", "m", "h", "k"}) == {"m", "h"}
    assert Separation(M, "m").connected("a", {"b", "h", "k"}) == {"b", "h", "k"}


def test_one_separation_answers_many_queries() -> None:
    asked = Separation(M, ["m"])
    assert [asked.connected("a", "b") for _ in range(2)] == [{"b"}, {"b"}]
    assert asked.connected("h", "k") == {"k"}


def test_a_tuple_that_is_a_node_is_one_node() -> None:
    grid: dict[tuple[int, int], list[tuple[int, int]]] = {(0, 0): [], (0, 1): [(0, 0)]}
    assert not d_separated(grid, (0, 0), (0, 1))
    assert not d_separated(grid, ((0, 0),), [(0, 1)])


@st.composite
def queries(draw: st.DrawFn) -> tuple[Parents, set[int], set[int], set[int], set[int]]:
    """Draw a graph of 4 to 8 nodes, three non-empty sets, and one that may be empty."""
    n = draw(st.integers(4, 8))
    name = draw(st.permutations(range(n)))
    pairs = [(i, j) for j in range(n) for i in range(j)]
    edges = draw(st.sets(st.sampled_from(pairs), max_size=n + 2))
    parents = from_edges(n, ((name[i], name[j]) for i, j in edges))
    places = [0, 1, 2, *draw(st.lists(st.integers(0, 4), min_size=n - 3, max_size=n - 3))]
    who = draw(st.permutations(range(n)))
    x, y, w, z = ({who[i] for i in range(n) if places[i] == place} for place in range(4))
    return parents, x, y, w, z


@given(queries())
def test_symmetry(query: tuple[Parents, set[int], set[int], set[int], set[int]]) -> None:
    parents, x, y, _, z = query
    assert d_separated(parents, x, y, z) == d_separated(parents, y, x, z)


@given(queries())
def test_decomposition_and_composition(
    query: tuple[Parents, set[int], set[int], set[int], set[int]],
) -> None:
    """X is separated from y and w together if and only if it is separated from each."""
    parents, x, y, w, z = query
    together = d_separated(parents, x, y | w, z)
    assert together == (d_separated(parents, x, y, z) and d_separated(parents, x, w, z))


@given(queries())
def test_weak_union_and_contraction(
    query: tuple[Parents, set[int], set[int], set[int], set[int]],
) -> None:
    """X is separated from y and w if and only if it is separated from y, and from w given y."""
    parents, x, y, w, z = query
    together = d_separated(parents, x, y | w, z)
    assert together == (d_separated(parents, x, y, z) and d_separated(parents, x, w, z | y))


@given(queries(), st.data())
def test_a_node_without_children_changes_nothing(
    query: tuple[Parents, set[int], set[int], set[int], set[int]], data: st.DataObject
) -> None:
    """This holds for a node without edges, conditioned on or not, and for one with parents."""
    parents, x, y, _, z = query
    answer = d_separated(parents, x, y, z)
    alone = {**parents, -1: ()}
    assert d_separated(alone, x, y, z) == d_separated(alone, x, y, z | {-1}) == answer
    above = tuple(data.draw(st.sets(st.sampled_from(sorted(parents)))))
    assert d_separated({**parents, -1: above}, x, y, z) == answer


@given(queries(), st.data())
def test_names_and_their_order_change_nothing(
    query: tuple[Parents, set[int], set[int], set[int], set[int]], data: st.DataObject
) -> None:
    parents, x, y, _, z = query
    order = data.draw(st.permutations(sorted(parents)))
    renamed = {f"v{node}": [f"v{above}" for above in reversed(parents[node])] for node in order}
    asked = ({f"v{node}" for node in nodes} for nodes in (x, y, z))
    assert d_separated(renamed, *asked) == d_separated(parents, x, y, z)


def _shares_a_hidden_cause(parents: Parents, one: int, other: int, inputs: set[int]) -> bool:
    theirs = digraph(parents)
    causes = [nx.ancestors(theirs, node) | {node} for node in (one, other)]
    return not causes[0] & causes[1] <= inputs


@pytest.mark.slow
def test_the_criterion_on_every_small_graph() -> None:
    """The inputs separate gradients if and only if these have no common hidden cause (talk:176-182).

    This holds if no input has a hidden parent; a gradient is a hidden cause of itself and of its children.
    Nodes 0 and 1 are gradients, 2 and 3 are hidden, and 4 is the input. The first four have edges in all
    possible ways, and the input has edges to each subset of them.
    """
    found = []
    for hidden, reads in product(labelled(4), product((False, True), repeat=4)):
        parents = {node: above + (4,) * reads[node] for node, above in hidden.items()} | {4: ()}
        found.append(d_separated(parents, 0, 1, 4))
        assert found[-1] != _shares_a_hidden_cause(parents, 0, 1, {4}), parents
    assert len(found) == 543 * 16
    assert set(found) == {True, False}


def test_the_criterion_on_larger_graphs() -> None:
    rng = np.random.default_rng(7)
    found = []
    for _ in range(500):
        inputs, others = int(rng.integers(1, 6)), int(rng.integers(4, 12))
        parents = random_dag(rng, others, density=rng.uniform(0.05, 0.4))
        above = {others + i: tuple(others + j for j in range(i)) for i in range(inputs)}
        for node in parents:
            parents[node] += tuple(i for i in above if rng.random() < 0.5)
        found.append(d_separated({**parents, **above}, 0, 1, above.keys()))
        assert found[-1] != _shares_a_hidden_cause({**parents, **above}, 0, 1, set(above))
    assert 100 < sum(found) < 400


def test_an_observed_collider_breaks_the_criterion() -> None:
    r"""The gradients have no common hidden cause, but the input x does not d-separate them.

    ```
      h   k
     / \ / \
    d   x   e
    ```
    """
    parents = {"h": "", "k": "", "d": "h", "x": "hk", "e": "k"}
    graph = Graph([Node(name, Role.DATA, tuple(above)) for name, above in parents.items()])
    assert graph.ancestors("d") & graph.ancestors("e") == set()
    assert not d_separated(graph, "d", "e", "x")
    assert d_separated(graph, "d", "e")


@pytest.mark.parametrize(
    ("x", "y", "observed", "message"),
    [
        ("a", "a", "", "on both sides of the query: 'a'"),
        ("abk", "bam", "", "on both sides of the query: 'b', 'a'|'a', 'b'"),
        ("a", "b", "a", "queried and conditioned on: 'a'"),
        ("a", "bm", "hm", "queried and conditioned on: 'm'"),
        ("q", "b", "", "unknown: 'q'; .*: 'h', 'k', 'a', 'm', 'b'"),
        ("a", "q", "", "unknown: 'q'"),
        ("a", "b", "rmq", "unknown: 'r', 'q';"),
    ],
)
def test_a_bad_query_is_explained(x: str, y: str, observed: str, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        d_separated(M, tuple(x), tuple(y), tuple(observed))


def test_an_empty_set_is_separated_from_everything() -> None:
    for x, y in (("", "b"), ("a", ""), ("", "")):
        assert d_separated(M, tuple(x), tuple(y), "m")
    with pytest.raises(GraphError, match="queried and conditioned on: 'm'"):
        d_separated(M, "m", (), "m")


def test_a_graph_of_networkx_is_read_as_it_is() -> None:
    graph = nx.DiGraph([(1, "b"), (1, (2, 3))])
    assert not d_separated(graph, "b", [(2, 3)])
    assert d_separated(graph, "b", (2, 3), given=1)
    with pytest.raises(GraphError, match="given a Graph; expected directed edges: a DiGraph"):
        d_separated(graph.to_undirected(), "b", 1)


def test_a_string_is_one_node() -> None:
    with pytest.raises(GraphError, match="unknown: 'hk'"):
        d_separated(M, "hk", "b")


def test_only_a_few_of_many_unknown_nodes_are_named() -> None:
    chain: Any = {node: range(max(0, node - 1), node) for node in range(100)}
    with pytest.raises(GraphError, match=r"unknown: 100, .*, 104 and 95 more; .* and 95 more"):
        d_separated(chain, 0, range(100, 200))


def test_a_parent_must_be_a_key() -> None:
    with pytest.raises(GraphError, match="unknown: 'a'; expected keys of the mapping of parents"):
        Separation({"b": ["a"]}, ())


def test_a_cycle_is_named() -> None:
    parents = {"z": "", "a": "c", "b": "a", "c": "bz"}
    with pytest.raises(GraphError, match=r"cycle: (a -> b -> c -> a|b -> c -> a -> b|c -> a -> b)"):
        d_separated(parents, "a", "z")
    with pytest.raises(GraphError, match="cycle: a -> a;"):
        d_separated({"a": "a", "b": ""}, "a", "b")
    assert d_separated({"c": "b", "b": "a", "a": ""}, "a", "c", "b")  # keys may be in any order
