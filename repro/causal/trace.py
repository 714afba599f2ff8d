"""The computation graph of running torch code, element by element, its backward pass included.

A tensor-level graph would call everything dependent: one indexed vector of bids joins all mechanisms.
So every element of every tensor has a node. Each operator that runs, in the backward pass as in the
forward pass, is seen, and `operators` says what it does to nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from repro.causal import operators
from repro.causal.expression import CONSTANT, Expressions
from repro.causal.shadow import Shadow
from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch._ops import OpOverload

LEAVING = frozenset({"tolist", "numpy", "__array__", "__dlpack__"})
"""Methods that hand a tensor's numbers to Python without running an operator."""

Place = tuple[int, int, int]
"""Number of the operator that made a value, which of its outputs, which element of that."""


class Trace:
    """Records what torch runs inside a `with`.

    Attributes:
        expressions: the nodes.
        shadow: which element has which.
        strict: whether a maximum is a hidden variable of its own.
        limits: what could not be followed, each in a sentence, in order and once.
        approximated: operators whose outputs were taken to depend on all their inputs.
        places: for each base, where the running code makes its value.
        step: how many operators have run.

    Args:
        strict: see above.
    """

    def __init__(self, *, strict: bool = False) -> None:  # noqa: D107 - the class says it
        self.expressions = Expressions()
        self.shadow = Shadow(self.expressions)
        self.strict = strict
        self.limits: dict[str, None] = {}
        self.approximated: dict[str, None] = {}
        self.places: dict[int, list[Place]] = {}
        self.step = 0
        self._modes = (_Leaving(self), Operators(self.record))
        self._recording = False

    def __enter__(self) -> Trace:  # noqa: PYI034 - there are no kinds of traces
        """Start to record."""
        for mode in self._modes:
            mode.__enter__()  # type: ignore[no-untyped-call]  # torch's
        return self

    def __exit__(self, *problem: object) -> None:
        """Stop."""
        for mode in reversed(self._modes):
            mode.__exit__(*problem)  # type: ignore[no-untyped-call]  # torch's

    def symbols(self, tensor: Tensor, place: int) -> None:
        """Make each element of an input a root of its own; `place` numbers the input."""
        self._roots(tensor, "input", place)

    def ids(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor's elements; one that came from nowhere gets roots."""
        self._meet(tensor)
        return self.shadow.read(tensor)

    def escape(self, tensor: Tensor, how: str) -> None:
        """Note that numbers left the trace, unless they are constants or the trace's own."""
        if self._recording:
            return
        self._meet(tensor)
        if not self.shadow.is_constant(tensor):
            self._limit(how)

    def record(self, call: operators.Call) -> object:
        """Run an operator and record what it does."""
        if torch.Tag.nondeterministic_seeded in call.func.tags:
            raise AuditError(
                f"the rule draws random numbers ({call.name}); draw them before and pass them in as an "
                "input"
            )
        self._recording = True
        try:
            return self._record(call)
        finally:
            self._recording = False

    def _record(self, call: operators.Call) -> object:
        for tensor in call.tensors:
            self._meet(tensor, written=call.name.startswith("lift_fresh"))
        computed = [tensor for tensor in call.tensors if not self.shadow.is_constant(tensor)]
        # What is overwritten is read before the operator runs.
        old = {id(tensor): self.shadow.read(tensor).clone() for tensor in call.mutated}
        result = call.func(*call.args, **call.kwargs)
        self.step += 1
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        if call.is_view:
            return result
        call.outputs = outputs or call.mutated
        if not call.outputs:
            if computed:
                self._limit(call.name)
        elif not computed:
            for tensor in call.outputs:
                self.shadow.set_constant(tensor)
        else:
            there = self._bases(computed, old)
            for which, nodes in enumerate(operators.follow(self, call, old)):
                tensor = call.outputs[which]
                self.shadow.write(tensor, nodes.view(tensor.shape))
                self._note_places(nodes, which, there)
        return result

    def _bases(self, tensors: Sequence[Tensor], old: Mapping[int, Tensor]) -> set[int]:
        base = self.expressions.base
        read = (old[id(x)] if id(x) in old else self.shadow.read(x) for x in tensors)
        return {base[i] for ids in read for i in ids.flatten().tolist()}

    def _note_places(self, nodes: Tensor, which: int, there: set[int]) -> None:
        """Note where an operator makes values that its inputs did not have."""
        base = self.expressions.base
        for element, node in enumerate(nodes.flatten().tolist()):
            made = base[node]
            if made != CONSTANT and made not in there:
                self.places.setdefault(made, []).append((self.step, which, element))

    def _meet(self, tensor: Tensor, *, written: bool = False) -> None:
        """Take note of a tensor that neither is an input nor was made by a recorded operator.

        Integers are context, and numbers that Python has written down are constants; others are
        roots.
        """
        if not self.shadow.knows(tensor):
            self.shadow.set_constant(tensor)
            if tensor.is_floating_point() and not written:
                self._roots(tensor, "outside", len(self.expressions))

    def _roots(self, tensor: Tensor, op: str, place: int) -> None:
        nodes = [self.expressions.root(op, place, i) for i in range(tensor.numel())]
        self.shadow.write(tensor, torch.tensor(nodes, dtype=torch.int64).view(tensor.shape))

    def _limit(self, how: str) -> None:
        self.limits[
            f"a computed value left the trace through {how.removeprefix('_')}; what Python made of it is "
            "unseen, so keep it a tensor"
        ] = None


class Operators(TorchDispatchMode):
    """Hands every operator to a function, taken apart where it can be."""

    def __init__(self, run: Callable[[operators.Call], object]) -> None:
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
        call = operators.Call(func, args, kwargs or {})
        simpler = operators.decomposition(call)
        if simpler is None:
            return self._run(call)
        with self:
            return simpler(*args, **call.kwargs)


class _Leaving(TorchFunctionMode):
    """Sees the methods that hand numbers to Python without running an operator."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self._trace = trace

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        del types
        name = getattr(func, "__name__", "")
        if name in LEAVING:
            self._trace.escape(args[0], f".{name}()")
        return func(*args, **(kwargs or {}))
