"""Where in a run values are computed, so that an intervention can change them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.symbolic.expressions import CONSTANT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch
    from torch import Tensor

    from repro.causal.tracing.operators.nodes import Nodes

Location = tuple[int, int, int]
"""The operator that made a value (counted from 1), which of its outputs, and which element of that."""


class Locations:
    """The locations of all bases.

    Attributes:
        found: for each base, where the running code computes its value.

    Args:
        base: of each node; grows while the code runs.
    """

    def __init__(self, base: list[int]) -> None:
        self._base = base
        self.found: dict[int, list[Location]] = {}

    def of_arguments(self, nodes: Nodes, tensors: Iterable[Tensor]) -> set[int]:
        """Find the bases of tensor arguments as they were before the operator ran."""
        base = self._base
        return {base[i] for x in tensors for i in nodes.of(x).flatten().tolist()}

    def add(self, nodes: Nodes, step: int, which: int, ids: Tensor, inputs: set[int]) -> None:
        """Note where an operator computes values that its inputs did not have.

        Args:
            nodes: of the operator's call.
            step: its number.
            which: of its outputs.
            ids: nodes of that output's elements.
            inputs: bases of the operator's arguments.
        """
        base = self._base
        arguments: list[set[int]] | None = None
        for element, i in enumerate(ids.flatten().tolist()):
            if base[i] == CONSTANT:
                continue
            if base[i] in inputs:
                if not nodes.call.is_pointwise:
                    continue
                if arguments is None:
                    arguments = self._by_element(nodes, nodes.call.outputs[which].shape)
                if base[i] in arguments[element]:
                    continue
            self.found.setdefault(base[i], []).append((step, which, element))

    def _by_element(self, nodes: Nodes, shape: torch.Size) -> list[set[int]]:
        """Find the bases that each output element of a pointwise operator was computed from."""
        base = self._base
        columns = [nodes.column(x, shape) for x in nodes.call.tensors]
        return [{base[i] for i in row} for row in zip(*columns, strict=True)]
