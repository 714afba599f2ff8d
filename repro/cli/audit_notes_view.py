"""Warnings that are printed with an answer: conditions that were not checked, and gradients that say little."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.causal.auditing.findings import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.causal.auditing.verdict import Verdict

_MOST = 6


def notes(verdict: Verdict) -> list[str]:
    """Say on what an answer depends that is not checked, or what makes it say little."""
    found: list[str] = []
    if verdict.answer is Answer.NOT_MODULAR:
        return found
    if verdict.trained_in_common:
        modules = dict.fromkeys(
            name.rpartition(".")[0] or name for name in verdict.trained_in_common
        )
        found.append(
            "for the mechanisms' own parameters; common to several, and trained too: "
            + _listed(modules)
        )
    if verdict.zero:
        found.append(
            f"exactly zero, so independent of all others: the gradient of {_listed(verdict.zero)}; "
            "did it not act, or is a backward() missing?"
        )
    if constant := [x for x, read in verdict.reads.items() if not read and x not in verdict.zero]:
        found.append(f"constant, whatever the inputs are: the gradient of {_listed(constant)}")
    if verdict.unproven:
        found.append(
            "if what the step makes outside of torch is data or constants: "
            + _listed(verdict.unproven)
        )
    return found


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" … and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
