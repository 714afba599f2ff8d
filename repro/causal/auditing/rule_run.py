"""Runs a rule, with or without a trace, and checks its inputs and its results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from repro.causal.auditing.checked_tensors import check_tensors, is_plain
from repro.causal.auditing.error_text import described, misfit
from repro.causal.auditing.made_numbers import MadeNumbers
from repro.causal.auditing.steps import by_step
from repro.causal.auditing.tolerances import GradientTensors, differs, largest
from repro.causal.symbolic.expressions import DIGITS, DIGITS_OF_DOUBLES
from repro.causal.tracing.trace import Trace
from repro.errors import AuditError

if TYPE_CHECKING:
    from repro.causal.auditing.data_change import DataChange

Gradients = Mapping[str, Any]

RULE_CHANGES = (
    "the gradient of {!r} differs when the rule runs again on the same inputs; draw random numbers before and "
    "pass them in, and keep no state between runs"
)
_TRACE_AT_FAULT = (
    "the trace is at fault: two plain runs of the rule agree, but the traced run computes another gradient of "
    "{!r}; write the operators that the rule uses with simpler ones, and report the rule as a bug"
)


@dataclass(frozen=True)
class AuditTarget:
    """What is audited.

    Attributes:
        rule: credit assignment, see `repro.causal.audit`.
        inputs: likewise.
        update: likewise.
        execution: likewise.
        per_step: the audit's per="step".
        outside_is_given: whether tensors that are no inputs and don't change with them are conditioned on; if
            not, only parameters and buffers of torch modules are.
        start: where to look for names of tensors and modules, see `reachable_objects`; if there is none, from
            the rule, the update and the execution.
        draws_random_numbers: whether the rule may draw random numbers, because it draws the same ones in each run.
        data: numbers of an agent that other runs can change; None if there is no agent.
        made: what a step makes of such data outside of torch.

    Raises:
        AuditError: there are no inputs, or one is not a tensor, holds NaN, or shares memory with another.
    """

    rule: Callable[..., Gradients]
    inputs: Mapping[str, Tensor]
    update: Callable[[Gradients], Gradients] | None = None
    execution: Callable[..., Any] | None = None
    per_step: bool = False
    outside_is_given: bool = False
    start: Sequence[tuple[str, object]] = ()
    draws_random_numbers: bool = False
    data: DataChange | None = None
    made: MadeNumbers = field(default_factory=MadeNumbers)

    def __post_init__(self) -> None:
        """Check the inputs."""
        if not isinstance(self.inputs, Mapping) or not self.inputs:
            raise AuditError(f"inputs: given {self.inputs!r}; expected a dict of tensors by name")
        check_tensors("input", self.inputs)
        if not any(value.is_floating_point() for value in self.inputs.values()):
            raise AuditError(
                f"none of the inputs {', '.join(self.inputs)} is floating-point; expected real numbers to "
                "condition on, such as bids and rewards"
            )

    @property
    def double(self) -> bool:
        """Whether all real inputs are in double precision."""
        real = [x for x in self.inputs.values() if x.is_floating_point()]
        return all(x.dtype == torch.float64 for x in real)

    @property
    def named(self) -> list[tuple[str, object]]:
        """Objects from which the names of other objects are looked up."""
        return [*self.start] or [("", f) for f in (self.rule, self.update, self.execution)]

    def copies(self) -> dict[str, Tensor]:
        """Copy the inputs; a copy requires gradients if its input does."""
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
            around: a context to run in.
            observe: called between execution and rule with the tensors that the execution returned.

        Raises:
            AuditError: one of them fails or does not return gradients by name.
        """
        with around or nullcontext():
            if self.execution is not None:
                seen = _called("execution", self.execution, copies)
                observe([x for x in tree_leaves(seen) if isinstance(x, Tensor)])
            given = _called("rule", self.rule, copies)
            fewest = 1 if self.per_step else 2
            parts = _parts("rule", given, fewest)
            if self.update is not None:
                parts = _parts("update", _called("update", self.update, {}, given), fewest)
        for name, tensors in parts.items():
            if any(x.detach().isnan().any() for x in tensors):
                raise AuditError(f"the gradient of {name!r} holds NaN; expected numbers")
        return by_step(parts) if self.per_step else parts


@dataclass(frozen=True)
class TracedRun:
    """A traced run of a rule.

    Attributes:
        trace: the trace.
        gradients: nodes of each gradient's elements.
        observed: bases that the execution computed, and functions of single integers of an input.
        start: number of operators that ran before the rule.
        plain: the gradients of a run without a trace.
    """

    trace: Trace
    gradients: dict[str, list[int]]
    observed: frozenset[int]
    start: int
    plain: GradientTensors


def trace_rule(target: AuditTarget, *, strict: bool) -> TracedRun:
    """Run a rule with a trace and again without, and check that the gradients are the same.

    Raises:
        AuditError: see `AuditTarget.run`; or the two runs differ.
    """
    run, parts = _traced(target, strict=strict)
    size = max(largest(x) for x in target.inputs.values() if x.is_floating_point())
    plain = target.run(target.copies())
    name = differs(parts, plain, size, run.trace.precision)
    if name is not None:
        # Does the rule change from run to run, or does the trace compute other gradients?
        again = target.run(target.copies()), _traced(target, strict=strict)[1]
        stable = [differs(x, plain, size, run.trace.precision) is not None for x in again]
        at_fault = stable == [False, True]
        raise AuditError((_TRACE_AT_FAULT if at_fault else RULE_CHANGES).format(name))
    return replace(run, plain=plain)


def _traced(target: AuditTarget, *, strict: bool) -> tuple[TracedRun, GradientTensors]:
    """Run a rule with a trace; return the run, still without a plain one, and its gradients."""
    trace = Trace(
        strict=strict,
        digits=DIGITS_OF_DOUBLES if target.double else DIGITS,
        random=target.draws_random_numbers,
        is_agent=target.outside_is_given,
    )
    trace.made, trace.made_outside = target.made.literals, target.made.outside
    copies = target.copies()
    for number, value in enumerate(copies.values()):
        trace.add_input(value, number)
    observed: set[int] = set()
    start = 0

    def observe(tensors: list[Tensor]) -> None:
        nonlocal start
        observed.update(trace.bases(tensors))
        start = trace.step

    parts = target.run(copies, trace, observe)
    nodes = {
        name: [i for x in tensors for i in trace.results(x)] for name, tensors in parts.items()
    }
    given = (i for i in trace.context.given if trace.expressions.op[i] != "input")
    observed.update(given)
    return TracedRun(trace, nodes, frozenset(i for i in observed if i >= 0), start, {}), parts


def _called(what: str, function: Callable[..., Any], named: Mapping[str, Any], *args: Any) -> Any:  # noqa: ANN401 - whatever the function returns
    if not args and (wrong := misfit(what, function, named, "inputs")):
        raise AuditError(wrong)
    try:
        return function(*args, **named)
    except AuditError:
        raise
    except Exception as error:
        raise AuditError(described(what, error, named)) from error


def _parts(what: str, given: object, fewest: int) -> GradientTensors:
    """Check that a result is gradients by name, of `fewest` mechanisms or more."""
    if not isinstance(given, Mapping):
        raise AuditError(
            f"the {what} returned a {type(given).__name__}; expected a dict with the gradient of each "
            "mechanism by its name"
        )
    if len(given) < fewest:
        expected = "two or more" if fewest > 1 else "one or more"
        raise AuditError(
            f"the {what} returned gradients of {len(given)} mechanisms; expected {expected}"
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
            if not isinstance(x, Tensor) or not x.is_floating_point() or not is_plain(x):
                kind = type(x).__name__
                if isinstance(x, Tensor):
                    kind = f"{x.dtype} tensor, {x.layout}, on {x.device}"
                raise AuditError(
                    f"the {what}'s gradient of {name!r} is a {kind}; expected a dense "
                    "floating-point tensor on the CPU, a list of them, or None for an exact zero"
                )
            parts[name].append(x)
    return parts


def copied(tensor: Tensor) -> Tensor:
    """Copy a tensor; the copy requires gradients if the tensor does."""
    plain = tensor.detach().clone(memory_format=torch.contiguous_format)
    return plain.requires_grad_(tensor.requires_grad)
