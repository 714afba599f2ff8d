"""The state of an agent: everything that a training step may change, so that an audit can put it back.

That is the attributes of objects and the elements of lists, dicts and arrays that the step can reach; tensors,
their gradients, optimisers; and the states of random number generators.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer
from torch.utils._python_dispatch import _disable_current_modes

from repro.causal.auditing.generators import Generator, generator, global_generators
from repro.causal.auditing.reachable_objects import reachable_objects

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LARGEST = 2**28
"""Bytes of an array or tensor, such as a replay buffer, above which it is not copied."""


class AgentState:
    """A copy of the state of all objects that can be reached from some.

    Attributes:
        optimizers: the optimisers among them, by name.
        data: the arrays and lists among them that can be put back.

    Args:
        start: names and objects, see `reachable_objects`.
    """

    def __init__(self, start: Sequence[tuple[str, object]]) -> None:
        self.optimizers: dict[str, Optimizer] = {}
        self.data: list[np.ndarray | list[Any] | deque[Any]] = []
        self._restore: list[Callable[[], None]] = []
        self._generators: list[Generator] = global_generators()
        for name, x in reachable_objects(start):
            if isinstance(x, Optimizer):
                self.optimizers[name] = x
                self._restore += _of_optimizer(x)
            elif isinstance(x, Tensor):
                self._restore.append(_of_tensor(x))
            elif isinstance(x, np.ndarray):
                if can_restore := _of_array(x):
                    self.data.append(x)
                self._restore += can_restore
            elif isinstance(x, (list, deque)):
                self.data.append(x)
                self._restore.append(_of_list(x))
            elif isinstance(x, (dict, set)):
                self._restore.append(_of_mapping(x))
            elif (drawn_from := generator(x)) is not None:
                self._generators.append(drawn_from)
            else:
                self._restore += _of_object(x)

    def restore(self) -> None:
        """Put everything back as it was."""
        # Neither a trace nor autograd must see this.
        with torch._C.DisableTorchFunction(), _disable_current_modes(), torch.no_grad():  # noqa: SLF001 - torch's only way
            for restore in self._restore:
                restore()
        self.restore_random()

    def restore_random(self) -> None:
        """Put the random number generators back as they were."""
        for one in self._generators:
            one.restore()

    def drew_random_numbers(self) -> tuple[str, ...]:
        """Name the libraries whose generators have drawn numbers since this copy was made."""
        return tuple(dict.fromkeys(g.library for g in self._generators if g.has_drawn()))


def _of_tensor(x: Tensor) -> Callable[[], None]:
    """Copy a tensor's numbers and its gradient's."""
    size = x.numel() * x.element_size()
    is_leaf = x.is_leaf
    data = x.data
    numbers = x.detach().clone() if size <= _LARGEST and not x.is_meta else None
    gradient = x.grad if is_leaf else None
    of_gradient = None if gradient is None else gradient.detach().clone()
    needs_gradient = x.requires_grad

    def restore() -> None:
        if x.data.data_ptr() != data.data_ptr():
            x.data = data
        if numbers is not None and not torch.equal(data, numbers):
            data.copy_(numbers)
        if is_leaf:
            x.requires_grad_(needs_gradient)
            x.grad = gradient
            if gradient is not None and of_gradient is not None:
                gradient.detach().copy_(of_gradient)

    return restore


def _of_array(x: np.ndarray) -> list[Callable[[], None]]:
    if x.nbytes > _LARGEST or not x.flags.writeable:
        return []
    numbers = x.copy()
    return [lambda: np.copyto(x, numbers)]


def _of_list(x: list[Any] | deque[Any]) -> Callable[[], None]:
    elements = list(x)

    def restore() -> None:
        if len(x) != len(elements) or any(a is not b for a, b in zip(x, elements, strict=True)):
            x.clear()
            x.extend(elements)

    return restore


def _of_mapping(x: dict[Any, Any] | set[Any]) -> Callable[[], None]:
    elements = x.copy()

    def restore() -> None:
        if _differ(x, elements):
            x.clear()
            x.update(elements)

    return restore


def _differ(x: dict[Any, Any] | set[Any], elements: dict[Any, Any] | set[Any]) -> bool:
    """Return whether elements are others; keys of a dict are compared by equality, values by identity."""
    if not isinstance(x, dict) or not isinstance(elements, dict):
        return x != elements
    return len(x) != len(elements) or any(
        key not in x or x[key] is not value for key, value in elements.items()
    )


def _of_object(x: object) -> list[Callable[[], None]]:
    """Copy which values an object's attributes have; for a module, its parameters and submodules too."""
    attributes = getattr(x, "__dict__", None)
    if not isinstance(attributes, dict) or (callable(x) and not isinstance(x, Module)):
        return []
    restores = [_of_mapping(attributes)]
    if isinstance(x, Module):
        parts = (x._parameters, x._buffers, x._modules)  # noqa: SLF001 - torch has no public way to write them
        restores += [_of_mapping(part) for part in parts]
    return restores


def _of_optimizer(x: Optimizer) -> list[Callable[[], None]]:
    """Copy an optimiser's running means and settings."""
    states = {
        p: {
            key: value.detach().clone() if isinstance(value, Tensor) else value
            for key, value in state.items()
        }
        for p, state in x.state.items()
    }
    groups = [dict(group) for group in x.param_groups]

    def restore() -> None:
        for p in [p for p in x.state if p not in states]:
            del x.state[p]
        for p, state in states.items():
            x.state[p] = {
                key: value.clone() if isinstance(value, Tensor) else value
                for key, value in state.items()
            }
        for group, known in zip(x.param_groups, groups, strict=True):
            group.clear()
            group.update(known)

    return [restore, *_of_object(x)]
