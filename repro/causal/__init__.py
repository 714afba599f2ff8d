"""Algorithmic causal graphs, and the audit of credit-assignment rules.

In an algorithmic causal graph, each node is computed by a program, its mechanism, from its parents
(talk:94-110). A learner's functions, its data and its credit assignment form such a graph, and two gradients
are independent if the inputs of credit assignment d-separate them (talk:165-182). `graphs` has the graphs,
`symbolic` and `tracing` get them from running torch code, and `auditing` decides whether a rule is modular.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from repro.causal.graphs import (
    DynamicGraph,
    Graph,
    GraphError,
    Node,
    Role,
    Separation,
    d_separated,
)
from repro.errors import AuditError

__all__ = [
    "Answer",
    "AuditDiff",
    "AuditError",
    "DynamicGraph",
    "Graph",
    "GraphError",
    "HiddenVariable",
    "Intervention",
    "Node",
    "Role",
    "Separation",
    "Verdict",
    "Witness",
    "assert_modular",
    "audit",
    "audit_diff",
    "audit_module",
    "d_separated",
    "flattened_graph",
    "rows",
]

if TYPE_CHECKING:
    from repro.causal.auditing import (
        Answer,
        AuditDiff,
        HiddenVariable,
        Intervention,
        Verdict,
        Witness,
        assert_modular,
        audit,
        audit_diff,
        audit_module,
        flattened_graph,
        rows,
    )
else:

    def __getattr__(name: str) -> object:
        """Import `auditing`, which needs torch, when one of its names is first used."""
        if name in __all__:
            return getattr(import_module("repro.causal.auditing"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
