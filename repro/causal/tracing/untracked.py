"""Tensors that a trace meets and has not seen made, and memory that Python can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.causal.tracing.shadow_memory import address

if TYPE_CHECKING:
    from torch import Tensor

    from repro.causal.symbolic.expressions import Expressions
    from repro.causal.tracing.shadow_memory import Shadow


class Outside:
    """What has come from outside of a trace, and what can leave it unnoticed.

    Args:
        expressions: of the trace.
        shadow: of the trace.
    """

    def __init__(self, expressions: Expressions, shadow: Shadow) -> None:
        self._expressions, self._shadow = expressions, shadow
        self._lent: set[int] = set()
        self._cells: dict[int, int] = {}
        self._computed: list[Tensor] = []

    def take(self, tensor: Tensor) -> None:
        """Make roots of a tensor's elements; integers stay the constants that they are."""
        self.lend(tensor)
        if tensor.is_floating_point() and tensor.numel():
            # Where it lies tells one from another: arrays may be cut into tensors that overlap.
            size, first = tensor.element_size(), tensor.data_ptr()
            cells = [first + size * i for i in _offsets(tensor)]
            numbers = [self._cells.setdefault(cell, len(self._cells)) for cell in cells]
            nodes = [self._expressions.root("outside", number) for number in numbers]
            self._shadow.write(tensor, torch.tensor(nodes, dtype=torch.int64).view(tensor.shape))

    def lend(self, tensor: Tensor) -> None:
        """Note that Python may read a tensor's memory without an operator."""
        self._lent.add(address(tensor))

    def sees(self, computed: Tensor) -> bool:
        """Remember a computed tensor; tells whether it was written where Python may read it."""
        # Another tensor on the same memory: torch makes copies of one that somebody holds.
        self._computed.append(computed.detach())
        return address(computed) in self._lent

    def recognises(self, written: Tensor) -> bool:
        """Look for computed numbers among those that Python has written down.

        Some ways of making tensors run no operator that could be seen. Numbers with few digits are
        anybody's.
        """
        odd = written.detach().double()
        odd = odd[odd != (odd * 1e6).round() / 1e6]
        return odd.numel() > 0 and any(
            bool(torch.isin(computed.to(written.dtype).double(), odd).any())
            for computed in self._computed
        )


def _offsets(tensor: Tensor) -> list[int]:
    """Places of a tensor's elements in memory, counted from its first."""
    span = torch.arange(
        1 + sum((n - 1) * k for n, k in zip(tensor.shape, tensor.stride(), strict=True))
    )
    places: list[int] = span.as_strided(tensor.size(), tensor.stride()).flatten().tolist()
    return places
