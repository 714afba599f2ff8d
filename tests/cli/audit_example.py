"""Synthetic verdicts."""

from __future__ import annotations

from typing import Any

from repro.causal.auditing.findings import Answer, Intervention, Witness
from repro.causal.auditing.verdict import Verdict
from repro.causal.graphs.graph import Graph, Node, Role

MODULAR, NOT, IMPLEMENTATION_DEPENDENT, UNDETERMINED = Answer
GRAPH = Graph(
    [
        *(Node(f"bids[{i}]", Role.DATA) for i in range(3)),
        Node("lse", Role.HIDDEN, tuple(f"bids[{i}]" for i in range(3)), label="log-sum-exp"),
        *(
            Node(f"d{k}", Role.GRADIENT, ("lse", f"bids[{i}]"), label=f"δ[{k}]")
            for i, k in enumerate("ABC")
        ),
    ]
)
SILENT = Intervention("exp(bids[0])", ("A", "B"), ("A",))
HELD = Intervention("log(x)", ("A", "B"), ("A", "B"))
WRONG = Intervention("sqrt(y)", ("A",), ("C",))


def witness(
    pair: tuple[str, str], name: str = "log-sum-exp", expression: str = "log(exp(bids[0]) + …)"
) -> Witness:
    """Make a shared variable that is a parent of both gradients."""
    first, second = pair
    return Witness(pair, name, expression, (("lse", f"d{first}"), ("lse", f"d{second}")))


def verdict(answer: Answer, **changes: Any) -> Verdict:  # noqa: ANN401 - any field
    """Make a verdict on three mechanisms, the same for all pairs."""
    pairs = {("A", "B"): answer, ("A", "C"): answer, ("B", "C"): answer}
    fields: dict[str, Any] = {
        "answer": answer,
        "pairs": pairs,
        "witnesses": tuple(map(witness, pairs)) if answer is NOT else (),
        "joined_as_coded": frozenset() if answer is MODULAR else frozenset(pairs),
        "joined_at_most": frozenset(pairs) if answer is NOT else frozenset(),
        "conditioned": ("bids", "rewards"),
        "context": ("actions",),
        "zero": (),
        "reads": {},
        "selection": "route",
        "graph": GRAPH,
        "hidden": 5,
    }
    return Verdict(**{**fields, **changes})
