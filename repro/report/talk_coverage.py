"""Every statement of the talk, and the claim that checks it or why none does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from repro.report.numbers import count
from repro.report.recorded_outcome import outcome_note
from repro.report.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repro.report.sources import Sources
    from repro.verdicts.results import ClaimResult

TITLE = "What the talk says, and what checks it"
FINDING = "finding"


class Citing(Protocol):
    """What is read of a claim, whether it was judged or not."""

    @property
    def id(self) -> str:
        """Its dotted name."""

    @property
    def kind(self) -> str:
        """One of "theory", "empirical" and "finding"."""

    @property
    def source(self) -> tuple[str, ...]:
        """The lines that it cites, as ("talk:44",)."""


def talk_coverage(
    sources: Sources, declared: Iterable[Citing], results: Iterable[ClaimResult]
) -> Section:
    """Set each statement beside the claims that cite it, with the verdicts of this run.

    A finding says what the talk does not: it stands beside a statement and does not check it.

    Args:
        sources: the statements.
        declared: all claims there are, those that this run does not judge among them.
        results: those that it judged.
    """
    judged = {claim.id: claim for claim in results}
    checking: dict[str, list[str]] = {line: [] for line in sources.lines}
    beside: dict[str, list[str]] = {line: [] for line in sources.lines}
    for claim in declared:
        group = beside if claim.kind == FINDING else checking
        for line in dict.fromkeys(claim.source):
            if line in group:
                group[line].append(claim.id)
    rows = tuple(
        (
            line,
            sources.lines[line],
            _answer(sources, line, checking[line], beside[line], judged),
            ", ".join(map(str, sources.same.get(line, ()))),
        )
        for line in sorted(sources.lines, key=lambda line: int(line.partition(":")[2]))
    )
    head = ("line", "what the talk says", "checked by", "also in lines")
    return Section(TITLE, _summary(sources, checking, judged), head, rows)


def _answer(
    sources: Sources,
    line: str,
    checking: Sequence[str],
    beside: Sequence[str],
    judged: Mapping[str, ClaimResult],
) -> str:
    """Say what checks a line; where a claim does, no reason why none would is given."""
    if checking:
        parts = [_told(checking, judged)]
        if line in sources.partly:
            parts.append(f"Not covered: {sources.partly[line]}")
    elif line in sources.untested:
        reason = sources.untested[line]
        parts = [f"Not tested ({reason.kind}): {reason.why}"]
    else:
        parts = ["Not tested: no claim that was looked at cites it"]
    if beside:
        parts.append(f"Beside it: {_told(beside, judged)}")
    return ". ".join(parts)


def _told(claims: Sequence[str], judged: Mapping[str, ClaimResult]) -> str:
    """Write "a.b: reproduced; c.d, not judged in this run"."""
    told = []
    for claim in claims:
        if claim not in judged:
            told.append(f"{claim}, not judged in this run")
            continue
        note = outcome_note(judged[claim])
        told.append(f"{claim}: {judged[claim].verdict}" + (f" ({note})" if note else ""))
    return "; ".join(told)


def _summary(
    sources: Sources, checking: Mapping[str, Sequence[str]], judged: Mapping[str, ClaimResult]
) -> str:
    checked = [line for line, claims in checking.items() if claims]
    partly = sum(line in sources.partly for line in checked)
    now = sum(any(claim in judged for claim in checking[line]) for line in checked)
    open_ = [line for line, claims in checking.items() if not claims]
    kinds = Counter(
        sources.untested[line].kind if line in sources.untested else "without a reason"
        for line in open_
    )
    reasons = ", ".join(f"{many} {kind}" for kind, many in kinds.most_common())
    told = (
        f"{_talk(sources.length)} {count(len(sources.lines), 'statement')}. Claims "
        f"check {len(checked)} of them, {partly} of these in part; {now} were judged in this run. "
        f"Not tested: {len(open_)}{f' ({reasons})' if open_ else ''}. A verdict is about the claim as "
        "it is judged; how that differs from what the talk says stands with the claim."
    )
    if sources.length:
        told += (
            " Lines of the talk that are not listed repeat, complete, ask or announce one of these, "
            "or are headings, names and labels."
        )
    return told


def _talk(length: int) -> str:
    return f"The talk's {count(length, 'line')} make" if length else "The talk makes"
