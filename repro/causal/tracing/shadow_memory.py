"""The node of every element of every tensor, kept beside its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.errors import AuditError

if TYPE_CHECKING:
    from torch import Tensor

    from repro.causal.symbolic.expressions import Expressions


class Shadow:
    """Nodes by the address of a tensor's memory.

    Views, in-place writes and what autograd saves for later share that memory and need no care.
    Tensors whose elements are all constants have no nodes until somebody asks.
    """

    def __init__(self, expressions: Expressions) -> None:
        """Start with no tensor known."""
        self._expressions = expressions
        self._nodes: dict[int, Tensor | None] = {}
        self._alive: list[object] = []  # an address must not be used again

    def knows(self, tensor: Tensor) -> bool:
        """Tell whether something was written for this tensor's memory."""
        return _has_none(tensor) or address(tensor) in self._nodes

    def is_constant(self, tensor: Tensor) -> bool:
        """Tell whether all elements are constants."""
        if _has_none(tensor) or self._nodes.get(address(tensor)) is None:
            return True
        is_constant = self._expressions.is_constant
        return all(is_constant(i) for i in set(self.read(tensor).flatten().tolist()))

    def read(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor's elements, int64 of the same shape; a view."""
        if _has_none(tensor):
            return torch.zeros(tensor.shape, dtype=torch.int64)
        nodes = self._nodes.get(address(tensor))
        if nodes is None:
            nodes = self._constants(tensor)
        elif len(nodes) != _length(tensor):
            raise AuditError(
                "the rule reads memory as numbers of another size (complex, or view(dtype)); expected "
                "tensors of one kind of real numbers"
            )
        return torch.as_strided(nodes, tensor.size(), tensor.stride(), tensor.storage_offset())

    def write(self, tensor: Tensor, nodes: Tensor) -> None:
        """Set the nodes of a tensor's elements."""
        self.read(tensor).copy_(nodes)

    def set_constant(self, tensor: Tensor) -> None:
        """Set all elements to the constants that they are."""
        if _has_none(tensor):
            return
        if self._nodes.get(address(tensor)) is not None:
            self.write(tensor, self._by_value(tensor))
        else:
            self._nodes[address(tensor)] = None
            self._alive.append(tensor.untyped_storage())

    def _constants(self, tensor: Tensor) -> Tensor:
        """Make nodes for the whole memory of a tensor, as constants."""
        whole = torch.as_strided(tensor.detach(), (_length(tensor),), (1,), 0)
        nodes = self._nodes[address(tensor)] = self._by_value(whole)
        self._alive.append(tensor.untyped_storage())
        return nodes

    def _by_value(self, tensor: Tensor) -> Tensor:
        return constants(self._expressions, tensor)


def constants(expressions: Expressions, tensor: Tensor) -> Tensor:
    """Make constants of a tensor's elements, int64 of the same shape."""
    values = tensor.detach().to(torch.float64).flatten().tolist()
    made = [expressions.constant(value) for value in values]
    return torch.tensor(made, dtype=torch.int64).view(tensor.shape)


def _has_none(tensor: Tensor) -> bool:
    """Tell whether a tensor has no numbers in memory: none at all, or zeros that nobody stores."""
    return tensor.numel() == 0 or tensor._is_zerotensor()  # noqa: SLF001 - torch's only name for it


def address(tensor: Tensor) -> int:
    """Tell where a tensor's memory begins."""
    return tensor.untyped_storage().data_ptr()


def _length(tensor: Tensor) -> int:
    """Count the numbers that fit into a tensor's memory."""
    return tensor.untyped_storage().nbytes() // tensor.element_size()
