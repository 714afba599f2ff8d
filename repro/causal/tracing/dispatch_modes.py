"""Torch modes that intercept operators and functions for a trace."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from repro.causal.tracing.operator_call import OperatorCall
from repro.causal.tracing.operators.registry import decomposition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from torch._ops import OpOverload

READING = frozenset({"tolist", "numpy", "__array__", "__repr__"})
"""Functions that give Python the numbers of their first argument, without running an operator."""
ESCAPES = READING | frozenset(
    {"__dlpack__", "from_dlpack", "apply_", "map_", "map2_", "data_ptr"}
    | {"tensor", "as_tensor", "asarray", "new_tensor", "storage", "untyped_storage"}
    | {"__reduce_ex__", "__deepcopy__"}
)
"""Functions that give a tensor's numbers, or its memory, to Python without running an operator."""


def _call(
    _name: str,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> Any:  # noqa: ANN401 - whatever the function returns
    return function(*args, **kwargs)


@contextmanager
def intercept(
    run: Callable[[OperatorCall], object],
    escape: Callable[..., Any] = _call,
) -> Iterator[None]:
    """Intercept all operators, and all functions that give numbers to Python.

    A replay must enter both modes too, because torch runs additional operators while functions are
    intercepted; otherwise the operators would be counted differently.

    Args:
        run: runs an operator and returns its result.
        escape: runs one of the `ESCAPES`, given its name, the function, and its arguments as a tuple and a
            dict; returns its result.
    """
    # Under torch's compiler, torch has to keep the mode's code from being compiled too. Otherwise loading the
    # compiler would take seconds for nothing.
    mode = GuardedOperatorMode if "torch._dynamo" in sys.modules else OperatorMode
    with EscapeMode(escape), mode(run):
        yield


class _Dispatch:
    """What `OperatorMode` does; torch guards such a method only in a class that derives from its own."""

    _run: Callable[[OperatorCall], object]

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operator returns
        """Run an operator, or the simpler ones that it consists of."""
        del types
        call = OperatorCall(func, args, kwargs or {})
        simpler = decomposition(call)
        if simpler is not None:
            with self:  # type: ignore[attr-defined]  # a mode, see `OperatorMode`
                result = simpler(*args, **call.kwargs)
            if result is not NotImplemented:
                return result
        return self._run(call)


class OperatorMode(_Dispatch, TorchDispatchMode):
    """Passes every operator to `run`, decomposed where possible."""

    def __init__(self, run: Callable[[OperatorCall], object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's
        self._run = run


class GuardedOperatorMode(OperatorMode):
    """The same where torch's compiler is loaded, which must not compile this code."""

    def __torch_dispatch__(self, *given: Any, **more: Any) -> Any:  # noqa: ANN401 - as above
        """Run an operator; torch guards this method."""
        return super().__torch_dispatch__(*given, **more)


class EscapeMode(TorchFunctionMode):
    """Passes functions that give numbers to Python to `escape`.

    Some functions give numbers to Python only to check or to convert them; they are replaced by others
    that don't.
    """

    def __init__(self, escape: Callable[..., Any]) -> None:
        super().__init__()
        self._escape = escape

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        """Run a function; pass it on if its result may leave the trace."""
        del types
        name = getattr(func, "__name__", "")
        if name == "as_tensor" and isinstance(args[0], Tensor):
            return _as_tensor(*args, **(kwargs or {}))
        if name in ESCAPES:
            return self._escape(name, func, args, kwargs or {})
        if name in {"__getitem__", "__setitem__"}:
            key = _as_vectors(args[1])
            if key is not None:
                made = func(args[0], key, *args[2:])
                return made if made is None else made.squeeze(0)
        if name == "one_hot":
            made = _one_hot(*args, **(kwargs or {}))
            if made is not None:
                return made
        return func(*args, **(kwargs or {}))


def _as_tensor(
    data: Tensor, dtype: torch.dtype | None = None, device: torch.device | None = None
) -> Tensor:
    """Convert a tensor as `torch.as_tensor` does, by an operator; its numbers stay in the trace."""
    return data.to(dtype=dtype or data.dtype, device=device or data.device)


def _as_vectors(key: object) -> tuple[Tensor, ...] | None:
    """Replace an index of single integers, some of them tensors, by one of vectors; None for other indices.

    Torch reads the number of a tensor with a single integer, which then is no tensor any more.
    """
    given = key if isinstance(key, tuple) else (key,)
    tensors = [x for x in given if isinstance(x, Tensor)]
    integers = [x for x in given if type(x) is int]
    single = all(x.dim() == 0 and not x.is_floating_point() for x in tensors)
    truths = any(x.dtype == torch.bool for x in tensors)
    if not tensors or not single or truths or len(tensors) + len(integers) < len(given):
        return None
    return tuple(x.reshape(1) if isinstance(x, Tensor) else torch.tensor([x]) for x in given)


def _one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor | None:
    """Compare with all classes, without a check of the numbers; None if their number is not given."""
    if num_classes < 1 or not isinstance(tensor, Tensor) or tensor.is_floating_point():
        return None
    return (tensor.unsqueeze(-1) == torch.arange(num_classes)).long()
