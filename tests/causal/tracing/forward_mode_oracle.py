"""Dependences found without the tracer: change each input a little and see which outputs change."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import torch

from repro.causal.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

Reach: TypeAlias = list[frozenset[tuple[int, int]]]
"""For each output element, the (input, element) pairs that it depends on."""

POINTS = 3
_STEP = 1e-5
_MANY = 1000
"""Nodes made before the first one, so that ids don't fit into small integer types."""
_NOTHING = 1e-9
"""A change below this is a rounding error, since values and slopes are about 1."""


@dataclass(frozen=True)
class Case:
    """A function to test on random tensors.

    Attributes:
        name: also seeds the random arguments.
        function: takes one tensor for each shape.
        shapes: of its arguments.
        exact: whether the trace must find no more dependences than the numbers, over all points.
        positive: whether arguments are in [0.2, 1.8] instead of [-1.6, 1.6].
        backward: whether to test its gradient too.
        approximated: operators whose outputs the trace may assume to depend on all inputs.
    """

    name: str
    function: Callable[..., Tensor]
    shapes: tuple[tuple[int, ...], ...] = ((2, 3),)
    exact: bool = True
    positive: bool = False
    backward: bool = True
    approximated: frozenset[str] = field(default=frozenset())

    def points(self) -> list[list[Tensor]]:
        """Draw arguments in double precision; no two numbers are close to each other."""
        generator = torch.Generator().manual_seed(zlib.crc32(self.name.encode()))
        sizes = [torch.Size(shape).numel() for shape in self.shapes]
        drawn = []
        for _ in range(POINTS):
            ranks = torch.randperm(sum(sizes), generator=generator).to(torch.float64) + 0.5
            flat = 0.2 + 1.6 * ranks / sum(sizes)
            if not self.positive:
                flat = 2.0 * (flat - 1) + 0.01
            parts = flat.split(sizes)
            drawn.append([x.clone().view(s) for x, s in zip(parts, self.shapes, strict=True)])
        return drawn


def traced_ids(
    function: Callable[..., Tensor], arguments: Sequence[Tensor], *, strict: bool = False
) -> tuple[list[int], Trace]:
    """Run a function under a trace, and get the nodes of its result."""
    trace = Trace(strict=strict)
    for k in range(_MANY):
        trace.expressions.root("input", -1, k)
    copies = [x.clone() for x in arguments]
    for number, x in enumerate(copies):
        if x.is_floating_point():
            trace.add_input(x, number)
    with trace:
        result = function(*copies)
    return trace.ids(result).flatten().tolist(), trace


def traced(
    function: Callable[..., Tensor], arguments: Sequence[Tensor], *, strict: bool = False
) -> tuple[Reach, Trace]:
    """Run a function under a trace, and find the inputs that each output element depends on."""
    ids, trace = traced_ids(function, arguments, strict=strict)
    return reached(trace, ids), trace


def reached(trace: Trace, ids: Sequence[int]) -> Reach:
    """Find the inputs that nodes depend on; a node without inputs counts as an element of input -1."""
    e = trace.expressions
    known: dict[int, frozenset[tuple[int, int]]] = {}
    for i in range(len(e)):  # parents have smaller ids
        if e.op[i] == "input":
            number, element = e.extra[i]
            known[i] = frozenset({(int(str(number)), int(str(element)))})
        elif e.is_constant(i):
            known[i] = frozenset()
        else:
            above = frozenset().union(*(known[parent] for parent in e.parents[i]))
            known[i] = above or frozenset({(-1, i)})
    return [known[i] for i in ids]


def moved(function: Callable[..., Tensor], arguments: Sequence[Tensor]) -> Reach:
    """Change every number of every argument a little, up and down, and see which outputs change."""

    def run() -> Tensor:
        return function(*[x.clone() for x in arguments]).detach().to(torch.float64).flatten()

    before = run()
    found: list[set[tuple[int, int]]] = [set() for _ in range(before.numel())]
    for which, x in enumerate(arguments):
        if not x.is_floating_point():
            continue
        for element, number in enumerate(x.flatten().tolist()):
            for step in (_STEP, -_STEP):
                x.view(-1)[element] = number + step
                for i in ((run() - before).abs() > _NOTHING).nonzero().flatten().tolist():
                    found[i].add((which, element))
            x.view(-1)[element] = number
    return [frozenset(one) for one in found]


def backward(case: Case) -> Callable[..., Tensor]:
    """Make the gradient of a weighted sum of a function's outputs, for all arguments together."""

    def gradient(*arguments: Tensor) -> Tensor:
        leaves = [x.detach().requires_grad_() for x in arguments]
        result = case.function(*leaves)
        # Different weights, so that nothing cancels by chance.
        weights = torch.arange(1, result.numel() + 1, dtype=result.dtype).sqrt()
        total = (result * weights.view(result.shape)).sum()
        if not total.requires_grad:
            return torch.zeros(1, dtype=torch.float64)
        made = torch.autograd.grad(total, leaves, allow_unused=True)
        return torch.cat([x.flatten() for x in made if x is not None])

    return gradient


def check(case: Case, function: Callable[..., Tensor], *, exact: bool) -> None:
    """Compare trace and numbers at each point, and their unions over all points if `exact`."""
    by_trace: list[frozenset[tuple[int, int]]] = []
    by_numbers: list[frozenset[tuple[int, int]]] = []
    for arguments in case.points():
        found, trace = traced(function, arguments)
        seen = moved(function, arguments)
        missed = {
            i: mine - theirs for i, (theirs, mine) in enumerate(zip(found, seen, strict=True))
        }
        assert not any(missed.values()), f"{case.name}: the trace missed {missed}"
        assert trace.approximated.keys() <= case.approximated
        assert not trace.limits or case.approximated
        by_trace = _joined(by_trace, found)
        by_numbers = _joined(by_numbers, seen)
    if exact and not case.approximated:
        assert by_trace == by_numbers, case.name


def _joined(first: Reach, second: Reach) -> Reach:
    return [a | b for a, b in zip(first or second, second, strict=True)]
