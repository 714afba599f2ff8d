"""The names of shared variables, and the paths from them to the gradients."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, Verdict, audit
from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.auditing.witnesses import COMMON_EFFECT, find_witnesses
from repro.causal.symbolic.expressions import ExpressionGraph
from repro.causal.symbolic.naming import Naming
from tests.causal.auditing.codings import MONTE_CARLO, REINFORCE, inputs

if TYPE_CHECKING:
    from collections.abc import Callable

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


def label(_place: int, element: int) -> str:
    return f"x{element}"


def graph_of(
    edges: dict[str, tuple[str, ...]],
    ends: dict[str, tuple[str, ...]],
    observed: tuple[str, ...] = (),
) -> tuple[DependenceGraph, Naming, dict[int, str]]:
    """Make a graph from the parents of each node; nodes without parents are inputs."""
    e = ExpressionGraph()
    ids: dict[str, int] = {}
    for name, parents in edges.items():
        if parents:
            ids[name] = e.apply(name, tuple(ids[parent] for parent in parents))
        else:
            ids[name] = e.root("input", 0, len(ids))
    graph = DependenceGraph(
        e,
        {name: [ids[end] for end in listed] for name, listed in ends.items()},
        {ids[name] for name in observed},
    )
    return graph, Naming(e, label), {i: name for name, i in ids.items()}


def test_the_path_from_a_shared_variable_to_each_gradient() -> None:
    """The graph is x -> h -> m -> da, h -> db, y -> db."""
    graph, naming, names = graph_of(
        {"x": (), "y": (), "h": ("x",), "m": ("h",), "da": ("m", "y"), "db": ("h", "y")},
        {"a": ("da",), "b": ("db",)},
    )
    (found,) = find_witnesses(graph, naming, graph.connected())
    assert found.pair == ("a", "b")
    assert names[found.node] == "h"
    paths = [[names[i] for i in path] for path in found.paths]
    assert paths == [["h", "m", "da"], ["h", "db"]]


def test_the_shortest_path() -> None:
    graph, naming, names = graph_of(
        {"x": (), "h": ("x",), "m": ("h",), "n": ("m",), "da": ("n", "h"), "db": ("h",)},
        {"a": ("da",), "b": ("db",)},
    )
    paths = [[[names[i] for i in p] for p in f.paths] for f in find_witnesses(graph, naming, graph.connected())]  # fmt: skip
    assert [["h", "da"], ["h", "db"]] in paths


def test_no_path_through_observed_nodes() -> None:
    """In x -> h -> s -> da, s -> db with s observed, nothing hidden is shared."""
    edges: dict[str, tuple[str, ...]] = {
        "x": (),
        "h": ("x",),
        "s": ("h",),
        "da": ("s",),
        "db": ("s",),
    }
    ends: dict[str, tuple[str, ...]] = {"a": ("da",), "b": ("db",)}
    graph, naming, _ = graph_of(edges, ends, ("s",))
    assert graph.connected() == set()
    assert find_witnesses(graph, naming, graph.connected()) == ()
    free, naming, names = graph_of(edges, ends)
    assert {names[found.node] for found in find_witnesses(free, naming, free.connected())} <= {"h", "s"}  # fmt: skip


def test_an_observed_common_effect_makes_gradients_dependent() -> None:
    """The graph is x -> h, y -> k, h and k -> s (observed and used), h -> da, k -> db."""
    graph, naming, names = graph_of(
        {
            "x": (),
            "y": (),
            "h": ("x",),
            "k": ("y",),
            "s": ("h", "k"),
            "da": ("h", "s"),
            "db": ("k",),
        },
        {"a": ("da",), "b": ("db",)},
        ("s",),
    )
    assert graph.connected() == {("a", "b")}
    (found,) = find_witnesses(graph, naming, graph.connected())
    assert found.name == COMMON_EFFECT
    assert [[names[i] for i in path] for path in found.paths] == [["s", "h", "da"], ["s", "k", "db"]]  # fmt: skip


def test_what_only_one_gradient_depends_on_is_not_a_witness() -> None:
    graph, naming, names = graph_of(
        {"x": (), "h": ("x",), "own": ("h",), "da": ("own",), "db": ("h",), "dc": ("x",)},
        {"a": ("da",), "b": ("db",), "c": ("dc",)},
    )
    found = find_witnesses(graph, naming, graph.connected())
    assert {one.pair for one in found} == {("a", "b")}
    assert {names[one.node] for one in found} == {"h"}


def test_a_gradient_that_another_depends_on() -> None:
    """In x -> da -> db the shared variable is the gradient of a."""
    graph, naming, names = graph_of(
        {"x": (), "da": ("x",), "db": ("da",)}, {"a": ("da",), "b": ("db",)}
    )
    (found,) = find_witnesses(graph, naming, graph.connected())
    assert [[names[i] for i in path] for path in found.paths] == [["da"], ["da", "db"]]


def _of(rule: Callable[..., dict[str, Tensor]]) -> Verdict:
    return audit(rule, {"bids": BIDS})


NAMED: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "log-sum-exp": (lambda b: b.logsumexp(0), "log-sum-exp"),
    "normaliser": (lambda b: b.exp().sum(), "softmax normaliser"),
    "norm": (lambda b: b.norm(), "norm"),
    "standard deviation": (lambda b: b.std(), "standard deviation"),
}


@pytest.mark.parametrize("kind", NAMED)
def test_the_most_informative_kind_is_first(kind: str) -> None:
    compute, name = NAMED[kind]
    verdict = _of(lambda bids: {n: bids[k] * compute(bids) for k, n in enumerate("abc")})
    assert verdict.answer is Answer.NOT_MODULAR
    for pair in verdict.pairs:
        mine = [witness.name for witness in verdict.witnesses if witness.pair == pair]
        assert mine[0] == name
        assert len(mine) == len(set(mine))


def test_at_most_four_kinds_are_listed() -> None:
    def rule(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
        kinds = [
            reward[0] + 0.9 * bids[0] - bids[1],  # the fifth most informative
            bids.norm(),
            bids.std(),
            reward[0] + 0.9 * reward[1] + 0.81 * reward[2],
            bids.logsumexp(0),
        ]
        return {
            name: torch.stack([bids[k] * kind for kind in kinds]) for k, name in enumerate("ab")
        }

    verdict = audit(rule, {"bids": BIDS, "reward": BIDS.flip(0) - 1})
    assert [witness.name for witness in verdict.witnesses] == [
        "log-sum-exp",
        "discounted sum",
        "standard deviation",
        "norm",
    ]


@pytest.mark.parametrize("selection", ["route", "strict"])
def test_an_order_statistic_is_a_witness_when_strict(selection: str) -> None:
    verdict = audit(
        lambda bids: {n: bids[k] * bids.max() for k, n in enumerate("abc")},
        {"bids": BIDS},
        selection=selection,
    )
    assert verdict.selection == selection
    if selection == "route":
        assert verdict.answer is Answer.MODULAR
        assert verdict.witnesses == ()
    else:
        assert verdict.answer is Answer.NOT_MODULAR
        assert {witness.name for witness in verdict.witnesses} == {"order statistic"}


@pytest.mark.parametrize("rule", [REINFORCE["log_softmax"], MONTE_CARLO["backwards"]])
def test_paths_are_edges_of_the_readable_graph(
    rule: Callable[..., dict[str, Tensor]],
) -> None:
    verdict = audit(rule, inputs())
    edges = {
        (parent, node.name) for node in verdict.graph.nodes.values() for parent in node.parents
    }
    assert verdict.witnesses
    for witness in verdict.witnesses:
        first, second = witness.paths
        assert first[0] == second[0]
        assert [path[-1] for path in witness.paths] == [f"gradient of {k}" for k in witness.pair]
        for path in witness.paths:
            assert all(step in edges for step in pairwise(path))


def test_exactly_the_joined_pairs_have_witnesses() -> None:
    verdict = audit(MONTE_CARLO["matrix"], inputs())
    assert {witness.pair for witness in verdict.witnesses} == set(verdict.joined_at_most)
    modular = _of(lambda bids: {n: bids[k].exp() for k, n in enumerate("abc")})
    assert modular.witnesses == ()
