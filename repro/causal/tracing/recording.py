"""What a trace records: the node of every tensor element, and what could not be followed.

Operator rules write to a `Recording`. They don't know the tracer, which intercepts torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from repro.causal.graphs.reachability import reachable
from repro.causal.symbolic.expressions import CONSTANT, DIGITS, ExpressionGraph
from repro.causal.tracing.context import Context
from repro.causal.tracing.made import content
from repro.causal.tracing.selection import Selection
from repro.causal.tracing.shadow_memory import ShadowMemory
from repro.causal.tracing.source_lines import here
from repro.causal.tracing.untracked import UntrackedTensors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import Tensor

    from repro.causal.tracing.made import MadeTensor


CANCELS = "_repro_cancels"
"""Attribute of tensors that are subtracted and added again, only to keep numbers small."""


_CONDITION = (
    "a condition on computed values{} decided which code ran, and the verdict covers that code only; use "
    "torch.where, or pass validate_args=False to torch.distributions"
)
_NUMPY = ", or write the whole rule with NumPy and audit it with numpy=True (--numpy)"


class Departure(NamedTuple):
    """Where a value left a trace.

    Attributes:
        operator: the how-many-th operator that returned something else than tensors; 0 if it was none.
        reading: the how-many-th function that gave a tensor's numbers to Python; 0 if it was none.
    """

    operator: int = 0
    reading: int = 0


class Recording:
    """The nodes of all tensors in a run.

    Attributes:
        expressions: the nodes.
        shadow: the node of each tensor element.
        strict: whether a maximum is a hidden variable, not the element that it returns.
        limits: what could not be followed, in order; each sentence once.
        departures: where computed values left the trace, each with a sentence for the limits.
        integers_to_python: numbers of the inputs whose integers, or functions of these, Python has read.
        approximated: operators whose outputs are assumed to depend on all their inputs.
        approximated_calls: a number for each distinct call of such an operator.
        literals: number of tensors that were made from Python numbers.
        suspects: which of these contain numbers that were computed, maybe by chance, each with a sentence
            for the limits.
        made: what is known of these, by their number.
        made_outside: what is known of tensors that no operator made, by their content.
        context: which nodes are context.
        selections: for the alias of each element that a selection (such as a maximum) returned, where it
            was selected from, and its rank, 1 for the largest.
        precision: the coarsest type of real numbers that were computed.

    Args:
        strict: see above.
        digits: significant digits to which equal coefficients must agree.
        is_agent: whether tensors from outside are the state of an agent, which may be overwritten; Python
            reads their memory only if another library owns it.
    """

    def __init__(
        self, *, strict: bool = False, digits: int = DIGITS, is_agent: bool = False
    ) -> None:
        self._is_agent = is_agent
        self.expressions = ExpressionGraph(digits)
        self.shadow = ShadowMemory(self.expressions)
        self.strict = strict
        self.limits: dict[str, None] = {}
        self.departures: dict[Departure, str] = {}
        self.integers_to_python: set[int] = set()
        self.approximated: dict[str, None] = {}
        self.approximated_calls: dict[tuple[object, ...], int] = {}
        self.literals = 0
        self.suspects: dict[int, str] = {}
        self.made: Mapping[int, MadeTensor] = {}
        self.made_outside: Mapping[object, MadeTensor] = {}
        self.context = Context(self.expressions, strict=strict)
        self.selections: dict[int, tuple[Selection, int]] = {}
        self._marks: dict[tuple[int, ...], int] = {}
        self.precision = torch.float64
        self.untracked = UntrackedTensors(self.expressions, self.shadow)

    def ids(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor's elements, int64 of the same shape."""
        self.register(tensor)
        return self.shadow.read(tensor)

    def selection(self, members: Sequence[int]) -> Selection:
        """Get what a selection selects from.

        Args:
            members: nodes of the elements.
        """
        plain = tuple(map(self.expressions.plain, members))
        mark = self._marks.setdefault(plain, len(self._marks))
        return Selection(self.expressions, self.context, plain, mark)

    def is_context(self, tensor: Tensor) -> bool:
        """Return whether all elements are constants or other context."""
        if self.shadow.is_constant(tensor):
            return True
        ids = set(self.ids(tensor).flatten().tolist())
        return all(map(self.context.is_context, ids))

    def note_integers(self, tensor: Tensor) -> None:
        """Note that Python reads numbers of a tensor, if they are computed from integer inputs."""
        if self.context.given and not self.shadow.is_constant(tensor):
            bases = {self.expressions.base[i] for i in self.ids(tensor).flatten().tolist()}
            self.integers_to_python |= self.integer_inputs(bases - {CONSTANT})

    def integer_inputs(self, bases: Iterable[int]) -> set[int]:
        """Get the numbers of the integer inputs that some bases depend on."""
        e, given = self.expressions, self.context.given
        roots = (i for i in reachable(bases, e.sources) if e.op[i] == "input" and i in given)
        return {int(str(e.extra[i][0])) for i in roots}

    def register(self, tensor: Tensor, *, literal: bool = False) -> None:
        """Give nodes to a tensor that is not an input and that no recorded operator made.

        Integers are context, and numbers written in Python are constants; all others become roots.

        Args:
            tensor: any tensor; nothing happens if it has nodes.
            literal: whether it was just made from Python numbers.
        """
        self.literals += literal
        if self.shadow.knows(tensor):
            return
        self.shadow.set_constant(tensor)
        if getattr(tensor, CANCELS, False):
            self.shadow.write(tensor, torch.zeros(tensor.shape, dtype=torch.int64))
            return
        # Memory that torch cannot resize belongs to another library, such as numpy.
        if not literal or not tensor.untyped_storage().resizable():
            if not self._is_agent or not tensor.untyped_storage().resizable():
                self.untracked.expose(tensor)
            self.untracked.add_roots(tensor, here().line)
        elif tensor.is_floating_point() and self.untracked.has_computed_values(tensor):
            self.suspects[self.literals] = _escaped("a tensor made of numbers")
        if not literal:
            self._note_made(
                tensor, self.made_outside.get(content(tensor)) if self.made_outside else None
            )

    def note_literal(self, tensor: Tensor) -> None:
        """Note what is known of the tensor that was made last from an array or Python numbers."""
        self._note_made(tensor, self.made.get(self.literals))

    def _note_made(self, tensor: Tensor, made: MadeTensor | None) -> None:
        if made is not None and tensor.is_floating_point() and tensor.numel() == len(made.keys):
            self.untracked.add_made(tensor, made, here().line)

    def add_limit(self, sentence: str) -> None:
        """Note something that could not be followed."""
        self.limits[sentence] = None

    def add_escape(self, how: str) -> None:
        """Note that a computed value left the trace, and that what was done with it cannot be checked."""
        self.add_limit(_escaped(how))

    def add_departure(self, departure: Departure, how: str | None) -> None:
        """Note that a computed value left the trace; whether a gradient depends on it can be checked.

        Args:
            departure: where.
            how: the operator or function; None if a condition decided which code ran.
        """
        line = here().line
        self.departures[departure] = (
            _CONDITION.format(_at(line)) if how is None else _escaped(how, line)
        )


def _escaped(how: str, line: str = "") -> str:
    more = _NUMPY if how in {"numpy", "__array__"} else ""
    how = "item or float" if how == "_local_scalar_dense" else how
    return (
        f"a computed value left the trace through {how}{_at(line)}; what Python did with it was not traced, so "
        f"keep it a tensor{more}"
    )


def _at(line: str) -> str:
    return f" ({line})" if line else ""


def coarsest(first: torch.dtype, second: torch.dtype) -> torch.dtype:
    """Get the type of real numbers with the larger rounding error."""
    return max(first, second, key=lambda dtype: torch.finfo(dtype).eps)
