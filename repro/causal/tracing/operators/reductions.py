"""Operators that add or multiply elements."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.symbolic.expressions import ZERO
from repro.causal.tracing.operators.axes import dims_of, groups_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal.tracing.operators.nodes import Nodes


def _terms(nodes: Nodes) -> Tensor:
    """Get the nodes to reduce; real numbers are truncated first if the result is an integer."""
    tensor, output = nodes.given["self"], nodes.output
    ids = nodes.of(tensor)
    if tensor.is_floating_point() <= output.is_floating_point() or output.dtype == torch.bool:
        return ids
    e, op = nodes.expressions, f"cut to {output.dtype}"
    cut = [i if e.is_constant(i) else e.apply(op, (i,)) for i in ids.flatten().tolist()]
    return torch.tensor(cut, dtype=torch.int64).view(ids.shape)


def _groups(nodes: Nodes) -> list[list[int]]:
    dims = dims_of(nodes.given.get("dim"), nodes.given["self"])
    groups: list[list[int]] = groups_of(_terms(nodes), dims).tolist()
    return groups


def _sum(nodes: Nodes) -> list[Tensor]:
    made = []
    for group in _groups(nodes):
        weight = 1 / len(group) if nodes.call.name == "mean" else 1.0
        made.append(nodes.expressions.combination([(i, weight) for i in group if i != ZERO]))
    return [nodes.as_output(made)]


def _product(nodes: Nodes) -> list[Tensor]:
    e, made = nodes.expressions, []
    if nodes.is_given(nodes.given["self"]):  # a product of flags
        return [nodes.constants(nodes.output)]
    for group in _groups(nodes):
        total = e.constant(1)
        for i in group:
            total = e.times(total, i)
        made.append(total)
    return [nodes.as_output(made)]


def _running(nodes: Nodes) -> list[Tensor]:
    """Follow cumulative sums and products; each element is computed from the one before."""
    e, dim = nodes.expressions, nodes.given["dim"]
    ids = _terms(nodes)
    if ids.dim() == 0:
        return [ids.clone()]
    if nodes.call.name == "cumprod" and nodes.is_given(nodes.given["self"]):
        return [nodes.constants(nodes.output)]
    combine = e.plus if nodes.call.name == "cumsum" else e.times
    last = ids.movedim(dim, -1)
    rows = []
    for row in last.reshape(-1, last.shape[-1]).tolist():
        for i in range(1, len(row)):
            row[i] = combine(row[i - 1], row[i])
        rows.append(row)
    return [torch.tensor(rows, dtype=torch.int64).view(last.shape).movedim(-1, dim)]


def _truth(nodes: Nodes) -> list[Tensor]:
    """Follow `any` and `all`."""
    values = nodes.output.flatten().tolist()
    rows = zip(_groups(nodes), values, strict=True)
    name = "any" if "any" in nodes.call.name else "all"
    return [nodes.as_output([nodes.node(name, tuple(sorted(set(row))), v) for row, v in rows])]


RULES: dict[str, Callable[[Nodes], list[Tensor]]] = {
    "_is_all_true": _truth,
    "_is_any_true": _truth,
    "all": _truth,
    "any": _truth,
    "cumprod": _running,
    "cumsum": _running,
    "mean": _sum,
    "prod": _product,
    "sum": _sum,
}
