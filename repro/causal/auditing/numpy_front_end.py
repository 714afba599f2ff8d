"""NumPy code on tensors: names of NumPy mean torch's NumPy front end while a rule runs.

`torch._numpy` has NumPy's functions, types and rules of promotion on tensors; torch.compile uses it for NumPy
code. It is not public, so everything that depends on it is in this module.
"""

from __future__ import annotations

import contextlib
import sys
import sysconfig
from importlib import import_module
from types import CellType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor
from torch.utils._pytree import tree_map

from repro.causal.auditing.reachable_objects import function_of, names_in
from repro.causal.tracing.source_lines import here
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

torch_numpy: Any = import_module("torch._numpy")
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
"""Folders with code that is never changed."""


class MissingNameError(AuditError, AttributeError):
    """Torch's NumPy front end lacks a name of NumPy; an AttributeError too, so that `hasattr` works."""


class _FrontEnd(ModuleType):
    """Replaces NumPy, or one of its modules, while a rule runs.

    Args:
        name: such as "numpy.linalg".
        module: of torch.
    """

    def __init__(self, name: str, module: Any) -> None:  # noqa: ANN401 - a module
        super().__init__(name)
        self._module = module

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever is in the module
        made = getattr(self._module, name, None)
        if made is None or name.startswith("_"):
            line = here().line
            raise MissingNameError(
                f"{self.__name__}.{name} is not in torch's NumPy front end{f' ({line})' * bool(line)}; use other "
                "functions of NumPy, or write the rule with torch"
            )
        return _FrontEnd(f"{self.__name__}.{name}", made) if isinstance(made, ModuleType) else made


def _array(given: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as NumPy's
    """Make an array; torch's own function would convert computed arrays in a list to Python numbers."""
    return torch_numpy.array(_stacked(given), *args, **kwargs)


def _asarray(given: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as NumPy's
    return torch_numpy.asarray(_stacked(given), *args, **kwargs)


def _stacked(given: Any) -> Any:  # noqa: ANN401 - as NumPy's
    if not isinstance(given, (list, tuple)):
        return given
    parts = [_stacked(x) for x in given]
    computed = any(isinstance(x, torch_numpy.ndarray) for x in parts)
    return torch_numpy.stack(parts) if computed else parts


_NUMPY = _FrontEnd("numpy", torch_numpy)
# NumPy's own random numbers stay what they are: numbers that the rule does not compute.
vars(_NUMPY).update(array=_array, asarray=_asarray, random=np.random)


def _replacements() -> dict[int, tuple[object, object]]:
    """Pair objects of NumPy with those that stand for them, by the id of the first."""
    modules = {"linalg": np.linalg, "fft": np.fft}
    pairs: list[tuple[object, object]] = [(np, _NUMPY)]
    pairs += [(module, getattr(_NUMPY, name)) for name, module in modules.items()]
    for name in dir(np):
        x = getattr(np, name)
        if callable(x) and str(getattr(x, "__module__", "numpy")).startswith("numpy"):
            pairs.append((x, getattr(_NUMPY, name, None)))
    return {id(x): (x, y) for x, y in pairs if y is not None}


_REPLACEMENTS = _replacements()


def arrays(given: Any) -> Any:  # noqa: ANN401 - nested tensors
    """Replace tensors in nested structures by arrays of the front end, which share their memory."""
    return tree_map(lambda x: torch_numpy.ndarray(x) if isinstance(x, Tensor) else x, given)


def tensors(given: Any) -> Any:  # noqa: ANN401 - nested arrays
    """Replace arrays of the front end in nested structures by tensors, which share their memory."""
    return tree_map(lambda x: x.tensor if isinstance(x, torch_numpy.ndarray) else x, given)


@contextlib.contextmanager
def rebound(start: Callable[..., Any]) -> Iterator[None]:
    """Let names of NumPy mean the front end, in the modules and closures of a function and of all that it uses.

    Names inside installed libraries remain, and so does what a function imports itself.

    Args:
        start: the function.
    """
    changed: list[tuple[dict[str, Any], str, object]] = []
    cells: list[tuple[CellType, object]] = []
    try:
        for function in _functions(start):
            names = function.__globals__
            for name, x in list(names.items()):
                if (new := _replacement(x)) is not None:
                    changed.append((names, name, x))
                    names[name] = new
            for cell, x in _contents(function):
                if (new := _replacement(x)) is not None:
                    cells.append((cell, x))
                    cell.cell_contents = new
        yield
    finally:
        for names, name, x in changed:
            names[name] = x
        for cell, x in cells:
            cell.cell_contents = x


def _replacement(x: object) -> object:
    known = _REPLACEMENTS.get(id(x))
    return known[1] if known is not None and known[0] is x else None


def _functions(start: object) -> Iterator[FunctionType]:
    """Find a function and all functions that it uses by name, except those of installed libraries."""
    queue: list[object] = [start]
    seen: set[int] = set()
    for x in queue:
        function = function_of(x)
        if function is None or id(function) in seen or _is_library(function):
            continue
        seen.add(id(function))
        yield function
        used = names_in(function.__code__) & function.__globals__.keys()
        queue += [function.__globals__[name] for name in sorted(used)]
        queue += [x for _, x in _contents(function)]


def _contents(function: FunctionType) -> Iterable[tuple[CellType, object]]:
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # not assigned yet
            yield cell, cell.cell_contents


def _is_library(function: FunctionType) -> bool:
    module = sys.modules.get(function.__module__)
    file = getattr(module, "__file__", None) or function.__code__.co_filename
    return file.startswith(_LIBRARIES)
