"""Every assertion of the talk, with the claims that check it or the reason why none does."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol

from repro.report.claim_groups import FINDING
from repro.report.numbers import count
from repro.report.recorded_outcome import outcome_note
from repro.report.section import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repro.report.sources import Sources
    from repro.verdicts import ClaimResult

TITLE = "What the talk says, and what checks it"


class Citing(Protocol):
    """The fields that are read of a claim, judged or not."""

    @property
    def id(self) -> str:
        """The dotted name."""

    @property
    def kind(self) -> str:
        """One of "theory", "empirical", "consistency", "explanation" and "finding"."""

    @property
    def source(self) -> tuple[str, ...]:
        """The cited lines, such as ("talk:44",)."""


def talk_coverage(
    sources: Sources, declared: Iterable[Citing], results: Iterable[ClaimResult]
) -> Section:
    """List each assertion with the claims that cite it and their verdicts in this run.

    A finding is listed as related: it says more than the talk and does not check the assertion. An
    explanation does check what the talk says of a cause.

    Args:
        sources: the assertions.
        declared: all claims, judged in this run or not.
        results: the claims judged in this run.
    """
    judged = {claim.id: claim for claim in results}
    checking: dict[str, list[str]] = {line: [] for line in sources.lines}
    related: dict[str, list[str]] = {line: [] for line in sources.lines}
    for claim in declared:
        group = related if claim.kind == FINDING else checking
        for line in dict.fromkeys(claim.source):
            if line in group:
                group[line].append(claim.id)
    rows = tuple(
        (
            line,
            sources.lines[line],
            _answer(sources, line, checking[line], related[line], judged),
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
    related: Sequence[str],
    judged: Mapping[str, ClaimResult],
) -> str:
    """Describe what checks a line; a reason why no claim does is used only if none does."""
    if checking:
        parts = [_verdicts(checking, judged)]
        if line in sources.partly:
            parts.append(f"Not covered: {sources.partly[line]}")
    elif line in sources.untested:
        reason = sources.untested[line]
        parts = [f"Not tested ({reason.kind}): {reason.why}"]
    else:
        parts = ["Not tested: no collected claim cites it"]
    if related:
        parts.append(f"Related: {_verdicts(related, judged)}")
    return ". ".join(parts)


def _verdicts(claims: Sequence[str], judged: Mapping[str, ClaimResult]) -> str:
    """Format "a.b: reproduced; c.d, not judged in this run"."""
    parts = []
    for claim in claims:
        if claim not in judged:
            parts.append(f"{claim}, not judged in this run")
            continue
        note = outcome_note(judged[claim])
        parts.append(f"{claim}: {judged[claim].verdict}" + (f" ({note})" if note else ""))
    return "; ".join(parts)


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
    text = (
        f"{_talk(sources.length)} {count(len(sources.lines), 'assertion')}, in our count. Claims "
        f"check {len(checked)} of them, {partly} only in part; {now} were checked in this run. "
        f"Not tested: {len(open_)}{f' ({reasons})' if open_ else ''}. A verdict is about the claim "
        "as it is judged. Each claim says how it differs from what the talk says. (The statements that the summary counts "
        "are fewer: one for each claim, or group of claims, on what the talk says.)"
    )
    if sources.length:
        text += (
            " The other lines of the talk repeat, complete, ask or announce one of these assertions, "
            "or are headings, names and labels."
        )
    return text


def _talk(length: int) -> str:
    return f"The talk's {count(length, 'line')} make" if length else "The talk makes"
