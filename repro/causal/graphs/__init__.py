"""Causal graphs whose nodes are computed by programs, and d-separation on them.

Modularity is a question about graphs: two mechanisms are independent if the conditioning set d-separates
them. A `Graph` is static. A `DynamicGraph` is a sequence of graphs, each of which an outer process such
as learning makes from the one before; unrolled, it is one graph. `d_separated` answers one query in
linear time, `Separation` many queries with the same conditioning set. Nothing here needs torch.
"""

from repro.causal.graphs.d_separation import Separation, d_separated
from repro.causal.graphs.dynamic import DynamicGraph, at
from repro.causal.graphs.graph import Graph, GraphError, Node, Role, mechanism_root

__all__ = [
    "DynamicGraph",
    "Graph",
    "GraphError",
    "Node",
    "Role",
    "Separation",
    "at",
    "d_separated",
    "mechanism_root",
]
