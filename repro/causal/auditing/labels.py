"""Names of numbers that readers know: elements of inputs, of parameters and of other tensors."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor
from torch.nn import Module

from repro.causal.auditing.reachable_objects import reachable_objects
from repro.causal.tracing.shadow_memory import address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.causal.tracing.source_lines import Source
    from repro.causal.tracing.trace import Trace
    from repro.causal.tracing.untracked import OutsideTensor


_MOST_NUMBERS = 1_000_000
"""Numbers of an array above which it is not searched for those of a tensor."""


class Labels:
    """Names the elements of tensors, and the modules and lines that computed a number.

    Args:
        inputs: the rule's inputs by name.
        trace: of the rule.
        start: where to look for the names of tensors and modules that are no inputs, see
            `reachable_objects`.
    """

    def __init__(
        self, inputs: Mapping[str, Tensor], trace: Trace, start: Sequence[tuple[str, object]]
    ) -> None:
        self._names = list(inputs)
        self._shapes = [tuple(x.shape) for x in inputs.values()]
        # Not the trace itself, which is large and cannot be copied: verdicts keep their labels.
        self._untracked, self._start = trace.untracked, start
        self._sources, self._locations = trace.sources, trace.locations

    def input(self, number: int, element: int) -> str:
        """Name an element of an input, such as "bids[0, 2]"."""
        return _element(self._names[number], self._shapes[number], element)

    def outside(self, number: int) -> str:
        """Name an element of a tensor that is no input, such as "actor.2.weight[0, 3]"."""
        which, element = self._untracked.elements[number]
        owner, place = self._owners[which], element
        tensor = self._untracked.tensors[which].tensor
        shape = tuple(tensor.shape)
        if owner is not None:
            # A view of a parameter: count from the parameter's first element.
            if not (owner.is_contiguous() and tensor.is_contiguous()):
                return self.tensors[which]
            shape = tuple(owner.shape)
            place += (tensor.data_ptr() - owner.data_ptr()) // tensor.element_size()
        return _element(self.tensors[which], shape, place)

    def is_function(self, number: int) -> bool:
        """Return whether a number that is no input belongs to a parameter or buffer of a module."""
        return self.functions[self._untracked.elements[number][0]]

    def tensor_of(self, number: int) -> str:
        """Name the tensor of a number that is no input."""
        return self.tensors[self._untracked.elements[number][0]]

    @cached_property
    def tensors(self) -> Sequence[str]:
        """Names of `trace.untracked.tensors`; views of one tensor have one name."""
        names: dict[int, str] = {}
        taken: dict[str, int] = {}
        for x in self._untracked.tensors:
            if address(x.tensor) not in names:
                name = self._tensor(x)
                taken[name] = number = taken.get(name, 0) + 1
                names[address(x.tensor)] = name if number == 1 else f"{name} ({number})"
        return [names[address(x.tensor)] for x in self._untracked.tensors]

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of these tensors by name; without tensors of one name and several shapes."""
        found: dict[str, set[tuple[int, ...]]] = {}
        for x, owner, name in zip(self._untracked.tensors, self._owners, self.tensors, strict=True):
            found.setdefault(name, set()).add(tuple((x.tensor if owner is None else owner).shape))
        return {name: next(iter(shapes)) for name, shapes in found.items() if len(shapes) == 1}

    @cached_property
    def functions(self) -> Sequence[bool]:
        """For each of these, whether it is a parameter or buffer of a torch module."""
        return [
            x.is_parameter or (address(x.tensor) in self._in_modules)
            for x in self._untracked.tensors
        ]

    def place(self, base: int) -> str:
        """Say where a base was computed first: "trunk.1, agent.py:12"; "" if unknown."""
        source = self._source(base)
        if source is None:
            return ""
        return ", ".join(filter(None, (self.module(base), source.line)))

    def module(self, base: int) -> str:
        """Name the torch module that computed a base in its forward pass; "" if there is none."""
        source = self._source(base)
        if source is None or source.module is None:
            return ""
        known = self._modules.get(id(source.module))
        return known or type(source.module).__name__

    def _source(self, base: int) -> Source | None:
        found = self._locations.get(base)
        return self._sources[found[0][0] - 1] if found else None

    def _tensor(self, one: OutsideTensor) -> str:
        known = self._known.get(address(one.tensor))
        if known is not None:
            return known[0]
        sampled = [name for name, array in self._arrays if _contains(array, one.tensor)]
        if len(sampled) == 1:
            return f"part of {sampled[0]}"
        kind = "parameter" if one.is_parameter else "tensor"
        shape = " × ".join(map(str, one.tensor.shape)) or "one number"
        return f"{kind} of {shape}" + (f" ({one.line})" if one.line else "")

    @cached_property
    def _owners(self) -> Sequence[Tensor | None]:
        found = (self._known.get(address(x.tensor)) for x in self._untracked.tensors)
        return [None if known is None else known[1] for known in found]

    @cached_property
    def _reachable(
        self,
    ) -> tuple[
        dict[int, tuple[str, Tensor]],
        dict[int, str],
        set[int],
        list[tuple[str, np.ndarray]],
    ]:
        """Find named tensors by address, modules by id, addresses of modules' tensors, and arrays."""
        arrays: list[tuple[str, np.ndarray]] = []
        tensors: dict[int, tuple[str, Tensor]] = {}
        modules: dict[int, str] = {}
        in_modules: set[int] = set()
        for name, x in reachable_objects(self._start):
            if isinstance(x, Tensor) and name:
                tensors.setdefault(address(x), (name, x.detach()))
            elif isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.size <= _MOST_NUMBERS:
                arrays.append((name, x))
            elif isinstance(x, Module):
                modules[id(x)] = name
                in_modules.update(map(address, (*x.parameters(), *x.buffers())))
        return tensors, modules, in_modules, arrays

    @property
    def _known(self) -> dict[int, tuple[str, Tensor]]:
        return self._reachable[0]

    @property
    def _modules(self) -> dict[int, str]:
        return self._reachable[1]

    @property
    def _in_modules(self) -> set[int]:
        return self._reachable[2]

    @property
    def _arrays(self) -> list[tuple[str, np.ndarray]]:
        return self._reachable[3]


def _contains(array: np.ndarray, tensor: Tensor) -> bool:
    """Return whether an array holds all numbers of a tensor, among which are three different ones."""
    numbers = tensor.detach().flatten().numpy()
    return bool(
        len(np.unique(numbers)) > 2  # noqa: PLR2004 - zeros and ones are in many arrays
        and np.isin(numbers, array.astype(numbers.dtype)).all()
    )


def _element(name: str, shape: Sequence[int], element: int) -> str:
    index: list[str] = []
    for size in reversed(shape):
        index.insert(0, str(element % size))
        element //= size
    return f"{name}[{', '.join(index)}]" if index else name
