"""Runs a rule, under a trace or not, and checks what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from repro.causal.auditing.shared_parameters import shared_parameters
from repro.causal.symbolic.expressions import DIGITS, DIGITS_OF_DOUBLES
from repro.causal.tracing.trace import Trace
from repro.errors import AuditError

Gradients = Mapping[str, Any]
GradientTensors = dict[str, list[Tensor]]
"""Each mechanism's gradient, as a list of tensors; none where it is exactly zero."""

_TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-3}
"""GradientTensors of a gradient by which it may differ: a division may have made much of little."""
_LOOSEST = 1e-1
_NOISE = 100
"""Differences up to so many times the rounding of the largest number around are rounding."""


@dataclass(frozen=True)
class AuditTarget:
    """What is audited; the fields are the arguments of `repro.causal.auditing.audit.audit`."""

    rule: Callable[..., Gradients]
    inputs: Mapping[str, Tensor]
    update: Callable[[Gradients], Gradients] | None = None
    execution: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        """Check the inputs.

        Raises:
            AuditError: there is none, or one is no tensor, holds NaN, or shares memory with another.
        """
        if not isinstance(self.inputs, Mapping) or not self.inputs:
            raise AuditError(f"inputs: given {self.inputs!r}; expected a dict of tensors by name")
        for name, value in self.inputs.items():
            if not isinstance(name, str) or not isinstance(value, Tensor):
                raise AuditError(
                    f"input {name!r}: given a {type(value).__name__}; expected a tensor (what is none "
                    "and stays the same belongs into the rule)"
                )
            if not _is_plain(value):
                raise AuditError(
                    f"input {name!r}: given {value.dtype}, {value.layout}, on {value.device}; expected "
                    "a dense tensor of real numbers on the CPU"
                )
            if value.isnan().any():
                raise AuditError(f"input {name!r} holds NaN; expected numbers")
        if not any(value.is_floating_point() for value in self.inputs.values()):
            raise AuditError(
                f"none of the inputs {', '.join(self.inputs)} is floating-point; independence is judged "
                "given real numbers, so pass bids and rewards as such"
            )
        for first, second in shared_parameters(self.inputs):
            raise AuditError(f"inputs {first!r} and {second!r} share memory; pass it once")

    @property
    def double(self) -> bool:
        """Whether all real inputs are in double precision."""
        real = [x for x in self.inputs.values() if x.is_floating_point()]
        return all(x.dtype == torch.float64 for x in real)

    def copies(self) -> dict[str, Tensor]:
        """Copy the inputs; a copy requires gradients where its input does."""
        return {name: copied(x) for name, x in self.inputs.items()}

    def run(
        self,
        copies: Mapping[str, Tensor],
        around: AbstractContextManager[object] | None = None,
        observe: Callable[[list[Tensor]], None] = lambda _tensors: None,
    ) -> GradientTensors:
        """Run the execution, the rule and the update on copies of the inputs.

        Args:
            copies: of the inputs.
            around: context that they run in.
            observe: told, between execution and rule, the tensors that the execution returned.

        Raises:
            AuditError: one of them fails, or gives something other than gradients by name.
        """
        with around or nullcontext():
            if self.execution is not None:
                seen = _called("execution", self.execution, **copies)
                observe([x for x in tree_leaves(seen) if isinstance(x, Tensor)])
            given = _called("rule", self.rule, **copies)
            parts = _parts("rule", given)
            if self.update is not None:
                parts = _parts("update", _called("update", self.update, given))
        for name, tensors in parts.items():
            if any(x.detach().isnan().any() for x in tensors):
                raise AuditError(f"the gradient of {name!r} holds NaN; expected numbers")
        return parts


@dataclass(frozen=True)
class TracedRun:
    """A rule's run under a trace.

    Attributes:
        trace: what was recorded.
        gradients: nodes of each gradient's elements.
        observed: bases that the execution has computed.
        start: how many operators had run when the rule began.
        plain: the gradients of a run without a trace.
    """

    trace: Trace
    gradients: dict[str, list[int]]
    observed: frozenset[int]
    start: int
    plain: GradientTensors


def trace_rule(target: AuditTarget, *, strict: bool) -> TracedRun:
    """Run under a trace, then once more without, which must give the same gradients.

    Raises:
        AuditError: as `AuditTarget.run`, or the two runs differ.
    """
    trace = Trace(strict=strict, digits=DIGITS_OF_DOUBLES if target.double else DIGITS)
    copies = target.copies()
    for place, value in enumerate(copies.values()):
        if value.is_floating_point():
            trace.add_input(value, place)
        else:
            trace.shadow.set_constant(value)
    observed: set[int] = set()
    started = [0]

    def observe(tensors: list[Tensor]) -> None:
        observed.update(trace.bases(tensors))
        started[0] = trace.step

    parts = target.run(copies, trace, observe)
    nodes = {
        name: [i for x in tensors for i in trace.ids(x).flatten().tolist()]
        for name, tensors in parts.items()
    }
    plain = target.run(target.copies())
    _compare(parts, plain, max(largest(x) for x in copies.values() if x.is_floating_point()))
    return TracedRun(trace, nodes, frozenset(i for i in observed if i >= 0), started[0], plain)


def _called(what: str, function: Callable[..., Any], *args: Any, **named: Any) -> Any:  # noqa: ANN401
    try:
        return function(*args, **named)
    except AuditError:
        raise
    except Exception as error:
        said = " ".join(str(error).split()) or "no message"
        raise AuditError(f"the {what} raised {type(error).__name__}: {said}") from error


def _parts(what: str, given: object) -> GradientTensors:
    """Check that something is gradients by name."""
    if not isinstance(given, Mapping):
        raise AuditError(
            f"the {what} returned a {type(given).__name__}; expected a dict with the gradient of each "
            "mechanism by its name"
        )
    if len(given) < 2:  # noqa: PLR2004 - independence takes two
        raise AuditError(
            f"the {what} returned gradients of {len(given)} mechanisms; expected two or more"
        )
    parts: GradientTensors = {}
    for key, value in given.items():
        name = str(key)
        if name in parts:
            raise AuditError(f"the {what} returned two gradients named {name!r}; rename one")
        listed = value if isinstance(value, (list, tuple)) else [value]
        parts[name] = []
        for x in listed:
            if x is None:
                continue
            if not isinstance(x, Tensor) or not x.is_floating_point() or not _is_plain(x):
                said = type(x).__name__
                if isinstance(x, Tensor):
                    said = f"{x.dtype} tensor, {x.layout}, on {x.device}"
                raise AuditError(
                    f"the {what}'s gradient of {name!r} is a {said}; expected a dense "
                    "floating-point tensor on the CPU, a list of them, or None for an exact zero"
                )
            parts[name].append(x)
    return parts


def _is_plain(tensor: Tensor) -> bool:
    """Whether a tensor holds real numbers, one beside the other, where they can be read."""
    odd = tensor.is_complex() or tensor.is_quantized
    return not odd and tensor.layout is torch.strided and tensor.device.type == "cpu"


def copied(tensor: Tensor) -> Tensor:
    """Copy a tensor; the copy requires gradients where it does."""
    plain = tensor.detach().clone(memory_format=torch.contiguous_format)
    return plain.requires_grad_(tensor.requires_grad)


def largest(tensor: Tensor) -> float:
    """Get the largest size of a finite number in a tensor, 0 where there is none."""
    finite = tensor.detach()[tensor.isfinite()].abs()
    return float(finite.max()) if finite.numel() else 0.0


def _compare(first: GradientTensors, second: GradientTensors, size: float) -> None:
    """Check that two runs gave the same gradients but for rounding."""
    for name, tensors in first.items():
        again = second.get(name, [])
        same = len(again) == len(tensors) and all(
            _close(x, y, size) for x, y in zip(tensors, again, strict=True)
        )
        if not same:
            raise AuditError(
                f"the gradient of {name!r} is another when the rule runs again on the same inputs; draw "
                "random numbers before and pass them in, and keep nothing between runs"
            )


def _close(x: Tensor, y: Tensor, size: float) -> bool:
    """Tell whether two tensors differ by rounding at most, where numbers of some size were added."""
    if x.shape != y.shape or x.dtype != y.dtype:
        return False
    tolerance = _TOLERANCE.get(x.dtype, _LOOSEST)
    noise = _NOISE * torch.finfo(x.dtype).eps * max(1.0, size)
    a, b = x.detach().double(), y.detach().double()
    return torch.allclose(a, b, rtol=tolerance, atol=max(noise, tolerance * largest(a)))
