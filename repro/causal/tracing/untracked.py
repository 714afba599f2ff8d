"""Tensors that a trace did not see being made, and memory that Python can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from repro.causal.tracing.shadow_memory import address, element_addresses

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from repro.causal.symbolic.expressions import ExpressionGraph
    from repro.causal.tracing.made import MadeTensor
    from repro.causal.tracing.shadow_memory import ShadowMemory


class OutsideTensor(NamedTuple):
    """A tensor that is not an input and that no recorded operator made.

    Attributes:
        tensor: the tensor, without its history.
        is_parameter: whether it is a parameter of a torch module.
        line: where it was first used, such as "agent.py:31".
    """

    tensor: Tensor
    is_parameter: bool
    line: str


class UntrackedTensors:
    """Tensors from outside a trace, and the ways by which numbers can leave it unnoticed.

    Attributes:
        tensors: those whose elements are roots.
        elements: for each root, by its number: which of `tensors`, and which element of it.
        computed: for each root that was computed outside of torch, from which data, by number.
        unknown: numbers of the roots that the code made of numbers of unknown origin.

    Args:
        expressions: the trace's nodes.
        shadow: the trace's shadow memory.
    """

    def __init__(self, expressions: ExpressionGraph, shadow: ShadowMemory) -> None:
        self._expressions, self._shadow = expressions, shadow
        self.tensors: list[OutsideTensor] = []
        self.elements: list[tuple[int, int]] = []
        self.computed: dict[int, frozenset[int]] = {}
        self.unknown: set[int] = set()
        self._exposed: set[int] = set()
        self._cells: dict[Hashable, int] = {}
        self._arrays: dict[tuple[object, ...], tuple[list[int], np.ndarray]] = {}
        self._computed: list[Tensor] = []

    def add_roots(self, tensor: Tensor, line: str) -> None:
        """Make a tensor's elements roots; integers remain constants.

        Args:
            tensor: any tensor.
            line: where it is used first.
        """
        if tensor.is_floating_point():
            # The address identifies a number: tensors made from one array may overlap.
            self._write_roots(tensor, element_addresses(tensor), line)

    def add_copy(self, tensor: Tensor, array: np.ndarray, line: str) -> None:
        """Make the elements of a tensor roots that has just been copied from an array.

        Copies of one element, or of arrays with equal numbers, are one root.

        Args:
            tensor: of real numbers, with as many elements as the array.
            array: of any type.
            line: where the copy was made.
        """
        key = (array.shape, array.dtype.str, array.tobytes())
        known = self._arrays.get(key)
        if known is None:
            start, strides = array.__array_interface__["data"][0], array.strides
            places = np.indices(array.shape).reshape(array.ndim, -1)
            offsets = (np.array(strides, dtype=np.int64)[:, None] * places).sum(axis=0)
            cells = [start + int(offset) for offset in offsets]
            # The array is kept, so that its address is not used again.
            known = (cells, array)
            if len(np.unique(array)) > 1:  # equal numbers throughout, such as zeros, say nothing
                self._arrays[key] = known
            else:
                self._arrays[(*key, start)] = known
        self._write_roots(tensor, known[0], line)

    def add_drawn(self, tensor: Tensor, line: str) -> None:
        """Make the elements of a tensor of random numbers roots; integers and truth values remain constants.

        Args:
            tensor: just drawn; its memory may have held other numbers before.
            line: where it was drawn.
        """
        if tensor.is_floating_point():
            first = -1 - len(self.elements)
            self._write_roots(tensor, [first - k for k in range(tensor.numel())], line)

    def add_made(self, tensor: Tensor, made: MadeTensor, line: str) -> None:
        """Note what is known of a tensor's elements; those that depend on data become roots if they are constants.

        Args:
            tensor: of real numbers, just made.
            made: its elements.
            line: where it was made.
        """
        e = self._expressions
        if self._shadow.is_constant(tensor) and any(key is not None for key in made.keys):
            constant = self._shadow.read(tensor).clone()
            self._write_roots(tensor, [("made", key) for key in made.keys], line)
            is_data = torch.tensor([key is not None for key in made.keys]).view(tensor.shape)
            self._shadow.write(tensor, torch.where(is_data, self._shadow.read(tensor), constant))
        for i, computed, unknown in zip(
            self._shadow.read(tensor).flatten().tolist(), made.computed, made.unknown, strict=True
        ):
            if e.op[i] != "outside":
                continue
            root = int(str(e.extra[i][0]))
            if computed:
                self.computed[root] = computed
            elif unknown:
                self.unknown.add(root)

    def _write_roots(self, tensor: Tensor, cells: Sequence[Hashable], line: str) -> None:
        number = len(self.tensors)
        is_parameter = isinstance(tensor, torch.nn.Parameter)
        self.tensors.append(OutsideTensor(tensor.detach(), is_parameter, line))
        nodes = []
        for element, cell in enumerate(cells):
            if cell not in self._cells:
                self._cells[cell] = len(self._cells)
                self.elements.append((number, element))
            nodes.append(self._expressions.root("outside", self._cells[cell]))
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
