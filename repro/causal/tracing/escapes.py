"""Functions by which numbers leave a trace, or come back, without running an operator."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from repro.causal.symbolic.expressions import DIGITS
from repro.causal.tracing.dispatch_modes import READING
from repro.causal.tracing.operator_call import tensors_in
from repro.causal.tracing.recording import Departure, Recording
from repro.causal.tracing.source_lines import here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_EXPOSING = frozenset(
    {"numpy", "__array__", "__dlpack__", "data_ptr", "storage", "untyped_storage"}
)
"""Functions that give Python access to a tensor's memory."""
_COPYING = frozenset({"tensor", "new_tensor"})
"""Functions that copy an array to a new tensor; `as_tensor` and `from_numpy` share its memory."""


class EscapeRecording(Recording):
    """A recording that notes what these functions do.

    Attributes:
        readings: number of functions that have given the numbers of a tensor to Python.

    Args:
        strict: see `Recording`.
        digits: likewise.
        is_agent: likewise.
    """

    def __init__(
        self, *, strict: bool = False, digits: int = DIGITS, is_agent: bool = False
    ) -> None:
        super().__init__(strict=strict, digits=digits, is_agent=is_agent)
        self.readings = 0
        self._paused = False

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Ignore what the trace itself does."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before

    def record_escape(
        self,
        how: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        """Note that computed tensors leave the trace, and run the function; ignore the trace's own calls."""
        if not self._paused:
            with self.pause(), _disable_current_modes():
                self._note_escape(how, (args, kwargs))
        result = function(*args, **kwargs)
        if not self._paused and how in _COPYING and args and isinstance(result, Tensor):
            with self.pause(), _disable_current_modes():
                self._note_copy(result, args[0])
        return result

    def _note_copy(self, made: Tensor, given: object) -> None:
        """Note that a tensor was made from an array: its numbers are data, not constants of the code."""
        if not made.is_floating_point():
            return
        if isinstance(given, (list, tuple)) and given and isinstance(given[0], np.ndarray):
            given = np.array(given)
        if isinstance(given, np.ndarray) and given.size == made.numel() > 0:
            self.untracked.add_copy(made, given, here().line)
            self.note_literal(made)

    def _note_escape(self, how: str, arguments: object) -> None:
        if how in READING:
            self.readings += 1
        for tensor in tensors_in(arguments):
            self.register(tensor)
            if how in _EXPOSING:
                self.untracked.expose(tensor)
            self.note_integers(tensor)
            if self.is_context(tensor):
                continue
            if how in READING:
                self.add_departure(Departure(reading=self.readings), how)
            else:
                self.add_escape(how)
