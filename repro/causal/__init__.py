"""Algorithmic causal graphs: drawn, questioned by d-separation, and traced from running code.

A node is computed by a program, its mechanism, from its parents (talk:94-110). A learner's functions,
its data and its credit assignment form one such graph, and two gradients are independent if what
credit assignment was given d-separates them (talk:165-182).
"""

from repro.causal.auditing.audit import audit, flattened_graph
from repro.causal.auditing.verdict import Answer, Intervention, Verdict, Witness
from repro.causal.graphs.d_separation import Separation, d_separated
from repro.causal.graphs.dynamic import DynamicGraph
from repro.causal.graphs.graph import Graph, GraphError, Node, Role
from repro.errors import AuditError

__all__ = [
    "Answer",
    "AuditError",
    "DynamicGraph",
    "Graph",
    "GraphError",
    "Intervention",
    "Node",
    "Role",
    "Separation",
    "Verdict",
    "Witness",
    "audit",
    "d_separated",
    "flattened_graph",
]
