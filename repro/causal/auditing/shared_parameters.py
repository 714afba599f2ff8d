"""The first premise of the modularity theorem: no two mechanisms share a parameter (talk:163)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from repro.causal.tracing.shadow_memory import element_addresses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.causal.auditing.verdict import Pair


def tensors(parameters: Any) -> list[Tensor]:  # noqa: ANN401 - nested tensors, or a module
    """List the tensors of a mechanism: a tensor, nested tensors, or the parameters of a module."""
    if isinstance(parameters, torch.nn.Module):
        return list(parameters.parameters())
    return [x for x in tree_leaves(parameters) if isinstance(x, Tensor)]


def shared_parameters(mechanisms: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Find the pairs of mechanisms whose parameters overlap in memory.

    Slices of one tensor that do not overlap are not shared.

    Args:
        mechanisms: the parameters of each, see `tensors`.
    """
    cells = {
        name: {cell for x in tensors(parameters) for cell in element_addresses(x)}
        for name, parameters in mechanisms.items()
    }
    return tuple(
        (a, b) for a, b in itertools.combinations(cells, 2) if not cells[a].isdisjoint(cells[b])
    )
