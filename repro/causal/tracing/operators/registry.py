"""Chooses the rule for each operator.

An operator that consists of simpler ones is decomposed (`decompositions`). Otherwise one of the tables
has a rule for it: it moves elements (`indexing`, `writing`), adds or multiplies them (`reductions`), selects
some (`order_statistics`), compares them (`comparisons`), or computes each element separately (`elementwise`). For any other operator, every
output is assumed to depend on every input, and the verdict names the operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from repro.causal.symbolic.expressions import APPROXIMATED
from repro.causal.tracing.operators import (
    comparisons,
    decompositions,
    elementwise,
    indexing,
    matrix_products,
    order_statistics,
    reductions,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal.tracing.operator_call import OperatorCall
    from repro.causal.tracing.operators.nodes import Nodes

RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    **indexing.RULES,
    **reductions.RULES,
    **matrix_products.RULES,
    **order_statistics.RULES,
    **elementwise.RULES,
    **comparisons.RULES,
    **writing.RULES,
}


def decomposition(call: OperatorCall) -> Callable[..., Any] | None:
    """Find a function that computes the same with simpler operators."""
    own = decompositions.OWN.get(call.name)
    if own is not None:
        return own if not call.mutated else decompositions.into(own, call.mutated[0])
    if call.name.startswith("_foreach_"):
        return decompositions.one_by_one(call.name, in_place=bool(call.mutated))
    has_rule = call.name in RULES or call.is_pointwise
    if has_rule or call.is_view or not call.tensors:
        return None
    return decompositions.of_torch(call.func)


def follow(nodes: Nodes) -> list[Tensor]:
    """Compute the nodes of each output of a call."""
    call = nodes.call
    if call.outputs[0].dtype == torch.bool and nodes.in_backward_of_selection():
        return [nodes.constants(tensor) for tensor in call.outputs]
    # If an operator that may return a view did not, it returned a copy.
    rule = indexing.move if call.is_view else RULES.get(call.name)
    if rule is None and call.is_pointwise:
        backward = call.name.endswith("_backward")
        rule = elementwise.backward if backward else elementwise.pointwise
    if rule is not None:
        try:
            made = rule(nodes)
        except Exception:  # noqa: BLE001 - the rule does not know this form of the operator
            made = []
        if len(made) == len(call.outputs):
            return made
    if all(nodes.is_given(tensor) for tensor in call.tensors):
        return [nodes.constants(tensor) for tensor in call.outputs]
    return _approximated(nodes)


def _approximated(nodes: Nodes) -> list[Tensor]:
    """Make every output depend on every input; equal calls get equal nodes."""
    call, e, recording = nodes.call, nodes.expressions, nodes.recording
    recording.approximated[call.name] = None
    key: list[object] = [call.name]
    found: set[int] = set()
    for name, argument in nodes.given.items():
        for leaf in tree_leaves(argument):
            if isinstance(leaf, Tensor):
                ids = [e.plain(i) for i in nodes.of(leaf).flatten().tolist()]
                found.update(ids)
                key.append((name, tuple(leaf.shape), tuple(ids)))
            else:
                key.append((name, str(leaf)))
    parents = tuple(i for i in sorted(found) if not e.is_constant(i))
    calls = recording.approximated_calls
    number = calls.setdefault(tuple(key), len(calls))
    made = []
    for which, tensor in enumerate(call.outputs):
        ids = [
            e.apply(APPROXIMATED + call.name, parents, number, which, element)
            for element in range(tensor.numel())
        ]
        made.append(torch.tensor(ids, dtype=torch.int64).view(tensor.shape))
    return made
