"""Tensors that a trace did not see being made, and memory that Python can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.causal.tracing.shadow_memory import address, element_addresses

if TYPE_CHECKING:
    from torch import Tensor

    from repro.causal.symbolic.expressions import ExpressionGraph
    from repro.causal.tracing.shadow_memory import ShadowMemory


class UntrackedTensors:
    """Tensors from outside a trace, and the ways by which numbers can leave it unnoticed.

    Args:
        expressions: the trace's nodes.
        shadow: the trace's shadow memory.
    """

    def __init__(self, expressions: ExpressionGraph, shadow: ShadowMemory) -> None:
        self._expressions, self._shadow = expressions, shadow
        self._exposed: set[int] = set()
        self._cells: dict[int, int] = {}
        self._computed: list[Tensor] = []

    def add_roots(self, tensor: Tensor) -> None:
        """Make a tensor's elements roots; integers remain constants."""
        self.expose(tensor)
        if tensor.is_floating_point():
            # The address identifies a number: tensors made from one array may overlap.
            cells = self._cells
            numbers = [cells.setdefault(cell, len(cells)) for cell in element_addresses(tensor)]
            nodes = [self._expressions.root("outside", number) for number in numbers]
            self._shadow.write(tensor, torch.tensor(nodes, dtype=torch.int64).view(tensor.shape))

    def expose(self, tensor: Tensor) -> None:
        """Note that Python may read a tensor's memory without running an operator."""
        self._exposed.add(address(tensor))

    def remember(self, computed: Tensor) -> bool:
        """Remember a computed tensor; return whether Python may read its memory."""
        # Keep a detached tensor on the same memory: torch copies some tensors that are referenced.
        self._computed.append(computed.detach())
        return address(computed) in self._exposed

    def has_computed_values(self, literal: Tensor) -> bool:
        """Return whether a tensor of Python numbers contains computed ones.

        Some ways of making tensors run no operator that could be intercepted. Numbers with up to six
        decimals are ignored, because they occur by chance.
        """
        odd = literal.detach()
        # A short number in single precision has many digits in double precision.
        short = ((odd.double() * 1e6).round() / 1e6).to(odd.dtype)
        odd = odd[odd != short].double()
        return odd.numel() > 0 and any(
            bool(torch.isin(computed.to(literal.dtype).double(), odd).any())
            for computed in self._computed
        )
