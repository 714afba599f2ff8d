"""The talk's form of a learner's graph: violations of it, and bundling."""

from __future__ import annotations

import pytest

from claims.theory._flattened_graph import (
    bundled,
    gradients_of_functions,
    tensor_of,
    violations,
)
from repro.causal import Graph, Node, Role

F, DATA, H, G = Role.FUNCTION, Role.DATA, Role.HIDDEN, Role.GRADIENT
# Given are the bid and the reward. Both gradients are computed from the error:
#   f[0] ─┬→ activation ─→ bid ─┐
#   f[1] ─┘       └──────────┐  ├→ error ─┬→ a ─→ gradient of A
#   reward[0] ───────────────│──┘         └───── gradient of B ←─ g[0]
#                            └→ a
LEARNER = [
    Node("f[0]", F),
    Node("f[1]", F),
    Node("g[0]", F),
    Node("reward[0]", DATA),
    Node("activation", H, ("f[0]", "f[1]")),
    Node("bid", DATA, ("activation",)),
    Node("error", H, ("bid", "reward[0]")),
    Node("a", H, ("error", "activation")),
    Node("gradient of A", G, ("a",)),
    Node("gradient of B", G, ("error", "g[0]")),
]


def found(*changed: Node, without: str = "") -> list[str]:
    nodes = {node.name: node for node in [*LEARNER, *changed] if node.name != without}
    return violations(Graph(nodes.values()), ["f", "g"], ["reward"], {"A": ("f",), "B": ("f", "g")})


def test_a_learner_of_the_talks_form_has_no_violations() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (Node("noise", H), "noise is not an input"),
        (Node("elsewhere[0]", DATA), "elsewhere[0] is not an input"),
        (Node("reward[1]", F), "reward[1] is not an input"),
        (Node("f[2]", DATA), "f[2] is not an input"),
        (Node("g[0]", F, ("reward[0]",)), "function g[0] is computed by credit assignment"),
        (Node("dead end", H, ("bid",)), "dead end leads to no gradient"),
        (Node("gradient of C", G, ("bid",)), "gradient of C belongs to no learner"),
    ],
)
def test_a_node_that_does_not_belong(node: Node, said: str) -> None:
    assert said in found(node)


def test_a_gradient_with_children() -> None:
    assert found(Node("gradient of B", G, ("gradient of A",))) == ["gradient of A has children"]


def test_a_gradient_that_is_missing() -> None:
    assert found(without="gradient of B") == ["gradient of B is missing"]


def test_a_graph_without_functions_or_data() -> None:
    ends = [Node("gradient of A", G, ("x[0]",)), Node("gradient of B", G, ("x[0]",))]
    data, functions = Graph([Node("x[0]", DATA), *ends]), Graph([Node("x[0]", F), *ends])
    learners = {"A": ["x"], "B": []}
    assert violations(data, ["x"], ["x"], learners) == ["there is no root with the role function"]
    assert violations(functions, ["x"], ["x"], learners) == ["there is no root with the role data"]


def test_a_function_of_no_learner() -> None:
    learners = {"A": ("f",), "B": ()}
    assert violations(Graph(LEARNER), ["f", "g"], ["reward"], learners) == ["g gets no gradient"]


def test_bundled() -> None:
    nodes = bundled(Graph(LEARNER)).nodes
    assert {name: (node.role, set(node.parents)) for name, node in nodes.items()} == {
        "f": (F, set()),
        "g": (F, set()),
        "data": (DATA, set()),
        # The activation is absorbed, both towards the bid and towards A's gradient.
        "forward pass": (DATA, {"f"}),
        "hidden of A, B": (H, {"forward pass", "data"}),
        "hidden of A": (H, {"hidden of A, B", "f"}),
        "gradient of A": (G, {"hidden of A"}),
        "gradient of B": (G, {"hidden of A, B", "g"}),
    }


def test_names() -> None:
    assert tensor_of("critic of A[0, 2]") == "critic of A"
    assert tensor_of("rate") == "rate"
    assert gradients_of_functions({"A": ("trunk", "f"), "B": ("trunk",)}) == {
        "trunk": ["gradient of A", "gradient of B"],
        "f": ["gradient of A"],
    }
