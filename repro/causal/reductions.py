"""Operators that sum elements, or select one of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from repro.causal.expression import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.causal.operators import Nodes


def _dims(given: object, tensor: Tensor) -> list[int]:
    """Read a `dim` argument: none at all means all."""
    if given is None or given == []:
        return list(range(tensor.dim()))
    listed = [given] if isinstance(given, int) else list(given)  # type: ignore[call-overload]  # a list of int
    return [dim % max(tensor.dim(), 1) for dim in listed]


def _groups(ids: Tensor, dims: list[int]) -> Tensor:
    """Lay out elements [groups, members], a group for each element of the reduced tensor."""
    if ids.dim() == 0:
        return ids.view(1, 1)
    rest = [dim for dim in range(ids.dim()) if dim not in dims]
    size = 1
    for dim in dims:
        size *= ids.shape[dim]
    return ids.permute(*rest, *dims).reshape(-1, size)


def _sum(nodes: Nodes) -> list[Tensor]:
    e, tensor = nodes.expressions, nodes.given["self"]
    groups = _groups(nodes.of(tensor), _dims(nodes.given.get("dim"), tensor)).tolist()
    made = []
    for group in groups:
        weight = 1 / len(group) if nodes.call.name == "mean" else 1.0
        made.append(e.combination([(i, weight) for i in group if i != ZERO]))
    return [torch.tensor(made, dtype=torch.int64).view(nodes.output.shape)]


def _product(nodes: Nodes) -> list[Tensor]:
    e, tensor = nodes.expressions, nodes.given["self"]
    made = []
    for group in _groups(nodes.of(tensor), _dims(nodes.given.get("dim"), tensor)).tolist():
        total = e.constant(1)
        for i in group:
            total = e.times(total, i)
        made.append(total)
    return [torch.tensor(made, dtype=torch.int64).view(nodes.output.shape)]


def _running(nodes: Nodes) -> list[Tensor]:
    """Follow cumulative sums and products: each is made from the one before."""
    e, dim = nodes.expressions, nodes.given["dim"]
    ids = nodes.of(nodes.given["self"])
    if ids.dim() == 0:
        return [ids.clone()]
    together = e.plus if nodes.call.name == "cumsum" else e.times
    last = ids.movedim(dim, -1)
    rows = []
    for row in last.reshape(-1, last.shape[-1]).tolist():
        for place in range(1, len(row)):
            row[place] = together(row[place - 1], row[place])
        rows.append(row)
    return [torch.tensor(rows, dtype=torch.int64).view(last.shape).movedim(-1, dim)]


def _selected(nodes: Nodes) -> list[Tensor]:
    """Follow what returns elements along a dimension together with their places."""
    given, (values, places) = nodes.given, nodes.call.outputs
    tensor = given["self"]
    dim = given.get("dim", -1)
    ids = nodes.of(tensor)
    if ids.dim() == 0:
        return [ids.clone(), nodes.constants(places)]
    keeps = values.dim() == tensor.dim()
    where = places if keeps else places.unsqueeze(dim)
    if nodes.trace.strict:
        found, chosen = _ranked(nodes, ids.movedim(dim, -1), where.movedim(dim, -1))
        found, chosen = found.movedim(-1, dim), chosen.movedim(-1, dim)
    else:
        found, chosen = ids.gather(dim, where), nodes.constants(where)
    return [x if keeps else x.squeeze(dim) for x in (found, chosen)]


def _ranked(nodes: Nodes, ids: Tensor, where: Tensor) -> tuple[Tensor, Tensor]:
    """Make a node of each order statistic, and of its place."""
    e, name = nodes.expressions, nodes.call.name
    rows = ids.reshape(-1, ids.shape[-1]).tolist()
    values, places = [], []
    for row in rows:
        members = tuple(sorted(row))
        if all(e.is_constant(i) for i in members):
            raise NotImplementedError(f"{name} of constants beside computed values")
        for rank in range(where.shape[-1]):
            values.append(e.apply(name, members, rank))
            places.append(e.apply(f"place of {name}", tuple(row), rank))
    shape = where.shape
    return (
        torch.tensor(values, dtype=torch.int64).view(shape),
        torch.tensor(places, dtype=torch.int64).view(shape),
    )


def _extreme(nodes: Nodes) -> list[Tensor]:
    """Follow the largest or smallest element of each group."""
    given, e = nodes.given, nodes.expressions
    tensor = given["self"]
    dims = _dims(given.get("dim"), tensor)
    groups, numbers = _groups(nodes.of(tensor), dims), _groups(tensor.detach(), dims)
    name = nodes.call.name.removeprefix("a")
    if nodes.trace.strict:
        made = [
            row[0] if len(set(row)) == 1 else e.apply(name, tuple(sorted(row)), 0)
            for row in groups.tolist()
        ]
        return [torch.tensor(made, dtype=torch.int64).view(nodes.output.shape)]
    where = numbers.argmax(1) if name == "max" else numbers.argmin(1)
    return [groups.gather(1, where[:, None]).view(nodes.output.shape)]


def _max_or_min(nodes: Nodes) -> list[Tensor]:
    return _selected(nodes) if "dim" in nodes.given else _extreme(nodes)


def _place(nodes: Nodes) -> list[Tensor]:
    """Follow argmax and its kin: which one it is is context, unless asked otherwise."""
    if not nodes.trace.strict:
        return [nodes.constants(nodes.output)]
    e, tensor, output = nodes.expressions, nodes.given["self"], nodes.output
    dim = nodes.given.get("dim")
    ids = nodes.of(tensor)
    if nodes.call.name == "argsort":
        rows = ids.movedim(-1 if dim is None else dim, -1)
        flat = rows.reshape(-1, rows.shape[-1]).tolist()
        made = [e.apply("place of sort", tuple(r), rank) for r in flat for rank in range(len(r))]
        places = torch.tensor(made, dtype=torch.int64).view(rows.shape)
        return [places.movedim(-1, -1 if dim is None else dim)]
    groups = _groups(ids, _dims(dim, tensor)).tolist()
    name = nodes.call.name.removeprefix("arg")
    made = [e.apply(f"place of {name}", tuple(group), 0) for group in groups]
    return [torch.tensor(made, dtype=torch.int64).view(output.shape)]


def _truth(nodes: Nodes) -> list[Tensor]:
    """Follow `any` and `all`."""
    e, tensor = nodes.expressions, nodes.given["self"]
    made = [
        e.apply(nodes.call.name, tuple(sorted(set(group))))
        for group in _groups(nodes.of(tensor), _dims(nodes.given.get("dim"), tensor)).tolist()
    ]
    return [torch.tensor(made, dtype=torch.int64).view(nodes.output.shape)]


HANDLED: dict[str, Callable[[Nodes], list[Tensor]]] = {
    "all": _truth,
    "amax": _extreme,
    "amin": _extreme,
    "any": _truth,
    "argmax": _place,
    "argmin": _place,
    "argsort": _place,
    "cummax": _selected,
    "cummin": _selected,
    "cumprod": _running,
    "cumsum": _running,
    "kthvalue": _selected,
    "max": _max_or_min,
    "mean": _sum,
    "median": _selected,
    "min": _max_or_min,
    "mode": _selected,
    "prod": _product,
    "sort": _selected,
    "sum": _sum,
    "topk": _selected,
}
