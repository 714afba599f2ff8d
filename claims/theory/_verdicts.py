"""From what held, and what a trace could not follow, to a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.causal import Verdict as Audited

_WORST_FIRST = (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE, Verdict.REPRODUCED)


def judge(holds: bool, audits: Iterable[Audited] = ()) -> Verdict:
    """Judge one case; inconclusive if it rests on an audit that was not certain of what it saw.

    Args:
        holds: whether everything came out as derived.
        audits: those that it rests on.
    """
    if any(one.approximated or one.limits for one in audits):
        return Verdict.INCONCLUSIVE
    return Verdict.REPRODUCED if holds else Verdict.NOT_REPRODUCED


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Take "not reproduced" before "inconclusive" before "reproduced"."""
    return min(verdicts, key=_WORST_FIRST.index)


def yes(holds: bool) -> str:
    """Write a truth value as a word, for tables."""
    return "yes" if holds else "no"
