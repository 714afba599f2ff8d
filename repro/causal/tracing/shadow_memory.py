"""The node of every tensor element, stored by memory address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.causal.tracing.source_lines import here
from repro.errors import AuditError

if TYPE_CHECKING:
    from torch import Tensor

    from repro.causal.symbolic.expressions import ExpressionGraph


class ShadowMemory:
    """Nodes by the address of a tensor's memory.

    Views, in-place writes and tensors saved by autograd share that memory, so they need no special
    handling. For a tensor of constants, nodes are made when they are first read.
    """

    def __init__(self, expressions: ExpressionGraph) -> None:
        self._expressions = expressions
        self._nodes: dict[int, Tensor | None] = {}
        self._alive: list[object] = []  # so that no address is used again

    def knows(self, tensor: Tensor) -> bool:
        """Return whether this tensor's memory has nodes."""
        return _stores_nothing(tensor) or address(tensor) in self._nodes

    def is_constant(self, tensor: Tensor) -> bool:
        """Return whether all elements are constants."""
        if _stores_nothing(tensor) or self._nodes.get(address(tensor)) is None:
            return True
        is_constant = self._expressions.is_constant
        return all(is_constant(i) for i in set(self.read(tensor).flatten().tolist()))

    def read(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor's elements, int64 of the same shape; a view."""
        if _stores_nothing(tensor):
            return torch.zeros(tensor.shape, dtype=torch.int64)
        nodes = self._nodes.get(address(tensor))
        if nodes is None:
            nodes = self._constants(tensor)
        elif len(nodes) != _length(tensor):
            raise AuditError(
                "the rule reads memory as numbers of another size (complex, or view(dtype)); expected "
                "real numbers of one type"
            )
        return torch.as_strided(nodes, tensor.size(), tensor.stride(), tensor.storage_offset())

    def write(self, tensor: Tensor, nodes: Tensor) -> None:
        """Set the nodes of a tensor's elements."""
        if _is_whole(tensor) and self._nodes.get(address(tensor)) is None:
            # All that is stored there is replaced, so no constants need to be made of it first.
            self._nodes[address(tensor)] = nodes.expand(tensor.shape).flatten().clone()
            self._alive.append(tensor.untyped_storage())
            return
        self.read(tensor).copy_(nodes)

    def set_constant(self, tensor: Tensor) -> None:
        """Make all elements constants, with their current values."""
        if _stores_nothing(tensor):
            return
        if self._nodes.get(address(tensor)) is not None:
            self.write(tensor, constants(self._expressions, tensor))
        else:
            self._nodes[address(tensor)] = None
            self._alive.append(tensor.untyped_storage())

    def _constants(self, tensor: Tensor) -> Tensor:
        """Make constants for the whole memory of a tensor."""
        whole = torch.as_strided(tensor.detach(), (_length(tensor),), (1,), 0)
        nodes = self._nodes[address(tensor)] = constants(self._expressions, whole)
        self._alive.append(tensor.untyped_storage())
        return nodes


def constants(expressions: ExpressionGraph, tensor: Tensor) -> Tensor:
    """Get constants with the values of a tensor's elements, int64 of the same shape."""
    values = tensor.detach().to(torch.float64).flatten().tolist()
    made = [expressions.constant(value) for value in values]
    return torch.tensor(made, dtype=torch.int64).view(tensor.shape)


def _stores_nothing(tensor: Tensor) -> bool:
    """Return whether a tensor stores no numbers: it is empty, only a shape, or zeros that are not stored."""
    return tensor.numel() == 0 or tensor.is_meta or tensor._is_zerotensor()  # noqa: SLF001 - torch's only name for it


def _is_whole(tensor: Tensor) -> bool:
    """Return whether a tensor has all numbers of its memory, in order."""
    stored = not _stores_nothing(tensor) and tensor.is_contiguous()
    return stored and tensor.numel() == _length(tensor)


def address(tensor: Tensor) -> int:
    """Get the address of a tensor's memory.

    Raises:
        AuditError: the tensor is not dense, so its elements have no addresses.
    """
    try:
        return tensor.untyped_storage().data_ptr()
    except NotImplementedError:
        raise AuditError(
            f"the rule has a tensor of layout {tensor.layout} ({here().line}); expected dense ones: call "
            ".to_dense() where it is made, or turn sparse gradients off"
        ) from None


def element_addresses(tensor: Tensor) -> list[int]:
    """List the addresses of a tensor's elements."""
    if not tensor.numel():
        return []
    span = torch.arange(
        1 + sum((n - 1) * k for n, k in zip(tensor.shape, tensor.stride(), strict=True))
    )
    offsets = span.as_strided(tensor.size(), tensor.stride()).flatten().tolist()
    first, size = tensor.data_ptr(), tensor.element_size()
    return [first + size * offset for offset in offsets]


def _length(tensor: Tensor) -> int:
    """Count the numbers that fit into a tensor's memory."""
    return tensor.untyped_storage().nbytes() // tensor.element_size()
