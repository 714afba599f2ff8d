"""Every step's gradient by itself: the first axis of a mechanism's gradient is time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from repro.errors import AuditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor

MOST = 200
"""Largest number of gradients, because every two of them are a pair."""
_STEP = re.compile(r"(.*)\[(\d+)\]", re.DOTALL)


def by_step(gradients: Mapping[str, list[Tensor]]) -> dict[str, list[Tensor]]:
    """Split gradients along their first axis; a gradient without axes, or of exactly zero, stays one.

    Args:
        gradients: of each mechanism, a list of tensors with equally long first axes.

    Raises:
        AuditError: first axes differ, a mechanism is named like a step, or there are too many steps or
            fewer than two gradients.
    """
    found: dict[str, list[Tensor]] = {}
    for name, tensors in gradients.items():
        if _STEP.fullmatch(name):
            raise AuditError(
                f"per='step': mechanism {name!r} is named like one step of another; rename it"
            )
        lengths = {len(x) if x.dim() else None for x in tensors}
        if len(lengths) > 1:
            shapes = ", ".join(str(tuple(x.shape)) for x in tensors)
            raise AuditError(
                f"per='step': the gradient of {name!r} has tensors of shapes {shapes}; expected one first "
                "axis, the steps"
            )
        length = next(iter(lengths), None)
        if length is None:
            found[name] = list(tensors)
        else:
            found |= {f"{name}[{step}]": [x[step] for x in tensors] for step in range(length)}
    if not 2 <= len(found) <= MOST:  # noqa: PLR2004 - a pair
        raise AuditError(
            f"per='step': given {len(found)} gradients; expected 2 to {MOST}, because every two are a pair; "
            "audit " + ("fewer steps" if len(found) > MOST else "more steps or mechanisms")
        )
    return found


def steps_of(names: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Get mechanism and step by the names that `by_step` gives."""
    found = ((name, _STEP.fullmatch(name)) for name in names)
    return {name: (parts[1], int(parts[2])) for name, parts in found if parts}
