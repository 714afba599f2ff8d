"""Torch modes that intercept operators and functions for a trace."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from repro.causal.tracing.operator_call import OperatorCall
from repro.causal.tracing.operators.registry import decomposition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch._ops import OpOverload

ESCAPES = frozenset(
    {"tolist", "numpy", "__array__", "__dlpack__", "from_dlpack", "apply_", "map_", "map2_"}
    | {"tensor", "as_tensor", "asarray", "new_tensor", "storage", "untyped_storage"}
    | {"__repr__", "__reduce_ex__", "__deepcopy__"}
)
"""Functions that give a tensor's numbers to Python without running an operator."""


@contextmanager
def intercept(
    run: Callable[[OperatorCall], object],
    on_escape: Callable[[str, object], None] = lambda _name, _arguments: None,
) -> Iterator[None]:
    """Intercept all operators, and all functions that give numbers to Python.

    A replay must enter both modes too, because torch runs additional operators while functions are
    intercepted; otherwise the operators would be counted differently.

    Args:
        run: runs an operator and returns its result.
        on_escape: called before each of the `ESCAPES` with its name and arguments.
    """
    with EscapeMode(on_escape), OperatorMode(run):
        yield


class OperatorMode(TorchDispatchMode):
    """Passes every operator to `run`, decomposed where possible."""

    def __init__(self, run: Callable[[OperatorCall], object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's
        self._run = run

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
            with self:
                result = simpler(*args, **call.kwargs)
            if result is not NotImplemented:
                return result
        return self._run(call)


class EscapeMode(TorchFunctionMode):
    """Calls `on_escape` before functions that give numbers to Python."""

    def __init__(self, on_escape: Callable[[str, object], None]) -> None:
        super().__init__()
        self._on_escape = on_escape

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        """Run a function; report it if its result may leave the trace."""
        del types
        name = getattr(func, "__name__", "")
        if name in ESCAPES:
            self._on_escape(name, (args, kwargs))
        return func(*args, **(kwargs or {}))
