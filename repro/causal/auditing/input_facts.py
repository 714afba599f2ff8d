"""Facts about a rule's inputs that a verdict states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.causal.auditing.reads import InputLabels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from repro.causal.auditing.dependence import DependenceGraph
    from repro.causal.auditing.rule_run import AuditTarget


def context(target: AuditTarget, coded: DependenceGraph) -> tuple[str, ...]:
    """List the inputs of integers and truth values that are not calculated with."""
    e = coded.expressions
    read = {i for name in coded.names for i in coded.roots(name) if e.op[i] == "input"}
    numbers = {e.extra[i][0] for i in read}
    return tuple(
        name
        for number, (name, x) in enumerate(target.inputs.items())
        if not x.is_floating_point() and number not in numbers
    )


def input_labels(inputs: Mapping[str, Tensor]) -> InputLabels:
    """Make a function that names (input, element), such as "bids[0, 2]"."""
    return InputLabels(tuple(inputs), tuple(tuple(x.shape) for x in inputs.values()))


def truths(inputs: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """List where boolean vectors are true, such as the steps at which episodes end."""
    return {
        name: tuple(x.nonzero().flatten().tolist())
        for name, x in inputs.items()
        if x.dtype == torch.bool and x.dim() == 1
    }
