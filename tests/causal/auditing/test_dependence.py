"""Graphs of gradients: ancestors, conditioned nodes, and what can be shared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.symbolic.expressions import APPROXIMATED, ExpressionGraph

NAMES = ("a", "b", "c")


def _chain() -> tuple[ExpressionGraph, dict[str, int]]:
    """Make x -> h -> m, y -> n, and 3 h + 2 with the base h."""
    e = ExpressionGraph()
    x, y = e.root("input", 0, 0), e.root("input", 0, 1)
    h = e.apply("exp", (x,))
    made = {"x": x, "y": y, "h": h, "m": e.apply("sin", (h,)), "n": e.apply("sin", (y,))}
    made["affine"] = e.affine(h, 3.0, 2.0)
    made["number"] = e.constant(4.0)
    return e, made


def test_what_a_gradient_depends_on() -> None:
    e, made = _chain()
    graph = DependenceGraph(
        e, {"a": [made["m"], made["number"]], "b": [made["n"], made["n"]], "c": []}
    )
    assert graph.ends("a") == (made["m"],)
    assert graph.ends("b") == (made["n"],)
    assert graph.ends("c") == ()
    assert graph.hidden("a") == {made["m"], made["h"]}
    assert graph.hidden("c") == set()
    assert graph.roots("a") == {made["x"]}
    assert graph.given == {made["x"], made["y"]}
    assert graph.pairs() == [("a", "b"), ("a", "c"), ("b", "c")]


def test_affine_functions_are_absorbed() -> None:
    e, made = _chain()
    graph = DependenceGraph(e, {"a": [made["affine"]], "b": [made["m"]]})
    assert graph.ends("a") == (made["h"],)
    assert graph.connected() == {("a", "b")}


def test_observed_nodes_block_their_ancestors() -> None:
    e, made = _chain()
    ends = {"a": [made["m"]], "b": [made["h"]]}
    assert DependenceGraph(e, ends).connected() == {("a", "b")}
    graph = DependenceGraph(e, ends, {made["h"]})
    assert graph.hidden("a") == {made["m"]}
    assert graph.connected() == set()
    assert graph.roots("a") == {made["x"]}


def test_an_observed_common_effect_connects_its_causes() -> None:
    """In h -> s <- n with s observed, h and n are dependent, whether or not a gradient reads s."""
    e, made = _chain()
    effect = e.apply("product", (made["h"], made["n"]))
    for ends in (
        {"a": [made["m"]], "b": [made["n"]]},
        {"a": [made["m"], effect], "b": [made["n"]]},
    ):
        assert DependenceGraph(e, ends).connected() == (
            {("a", "b")} if effect in ends["a"] else set()
        )
        assert DependenceGraph(e, ends, {effect}).connected() == {("a", "b")}
    below = e.apply("sin", (effect,))
    assert DependenceGraph(e, {"a": [made["h"]], "b": [made["n"]]}, {below}).connected() == {
        ("a", "b")
    }


def test_paths_with_and_without_approximated_operators() -> None:
    e, made = _chain()
    approximated = e.apply(APPROXIMATED + "solve", (made["h"], made["y"]))
    after = e.apply("exp", (approximated,))
    graph = DependenceGraph(e, {"a": [approximated], "b": [made["m"]]})
    assert graph.connected() == {("a", "b")}
    assert graph.connected(with_approximated=False) == set()
    assert graph.roots_of_approximated("a") == {made["x"], made["y"]}
    assert graph.roots_of_approximated("b") == set()
    both = DependenceGraph(e, {"a": [after], "b": [e.apply("cos", (after,))]})
    assert both.connected(with_approximated=False) == set(), (
        "a function of an approximated value is approximated"
    )
    partly = DependenceGraph(e, {"a": [after, made["m"]], "b": [made["h"]]})
    assert partly.connected(with_approximated=False) == {("a", "b")}


def test_a_factored_out_part_is_shared() -> None:
    e = ExpressionGraph()
    x = [e.root("input", 0, k) for k in range(4)]
    first, second = e.combination([(i, 1) for i in x[:3]]), e.combination([(i, 1) for i in x[1:]])
    part = e.base[e.plus(x[1], x[2])]
    graph = DependenceGraph(e, {"a": [first], "b": [second]})
    assert graph.connected() == set()
    for owner in (first, second):
        graph.factor_out(e.base[owner], part)
    assert graph.connected() == {("a", "b")}
    assert set(graph.parents[e.base[first]]) == {x[0], part}
    assert set(graph.parents[part]) == {x[1], x[2]}
    graph.factor_out(part, part)
    assert set(graph.parents[part]) == {x[1], x[2]}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[ExpressionGraph, dict[str, list[int]]]:
    e = ExpressionGraph()
    ids = [e.root("input", 0, k) for k in range(3)]
    for step in range(draw(st.integers(1, 10))):
        above = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=2, unique=True))
        ids.append(e.apply(f"op{step}", tuple(above)))
    ends = st.lists(st.sampled_from(ids), max_size=2)
    return e, {name: draw(ends) for name in NAMES}


@pytest.mark.slow
@given(graphs())
def test_gradients_are_connected_if_they_have_a_common_hidden_ancestor(
    drawn: tuple[ExpressionGraph, dict[str, list[int]]],
) -> None:
    """This holds if no conditioned node has a hidden parent (talk:182)."""
    e, ends = drawn
    graph = DependenceGraph(e, ends)
    expected = {(a, b) for a, b in graph.pairs() if not graph.hidden(a).isdisjoint(graph.hidden(b))}
    assert graph.connected() == expected


@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_pair_is_tested(count: int) -> None:
    e, made = _chain()
    names = [f"m{k}" for k in range(count)]
    graph = DependenceGraph(e, {name: [made["h"]] for name in names})
    assert len(graph.connected()) == count * (count - 1) // 2 == len(graph.pairs())
