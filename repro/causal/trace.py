"""The computation graph of running torch code, element by element, its backward pass included.

A tensor-level graph would call everything dependent: one indexed vector of bids joins all mechanisms.
So every element has a node. `Shadow` holds, beside each tensor's memory, the node of each element;
views, in-place writes and what autograd saves for later share that memory and need no care. `Trace`
sees every operator that runs, on whichever thread of calls, and says what it does to nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from repro.causal import operators
from repro.causal.expression import Expressions
from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch._ops import OpOverload

LEAVING = frozenset({"tolist", "numpy", "__array__", "__dlpack__"})
"""Methods that hand a tensor's numbers to Python without running an operator."""


class AuditError(UserError):
    """A rule or its inputs cannot be audited; says what was given, what was expected, what to do."""


class Shadow:
    """Nodes of the elements of every tensor seen, kept by the address of its memory.

    Tensors whose elements are all constants have no nodes until somebody asks.
    """

    def __init__(self, expressions: Expressions) -> None:
        """Start with no tensor known."""
        self._expressions = expressions
        self._nodes: dict[int, Tensor | None] = {}
        self._alive: list[object] = []  # an address must not be used again

    def knows(self, tensor: Tensor) -> bool:
        """Tell whether something was written for this tensor's memory."""
        return tensor.numel() == 0 or tensor.untyped_storage().data_ptr() in self._nodes

    def is_constant(self, tensor: Tensor) -> bool:
        """Tell whether all elements are constants."""
        if tensor.numel() == 0 or self._nodes.get(tensor.untyped_storage().data_ptr()) is None:
            return True
        base = self._expressions.base
        return all(base[i] < 0 for i in set(self.read(tensor).flatten().tolist()))

    def read(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor's elements, int64 of the same shape."""
        if tensor.numel() == 0:
            return torch.zeros(tensor.shape, dtype=torch.int64)
        nodes = self._nodes.get(tensor.untyped_storage().data_ptr())
        if nodes is None:
            nodes = self._constants(tensor)
        return torch.as_strided(nodes, tensor.size(), tensor.stride(), tensor.storage_offset())

    def write(self, tensor: Tensor, nodes: Tensor) -> None:
        """Set the nodes of a tensor's elements."""
        if tensor.numel():
            address = tensor.untyped_storage().data_ptr()
            if self._nodes.get(address) is None:
                self._constants(tensor)
            self.read(tensor).copy_(nodes)

    def constant(self, tensor: Tensor) -> None:
        """Set all elements to the constants that they are."""
        address = tensor.untyped_storage().data_ptr()
        if self._nodes.get(address) is not None:
            self.write(tensor, self._by_value(tensor))
        elif tensor.numel():
            self._nodes[address] = None
            self._alive.append(tensor.untyped_storage())

    def _constants(self, tensor: Tensor) -> Tensor:
        """Make nodes for the whole memory of a tensor, as constants."""
        storage = tensor.untyped_storage()
        length = storage.nbytes() // tensor.element_size()
        nodes = self._by_value(torch.as_strided(tensor.detach(), (length,), (1,), 0))
        self._nodes[storage.data_ptr()] = nodes
        self._alive.append(storage)
        return nodes

    def _by_value(self, tensor: Tensor) -> Tensor:
        constant = self._expressions.constant
        values = tensor.detach().to(torch.float64).flatten().tolist()
        return torch.tensor([constant(x) for x in values], dtype=torch.int64).view(tensor.shape)


class Trace(TorchDispatchMode):
    """Records what runs inside a `with`.

    Attributes:
        expressions: the nodes.
        strict: whether a maximum is a hidden variable of its own.
        limits: what could not be followed, each in a sentence, in order and once.
        approximated: operators whose outputs were taken to depend on all their inputs.
        places: for each base, where the running code makes it: (number of the operator, which of
            its outputs, which element).
        step: how many operators have run.

    Args:
        strict: see above.
    """

    def __init__(self, *, strict: bool = False) -> None:  # noqa: D107 - the class says it
        super().__init__()
        self.expressions = Expressions()
        self.shadow = Shadow(self.expressions)
        self.strict = strict
        self.limits: dict[str, None] = {}
        self.approximated: dict[str, None] = {}
        self.places: dict[int, list[tuple[int, int, int]]] = {}
        self.step = 0
        self._leaving = _Leaving(self)

    def __enter__(self) -> Trace:
        """Start to record."""
        self._leaving.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *problem: object) -> None:
        """Stop."""
        super().__exit__(*problem)
        self._leaving.__exit__(*problem)

    def symbols(self, tensor: Tensor, place: int) -> None:
        """Make each element of an input a root of its own; `place` numbers the input."""
        nodes = [self.expressions.root("input", place, i) for i in range(tensor.numel())]
        self.shadow.write(tensor, torch.tensor(nodes, dtype=torch.int64).view(tensor.shape))

    def ids(self, tensor: Tensor) -> Tensor:
        """Get the nodes of a tensor's elements; one that came from nowhere gets roots."""
        self._meet(tensor)
        return self.shadow.read(tensor)

    def escape(self, tensor: Tensor, how: str) -> None:
        """Note that numbers left the trace, unless they are constants."""
        self._meet(tensor)
        if not self.shadow.is_constant(tensor):
            self.limits[
                f"a computed value left the trace through {how}; what Python made of it is unseen, "
                "so keep it a tensor"
            ] = None

    def __torch_dispatch__(  # noqa: PLW3201 - torch's name
        self,
        func: OpOverload,
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the operator returns
        """Run one operator, and record what it does."""
        del types
        call = operators.Call(func, args, kwargs or {})
        if torch.Tag.nondeterministic_seeded in func.tags:
            raise AuditError(
                f"the rule draws random numbers ({call.name}); draw them before and pass them in as an "
                "input"
            )
        simpler = operators.decomposition(call)
        if simpler is not None:
            with self:
                return simpler(*args, **call.kwargs)
        with self._leaving.paused():
            return self._record(call)

    def _record(self, call: operators.Call) -> object:
        for tensor in call.tensors:
            self._meet(tensor, fresh=call.name.startswith("lift_fresh"))
        followed = [tensor for tensor in call.tensors if not self.shadow.is_constant(tensor)]
        # What is overwritten is read before the operator runs.
        old = {id(tensor): self.shadow.read(tensor).clone() for tensor in call.mutated}
        result = call.func(*call.args, **call.kwargs)
        self.step += 1
        outputs = [leaf for leaf in tree_leaves(result) if isinstance(leaf, Tensor)]
        if call.is_view:
            for tensor in outputs:
                self._meet(tensor)
            return result
        if not outputs and not call.mutated:
            for tensor in followed:
                self.escape(tensor, call.name)
            return result
        call.outputs = outputs or call.mutated
        if not followed:
            for tensor in call.outputs:
                self.shadow.constant(tensor)
            return result
        for which, nodes in enumerate(operators.follow(self, call, old)):
            tensor = call.outputs[which]
            self.shadow.write(tensor, nodes.view(tensor.shape))
            if not call.routes:
                self._note_places(followed, old, which, nodes)
        return result

    def _note_places(
        self, followed: Sequence[Tensor], old: dict[int, Tensor], which: int, nodes: Tensor
    ) -> None:
        base = self.expressions.base
        read = [old.get(id(tensor), None) for tensor in followed]
        there = {-1}
        for tensor, before in zip(followed, read, strict=True):
            ids = self.shadow.read(tensor) if before is None else before
            there.update(base[i] for i in ids.flatten().tolist())
        for place, node in enumerate(nodes.flatten().tolist()):
            if base[node] not in there:
                self.places.setdefault(base[node], []).append((self.step, which, place))

    def _meet(self, tensor: Tensor, *, fresh: bool = False) -> None:
        """Take note of a tensor that neither is an input nor was made by a recorded operator.

        Integers are context, and so is what Python wrote down as a number; other numbers are roots.
        """
        if self.shadow.knows(tensor):
            return
        self.shadow.constant(tensor)
        if tensor.is_floating_point() and not fresh:
            first = len(self.expressions)
            nodes = [self.expressions.root("outside", first, i) for i in range(tensor.numel())]
            self.shadow.write(tensor, torch.tensor(nodes, dtype=torch.int64).view(tensor.shape))


class _Leaving(TorchFunctionMode):
    """Sees the methods that hand numbers to Python without running an operator."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self._trace = trace
        self._pauses = 0

    def paused(self) -> _Leaving._Pause:
        return self._Pause(self)

    class _Pause:
        """The trace's own work is not to be seen."""

        def __init__(self, leaving: _Leaving) -> None:
            self._leaving = leaving

        def __enter__(self) -> None:
            self._leaving._pauses += 1

        def __exit__(self, *problem: object) -> None:
            self._leaving._pauses -= 1

    def __torch_function__(  # noqa: PLW3201 - torch's name
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        del types
        name = getattr(func, "__name__", "")
        if name in LEAVING and not self._pauses:
            with self.paused():
                self._trace.escape(args[0], f".{name}()")
        return func(*args, **(kwargs or {}))
