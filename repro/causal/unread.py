"""A safety net under the trace: a gradient must not move with inputs that it was not seen to read.

Modes of torch see one thread, and operators only; what a rule does elsewhere, in memory that it shares
with another library or by constructors that read numbers, might slip through. Then numbers move that
the trace holds still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.causal.running import Parts, Subject

_STEP = 1e-4
"""By how much inputs are changed, in parts of themselves and as such: too little for a maximum to be
another, unless there is a tie."""

Elements = frozenset[tuple[int, int]]
"""Elements of inputs: number of the input, number of the element."""


def moved_by_unread(
    subject: Subject, before: Parts, reads: Mapping[str, Elements]
) -> tuple[str, ...]:
    """Name the mechanisms whose gradients move with inputs that they are not known to read.

    One that moves upwards and not downwards, or the other way round, is forgiven: a tie was broken.

    Args:
        subject: the rule.
        before: its gradients.
        reads: what each gradient reads, by its mechanism.
    """
    suspects = tuple(reads)
    for sign in (1, -1):
        suspects = tuple(
            name for name in suspects if _moves(subject, before, name, reads[name], sign)
        )
    return suspects


def _moves(subject: Subject, before: Parts, name: str, reads: Elements, sign: int) -> bool:
    copies = subject.copies()
    changed = False
    for place, tensor in enumerate(copies.values()):
        if not tensor.is_floating_point():
            continue
        flat = tensor.detach().view(-1)
        unread = [i for i in range(len(flat)) if (place, i) not in reads]
        if unread:
            changed = True
            # By different amounts, lest what they do cancels.
            size = _STEP * (1 + 0.5 * torch.arange(len(unread)).sin().to(flat.dtype))
            flat[unread] += sign * size * (1 + flat[unread].abs())
    if not changed:
        return False
    try:
        after = subject.run(copies)
    except AuditError:
        return False
    pairs = zip(before[name], after[name], strict=True)
    return any(not torch.equal(x.detach(), y.detach()) for x, y in pairs)
