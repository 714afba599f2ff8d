"""Where torch hands its operators and functions to a trace."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from repro.causal.tracing.operator_call import Call
from repro.causal.tracing.operators.table import decomposition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch._ops import OpOverload

LEAVING = frozenset(
    {"tolist", "numpy", "__array__", "__dlpack__", "from_dlpack", "apply_", "map_", "map2_"}
    | {"tensor", "as_tensor", "asarray", "new_tensor", "storage", "untyped_storage"}
    | {"__repr__", "__reduce_ex__", "__deepcopy__"}
)
"""Functions that hand a tensor's numbers to Python without running an operator."""


@contextmanager
def watching(
    run: Callable[[Call], object], tell: Callable[[str, object], None] = lambda _name, _given: None
) -> Iterator[None]:
    """Have torch hand operators and functions over.

    Both modes are needed for the same operators to be seen again: torch runs some more for its own
    sake where functions are watched.

    Args:
        run: runs an operator and returns what it returns.
        tell: told, before it runs, the name of each function that hands numbers to Python, and its
            arguments.
    """
    with Leaving(tell), Operators(run):
        yield


class Operators(TorchDispatchMode):
    """Hands every operator to a function, taken apart where it can be."""

    def __init__(self, run: Callable[[Call], object]) -> None:
        """Hand operators to `run`, which returns what they return."""
        super().__init__()  # type: ignore[no-untyped-call]  # torch's
        self._run = run

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operator returns
        """Run one operator, or the simpler ones that it consists of."""
        del types
        call = Call(func, args, kwargs or {})
        simpler = decomposition(call)
        if simpler is not None:
            with self:
                made = simpler(*args, **call.kwargs)
            if made is not NotImplemented:
                return made
        return self._run(call)


class Leaving(TorchFunctionMode):
    """Sees the functions that hand numbers to Python without running an operator."""

    def __init__(self, tell: Callable[[str, object], None]) -> None:
        """Tell `tell` the name of each such function, and what it is given, before it runs."""
        super().__init__()
        self._tell = tell

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        """Run a function, which may leave the trace."""
        del types
        name = getattr(func, "__name__", "")
        if name in LEAVING:
            self._tell(name, (args, kwargs))
        return func(*args, **(kwargs or {}))
