"""The objects that a function can reach: what its names refer to, their attributes and elements.

Two things need this: names of tensors that are no inputs, such as "actor.2.weight", and the state of an agent,
which must be as before after an audit.
"""

from __future__ import annotations

import functools
import sys
from collections import deque
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor
from torch.nn import Module
from torch.optim import Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MOST = 50_000
"""Number of objects after which the search ends."""
_DEEPEST = 8
_PLAIN = (str, bytes, int, float, complex, type(None), type, ModuleType, np.generic, CodeType)
"""Types of objects that cannot change or lead to no tensor."""


def reachable_objects(start: Sequence[tuple[str, object]]) -> Iterator[tuple[str, Any]]:
    """Find all objects that functions or other objects can reach, each once.

    What the first one reaches comes first, the nearest before the others.

    Names of library functions, modules and classes are not followed.

    Args:
        start: names and objects; the name "" is left out of the names of what they contain.

    Yields:
        The name by which code reaches an object, such as "policy.q_net.0.weight", and the object.
    """
    functions = [function_of(x) for _, x in start]
    own_globals = {id(f.__globals__) for f in functions if f is not None}
    seen: set[int] = set()
    kept = []  # so that no id is used again
    for first in start:
        queue = deque([(*first, 0)])
        while queue and len(seen) < _MOST:
            name, x, depth = queue.popleft()
            if isinstance(x, _PLAIN) or id(x) in seen:
                continue
            seen.add(id(x))
            kept.append(x)
            yield name, x
            if depth < _DEEPEST:
                queue.extend((inner, y, depth + 1) for inner, y in _parts(name, x, own_globals))


def function_of(x: object) -> FunctionType | None:
    """Get the Python function behind a function, a method or a callable object; None if there is none."""
    if isinstance(x, functools.partial):
        return function_of(x.func)
    if isinstance(x, MethodType):
        x = x.__func__
    if not isinstance(x, FunctionType) and not isinstance(x, type) and callable(x):
        x = vars(type(x)).get("__call__")
    return x if isinstance(x, FunctionType) else None


def _parts(name: str, x: Any, own_globals: set[int]) -> Iterable[tuple[str, object]]:  # noqa: ANN401
    """List what an object contains or refers to, with names."""
    attributes = getattr(x, "__dict__", None)
    found: Iterable[tuple[str, object]] = ()
    if isinstance(x, (Tensor, np.ndarray, Optimizer)):
        pass
    elif isinstance(x, Module):
        found = _parts_of_module(name, x)
    elif isinstance(x, dict):
        found = [(f"{name}[{key!r}]", value) for key, value in list(x.items())]
    elif isinstance(x, (list, tuple, set, frozenset, deque)):
        found = [(f"{name}[{k}]", value) for k, value in enumerate(list(x))]
    elif isinstance(x, MethodType):
        found = [(name, x.__self__), (name, x.__func__)]
    elif isinstance(x, functools.partial):
        given = [(f"{name}[{k}]", value) for k, value in enumerate(x.args)]
        found = [(name, x.func), *given, *x.keywords.items()]
    elif isinstance(x, FunctionType):
        found = _parts_of_function(x, own_globals)
    elif isinstance(attributes, dict):
        found = [(_joined(name, key), value) for key, value in list(attributes.items())]
    return found


def _parts_of_module(name: str, x: Module) -> Iterable[tuple[str, object]]:
    """List a torch module's parameters, buffers, modules and other attributes."""
    found: list[tuple[str, object]] = []
    for part in (x._parameters, x._buffers, x._modules):  # noqa: SLF001 - the others skip duplicates
        found += [(_joined(name, key), value) for key, value in part.items()]
    found += [
        (_joined(name, key), value)
        for key, value in list(vars(x).items())
        if not key.startswith("_")
    ]
    return found


def _parts_of_function(x: FunctionType, own_globals: set[int]) -> Iterable[tuple[str, object]]:
    """List the variables that a function and the functions inside it use."""
    found: list[tuple[str, object]] = []
    for variable, cell in zip(x.__code__.co_freevars, x.__closure__ or (), strict=True):
        try:
            found.append((variable, cell.cell_contents))
        except ValueError:  # not assigned yet
            continue
    if id(x.__globals__) in own_globals:
        found += [
            (name, x.__globals__[name])
            for name in sorted(names_in(x.__code__))
            if name in x.__globals__
        ]
    found += [(f"default {k}", value) for k, value in enumerate(x.__defaults__ or ())]
    return found


def names_in(code: CodeType) -> set[str]:
    """List the names that a function uses, with those in functions inside it."""
    inner = (x for x in code.co_consts if isinstance(x, CodeType))
    return set(code.co_names).union(*map(names_in, inner))


def _joined(name: str, key: str) -> str:
    return sys.intern(f"{name}.{key}" if name else str(key))
