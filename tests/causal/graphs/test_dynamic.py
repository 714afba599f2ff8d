"""Sequences of graphs: changes by an outer process, and d-separation in the unrolled graph."""

from __future__ import annotations

from itertools import combinations

import pytest

from repro.causal.graphs.d_separation import d_separated
from repro.causal.graphs.dynamic import DynamicGraph, at
from repro.causal.graphs.graph import Graph, GraphError, Node, Role

LEARNER = Graph(
    [
        Node("f", Role.FUNCTION),
        Node("g", Role.FUNCTION),
        Node("s", Role.DATA),
        Node("x", Role.DATA, ("f", "g", "s")),
    ]
)


def version(graph: Graph, name: str) -> Graph:
    return graph.intervene(name, mechanism=graph.nodes[name].mechanism + "'")


def update_both(graph: Graph) -> Graph:
    return version(version(graph, "f"), "g")


def with_credit(hidden: tuple[str, ...]) -> Graph:
    """Make the learner with its credit assignment, where both gradients also read `hidden`."""
    return Graph(
        [
            *LEARNER.nodes.values(),
            Node("h", Role.HIDDEN, ("x",)),
            Node("df", Role.GRADIENT, ("x", "f", *hidden)),
            Node("dg", Role.GRADIENT, ("x", "g", *hidden)),
        ]
    )


def test_each_slice_is_made_from_the_slice_before() -> None:
    turns = iter("fxg")
    chain = DynamicGraph.run(LEARNER, lambda graph: version(graph, next(turns)), 3)
    assert chain.slices[0] is LEARNER
    assert [graph.nodes["f"].mechanism for graph in chain.slices] == ["f", "f'", "f'", "f'"]
    assert [graph.nodes["x"].mechanism for graph in chain.slices] == ["x", "x", "x'", "x'"]
    assert chain.changed() == (("f",), ("x",), ("g",))


def test_no_steps_and_no_changes() -> None:
    assert DynamicGraph.run(LEARNER, update_both, 0) == DynamicGraph((LEARNER,))
    assert DynamicGraph((LEARNER,)).changed() == ()
    other_label = Graph([*list(LEARNER.nodes.values())[1:], Node("f", Role.FUNCTION, label="F")])
    assert DynamicGraph((LEARNER, LEARNER, other_label)).changed() == ((), ())


def test_an_added_or_removed_node_was_not_replaced() -> None:
    smaller = Graph([Node("f", Role.FUNCTION, mechanism="f'")])
    assert DynamicGraph((LEARNER, smaller, LEARNER)).changed() == (("f",), ("f",))


def test_functions_are_separated_by_the_slice_before_and_not_without_it() -> None:
    """This is the modularity of a dynamic system (talk:121-124) whose outer process reads everything."""
    chain = DynamicGraph.run(LEARNER, update_both, 3)
    graph = chain.unrolled()
    for step in (1, 2, 3):
        functions = at("f", step), at("g", step)
        before = {at(name, step - 1) for name in LEARNER.nodes}
        assert d_separated(graph, *functions, before)
        assert not d_separated(graph, *functions)
        for name in before:
            assert not d_separated(graph, *functions, before - {name})
    assert d_separated(graph, at("f", 0), at("g", 0))


def test_a_slice_separates_past_and_future() -> None:
    """The sequence is a Markov chain (talk:120)."""
    graph = DynamicGraph.run(LEARNER, update_both, 2).unrolled()
    past, present, future = ({at(name, step) for name in LEARNER.nodes} for step in range(3))
    assert d_separated(graph, past, future, present)
    assert not d_separated(graph, past, future)


def test_edges_of_the_unrolled_chain_by_hand() -> None:
    chain = DynamicGraph.run(LEARNER, update_both, 1)
    everything = ("f^0", "g^0", "s^0", "x^0")
    graph = chain.unrolled()
    assert graph.parents["f^0"] == ()
    assert set(graph.parents["f^1"]) == set(graph.parents["g^1"]) == set(everything)
    assert graph.parents["x^1"] == ("f^1", "g^1", "s^1")
    assert graph.parents["s^1"] == ()
    assert graph.nodes["f^1"] == Node("f^1", Role.FUNCTION, graph.parents["f^1"], "f'", "f^1")
    some = chain.unrolled({"f": ["x"], "g": ()})
    assert some.parents["f^1"] == ("f^0", "x^0")
    assert some.parents["g^1"] == ("g^0",)
    assert chain.unrolled({}).parents["f^1"] == ("f^0",)


def test_a_function_can_have_parents_in_its_slice() -> None:
    made = Graph([Node("n", Role.DATA), Node("f", Role.FUNCTION, ("n",))])
    assert DynamicGraph((made, made)).unrolled({}).parents["f^1"] == ("n^1", "f^0")


def test_a_new_function_has_no_previous_version() -> None:
    larger = Graph([*LEARNER.nodes.values(), Node("new", Role.FUNCTION)])
    graph = DynamicGraph((LEARNER, larger)).unrolled({"new": ["x"]})
    assert graph.parents["new^1"] == ("x^0",)


@pytest.mark.parametrize(("hidden", "modular"), [((), True), (("h",), False)])
def test_functions_depend_on_what_gradients_share(hidden: tuple[str, ...], modular: bool) -> None:
    """If each function is updated by its own gradient, updates are modular if gradients are (talk:159-160)."""
    start = with_credit(hidden)
    graph = DynamicGraph.run(start, update_both, 2).unrolled({"f": ["df"], "g": ["dg"]})
    for step in (1, 2):
        before = {at(name, step - 1) for name in LEARNER.nodes}
        assert d_separated(graph, at("f", step), at("g", step), before) == modular
        assert d_separated(graph, at("df", step - 1), at("dg", step - 1), before) == modular


def test_an_update_that_reads_all_gradients_makes_functions_dependent() -> None:
    """Independent gradients are not enough: each function must be updated separately."""
    chain = DynamicGraph.run(with_credit(()), update_both, 1)
    graph = chain.unrolled({"f": ["df", "dg"], "g": ["df", "dg"]})
    assert not d_separated(graph, "f^1", "g^1", {at(name, 0) for name in LEARNER.nodes})


def test_graphs_with_programs_as_roots() -> None:
    plain = Graph([Node("a", Role.DATA), Node("b", Role.DATA, ("a",))])
    chain = DynamicGraph.run(plain.with_mechanisms(), lambda graph: version(graph, "n(b)"), 2)
    assert chain.changed() == (("n(b)",), ("n(b)",))
    graph = chain.unrolled()
    before = {at(name, 1) for name in chain.slices[1].nodes}
    for one, other in combinations(chain.slices[2].of(Role.FUNCTION), 2):
        assert d_separated(graph, at(one, 2), at(other, 2), before)
        assert not d_separated(graph, at(one, 2), at(other, 2))
    with pytest.raises(GraphError, match=r"no node is a function; Graph\.with_mechanisms"):
        DynamicGraph((plain, plain)).unrolled()


def test_bad_sequences_are_explained() -> None:
    with pytest.raises(GraphError, match="given no slices"):
        DynamicGraph(())
    with pytest.raises(GraphError, match="given -1 steps; expected 0 or more"):
        DynamicGraph.run(LEARNER, update_both, -1)
    chain = DynamicGraph.run(LEARNER, update_both, 1)
    with pytest.raises(GraphError, match="reads names s, zz; expected functions: f, g"):
        chain.unrolled({"zz": [], "s": ["x"], "f": []})
    with pytest.raises(GraphError, match=r"unknown parent of 'f\^1': 'y\^0'; did you mean"):
        chain.unrolled({"f": ["y"]})
