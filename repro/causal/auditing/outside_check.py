"""The outside check: change the inputs, and see whether tensors that are no inputs change with them.

A tensor that no recorded operator made is data only if it does not depend on the inputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.causal.auditing.changed_run import ChangedRun, quietly
from repro.errors import AuditError

if TYPE_CHECKING:
    from torch import Tensor

    from repro.causal.auditing.rule_run import AuditTarget, TracedRun


def literal_check(target: AuditTarget, run: TracedRun) -> tuple[str, ...]:
    """Find tensors of Python numbers that are not constants: they change with the inputs.

    Args:
        target: the rule.
        run: its traced run.

    Returns:
        Sentences for the limits.
    """
    suspects = run.trace.suspects
    if not suspects:
        return ()
    runs = _with_changed_inputs(target)
    if runs is None:
        return tuple(dict.fromkeys(suspects.values()))
    before, after = (one.literals for one in runs)
    return tuple(
        dict.fromkeys(
            sentence
            for number, sentence in suspects.items()
            if number > min(len(before), len(after)) or before[number - 1] != after[number - 1]
        )
    )


def outside_is_fixed(target: AuditTarget) -> bool:
    """Return whether the tensors that are no inputs stay as they are when all inputs change."""
    runs = _with_changed_inputs(target)
    if runs is None:
        return False
    first, second = runs
    # Copies of arrays are among the literals.
    if first.literals != second.literals or len(first.outside) != len(second.outside):
        return False
    pairs = zip(first.outside, second.outside, strict=True)
    return all(_same(x, y) for x, y in pairs)


def _same(x: Tensor, y: Tensor) -> bool:
    """Compare two tensors; NaN, such as memory that is still to be written, is equal to itself."""
    alike = x.dtype == y.dtype and x.shape == y.shape
    return alike and torch.allclose(x, y, rtol=0, atol=0, equal_nan=True)


def _with_changed_inputs(target: AuditTarget) -> tuple[ChangedRun, ChangedRun] | None:
    """Run the rule with its inputs and with others; None if one of the runs fails."""
    changed = target.copies()
    for x in changed.values():
        if x.is_floating_point():
            # Upwards, because running means of squares must not become negative.
            wave = torch.arange(1.0, x.numel() + 1, dtype=torch.float64).sin().abs().view(x.shape)
            x.detach().add_((0.01 * wave * (1 + x.detach().abs())).to(x.dtype))
    runs = (ChangedRun((), 0), ChangedRun((), 0))
    with quietly():
        for one, copies in zip(runs, (target.copies(), changed), strict=True):
            one.know(copies.values())
            try:
                target.run(copies, one.intercept())
            except AuditError:
                return None
    return runs
