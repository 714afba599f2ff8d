"""Graphs: construction, immutability and interventions."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from itertools import combinations, permutations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.causal.graphs.d_separation import d_separated
from repro.causal.graphs.graph import (
    Graph,
    GraphError,
    Node,
    Role,
    mechanism_root,
    topological_order,
)
from tests.causal.graphs.dags import digraph, random_dag

# state -> bid of each function -> one normaliser -> gradient of each function.
LEARNER = (
    Node("s", Role.DATA),
    Node("f", Role.FUNCTION, mechanism="net 1"),
    Node("g", Role.FUNCTION, mechanism="net 2", label="second"),
    Node("bf", Role.DATA, ("s", "f"), "apply"),
    Node("bg", Role.DATA, ("s", "g"), "apply"),
    Node("z", Role.HIDDEN, ("bf", "bg"), "log-sum-exp"),
    Node("df", Role.GRADIENT, ("bf", "z")),
    Node("dg", Role.GRADIENT, ("bg", "z")),
)


def random_graph(rng: np.random.Generator, n: int) -> Graph:
    roles = list(Role)
    return Graph(
        Node(f"v{node}", roles[rng.integers(4)], tuple(f"v{above}" for above in parents))
        for node, parents in random_dag(rng, n, 0.3).items()
    )


def test_defaults_of_a_node() -> None:
    assert Node("a", Role.DATA) == Node("a", Role.DATA, (), "a", "a")
    named = Node("a", Role.DATA, ("c", "b", "c"), "net", "bid")
    assert (named.parents, named.mechanism, named.label) == (("c", "b"), "net", "bid")


def test_parents_are_first_whatever_the_order() -> None:
    expected = Graph(LEARNER)
    for order in permutations(LEARNER[:6]):
        made = Graph([*LEARNER[:5:-1], *order])
        assert made == expected
        assert hash(made) == hash(expected)
        place = {name: i for i, name in enumerate(made.nodes)}
        assert all(place[above] < place[name] for name in place for above in made.parents[name])
    assert made != Graph(LEARNER[:-1])


def test_parents_children_and_roles_by_hand() -> None:
    graph = Graph(LEARNER)
    assert graph.parents["bf"] == ("s", "f")
    assert graph.parents["s"] == ()
    assert graph.children["bf"] == ("z", "df")
    assert graph.children["dg"] == ()
    assert graph.of(Role.FUNCTION) == ("f", "g")
    assert graph.of(Role.GRADIENT) == ("df", "dg")
    assert graph.ancestors("bf") == {"bf", "s", "f"}
    assert graph.descendants(["bf", "dg"]) == {"bf", "z", "df", "dg"}
    assert graph.ancestors(()) == frozenset()


def test_ancestors_and_descendants_agree_with_networkx() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        graph = random_graph(rng, 12)
        theirs = graph.to_networkx()
        for name in graph.nodes:
            assert graph.ancestors(name) == nx.ancestors(theirs, name) | {name}
            assert graph.descendants(name) == nx.descendants(theirs, name) | {name}


def test_graphs_are_immutable() -> None:
    graph: Any = Graph(LEARNER)
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph.nodes = {}
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph.nodes["f"].mechanism = "net 3"
    for mapping in (graph.nodes, graph.parents, graph.children):
        with pytest.raises(TypeError, match="does not support item assignment"):
            mapping["f"] = ()


def test_a_graph_can_be_copied_and_pickled() -> None:
    graph = Graph(LEARNER)
    assert graph.children  # a cached property is not an obstacle
    for twin in (pickle.loads(pickle.dumps(graph)), copy.deepcopy(graph)):  # noqa: S301 - our own bytes
        assert twin == graph
        assert list(twin.nodes) == list(graph.nodes)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([Node("a", Role.DATA)] * 2, "two nodes are named 'a'"),
        ([Node("bid", Role.DATA), Node("b", Role.DATA, ("bdi",))],
         "unknown parent of 'b': 'bdi'; did you mean bid"),
        ([Node("a", Role.DATA, ("a",))], "cycle: a -> a;"),
        ([Node("a", Role.DATA, ("b",)), Node("b", Role.DATA, ("a",)), Node("c", Role.DATA)],
         "cycle: (a -> b -> a|b -> a -> b); remove"),
    ],
)  # fmt: skip
def test_invalid_graphs_are_explained(nodes: list[Node], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        Graph(nodes)


def test_a_long_cycle_is_shortened() -> None:
    ring = {node: [(node - 1) % 100] for node in range(100)}
    with pytest.raises(GraphError, match=r"cycle: (\d+ -> ){7}\.\.\. -> \d+; remove"):
        topological_order(ring)


def test_similar_names_are_suggested() -> None:
    graph = Graph(LEARNER)
    for ask in (graph.ancestors, graph.descendants):
        with pytest.raises(GraphError, match="unknown node 'bff'; did you mean bf"):
            ask(["s", "bff"])
    with pytest.raises(GraphError, match="unknown node 'bff'; did you mean bf"):
        graph.intervene("bff", mechanism="net 3")


def test_an_intervention_replaces_one_program() -> None:
    """Only the program of f changes, though the values of its descendants change too."""
    before = Graph(LEARNER)
    after = before.intervene("f", mechanism="net 3")
    assert after.nodes["f"] == Node("f", Role.FUNCTION, (), "net 3")
    assert {name for name in before.nodes if before.nodes[name] != after.nodes[name]} == {"f"}
    assert before.nodes["f"].mechanism == "net 1"
    assert after.intervene("f", mechanism="net 1") == before


def test_an_intervention_can_change_parents() -> None:
    graph = Graph(LEARNER)
    assert graph.intervene("df", mechanism="own", parents=["bf"]).parents["df"] == ("bf",)
    assert graph.intervene("df", mechanism="constant", parents=()).parents["df"] == ()
    with pytest.raises(GraphError, match=r"cycle: .*bf -> z"):
        graph.intervene("bf", mechanism="looks ahead", parents=("s", "z"))
    with pytest.raises(GraphError, match="unknown parent of 'df': 'q'"):
        graph.intervene("df", mechanism="own", parents=["q"])


def test_mechanisms_are_independent_roots() -> None:
    """Static modularity (talk:102-105): roots are independent until data are observed."""
    graph = Graph(LEARNER).with_mechanisms()
    roots = [mechanism_root(node.name) for node in LEARNER]
    assert len(graph.nodes) == 2 * len(LEARNER)
    assert all(d_separated(graph, one, other) for one, other in combinations(roots, 2))
    assert not d_separated(graph, "n(f)", "n(s)", "bf")
    assert graph.nodes["n(g)"] == Node("n(g)", Role.FUNCTION, (), "net 2", "n(second)")
    assert graph.nodes["bf"].parents == ("s", "f", "n(bf)")
    assert graph.nodes["bf"].role == Role.DATA
    # Two instances of one program are two roots.
    assert graph.nodes["n(bf)"].mechanism == graph.nodes["n(bg)"].mechanism == "apply"


def test_replacing_a_program_replaces_its_root() -> None:
    graph = Graph(LEARNER)
    drawn = graph.with_mechanisms().intervene("n(bf)", mechanism="other")
    assert graph.intervene("bf", mechanism="other").with_mechanisms() == drawn


def test_a_root_needs_a_unique_name() -> None:
    with pytest.raises(GraphError, match=r"two nodes are named 'n\(a\)'"):
        Graph([Node("a", Role.DATA), Node("n(a)", Role.DATA)]).with_mechanisms()


@given(st.integers(0, 2**32 - 1), st.integers(0, 8))
def test_networkx_and_back(seed: int, n: int) -> None:
    graph = random_graph(np.random.default_rng(seed), n)
    assert Graph.from_networkx(graph.to_networkx()) == graph


def test_networkx_attributes_by_hand() -> None:
    theirs = Graph(LEARNER).to_networkx()
    assert theirs.nodes["g"] == {"role": "function", "mechanism": "net 2", "label": "second"}
    assert [type(value) for value in theirs.nodes["g"].values()] == [str, str, str]
    assert Graph.from_networkx(theirs) == Graph(LEARNER)
    bare = nx.DiGraph()
    bare.add_node("a", role="hidden")
    assert Graph.from_networkx(bare) == Graph([Node("a", Role.HIDDEN)])


@pytest.mark.parametrize(
    ("theirs", "message"),
    [
        (nx.Graph(), "given a Graph; expected directed edges"),
        (digraph({0: ()}), "node 0 is not a string"),
        (nx.DiGraph([("a", "b")]), "unknown role of 'a': ''; one of: data, function"),
    ],
)
def test_graphs_from_networkx_need_directions_strings_and_roles(
    theirs: Any,  # noqa: ANN401 - networkx has no types
    message: str,
) -> None:
    with pytest.raises(GraphError, match=message):
        Graph.from_networkx(theirs)


def test_a_similar_role_is_suggested() -> None:
    theirs = nx.DiGraph()
    theirs.add_node("a", role="hiden")
    with pytest.raises(GraphError, match="unknown role of 'a': 'hiden'; did you mean hidden"):
        Graph.from_networkx(theirs)
