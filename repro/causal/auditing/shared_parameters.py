"""The first premise of the modularity theorem: no two mechanisms share a parameter (talk:163)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from repro.causal.tracing.shadow_memory import element_addresses
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repro.causal.auditing.findings import Pair


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


def sharing_gradients(
    mechanisms: Mapping[str, Any], names: Iterable[str], steps: Mapping[str, tuple[str, int]]
) -> tuple[Pair, ...]:
    """Find the pairs of gradients whose mechanisms share parameters.

    Args:
        mechanisms: the parameters of each, see `tensors`.
        names: of the gradients.
        steps: the mechanism, and the step, of each gradient that belongs to a single step.

    Raises:
        AuditError: a mechanism with a gradient is missing.
    """
    mechanisms = {str(name): parameters for name, parameters in mechanisms.items()}
    owner = {name: steps[name][0] if name in steps else name for name in names}
    owners = dict.fromkeys(owner.values())
    if missing := [name for name in owners if name not in mechanisms]:
        raise AuditError(
            f"mechanisms: no parameters of {', '.join(missing)}; given {', '.join(mechanisms)}; expected "
            "the parameters of every mechanism with a gradient"
        )
    found = set(shared_parameters({name: mechanisms[name] for name in owners}))
    return tuple(
        (a, b) for a, b in itertools.combinations(owner, 2) if (owner[a], owner[b]) in found
    )
