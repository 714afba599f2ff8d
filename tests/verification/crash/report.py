"""The report of the crash tests, in Markdown and as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeAlias

from tests.verification.crash.kills import Result
from tests.verification.crash.rows import Row
from tests.verification.crash.state import LEAST, PHASES
from tests.verification.program import Report
from tests.verification.tables import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = ("/tmp/", "/var/")  # noqa: S108 - temporary folders, whose names carry no information
Found: TypeAlias = Result | Row


def report(found: Sequence[Found], seconds: float) -> Report:
    """Make the report.

    Args:
        found: all results.
        seconds: the time everything took.
    """
    results = [one for one in found if isinstance(one, Result)]
    once = [one for one in results if one.name.startswith("kill ")]
    others = [one for one in results if one not in once]
    rows = [one for one in found if isinstance(one, Row)]
    facts = {
        "kills": [asdict(result) for result in once],
        "phases": phases(once),
        "other kills": [asdict(result) for result in others],
        "faults": [asdict(row) for row in rows],
    }
    problems = [*uncovered(once), *wrong(found)]
    return Report("crash", _text(once, others, rows, seconds), facts, problems)


def wrong(found: Sequence[Found]) -> list[str]:
    """List everything that is wrong, one line each."""
    return [
        f"{one.name}: {fault}" if isinstance(one, Result) else f"{one.fault}: {fault}"
        for one in found
        for fault in (one.faults if isinstance(one, Result) else one.wrong)
    ]


def phases(results: Sequence[Result]) -> list[tuple[str, int, int]]:
    """Return each phase with the number of kills in it, and the number required."""
    counted = Counter(phase for result in results for phase in result.phases)
    return [(phase, counted[phase], least) for phase, least in zip(PHASES, LEAST, strict=True)]


def uncovered(results: Sequence[Result]) -> list[str]:
    """List the phases with too few kills to conclude anything."""
    return [
        f"{count} kills were in the phase {phase!r}, expected at least {least}: run it again on a "
        "less busy machine"
        for phase, count, least in phases(results)
        if count < least
    ]


def _text(
    once: Sequence[Result], others: Sequence[Result], rows: Sequence[Row], seconds: float
) -> str:
    survived = sum(not result.faults for result in once)
    kills = markdown(
        ("killed while", "kills", "at least", "mean epochs kept"),
        [(phase, count, least, _kept(once, phase)) for phase, count, least in phases(once)],
    )
    other_kills = markdown(
        ("other kills", "phases", "workers lived on, s", "outcome"),
        [
            (one.name, ", ".join(_short(one.phases)), f"{one.seconds:.1f}", _outcome(one.faults))
            for one in others
        ],
    )
    faults = markdown(
        ("fault", "tried", "outcome", "message"),
        [(row.fault, row.tried, _outcome(row.wrong), _message(row.seen)) for row in rows],
    )
    return (
        f"After {survived} of {len(once)} kills the resumed run has the same bytes as an uninterrupted one; "
        f"{seconds:.0f} s in all.\n\n{kills}\n{other_kills}\n{faults}"
    )


def _kept(results: Sequence[Result], phase: str) -> str:
    kept = [result.epochs[0] for result in results if result.phases == (phase,)]
    return f"{sum(kept) / len(kept):.0f}" if kept else ""


def _short(names: Sequence[str]) -> list[str]:
    counted = Counter(names)
    return [name if count == 1 else f"{count} × {name}" for name, count in counted.items()]


def _outcome(wrong: Sequence[str]) -> str:
    return "ok" if not wrong else f"WRONG: {'; '.join(wrong[:2])} ({len(wrong)})"


def _message(line: str) -> str:
    """Shorten the names of temporary folders in a message."""
    words = [
        ("…/" + word.rpartition("/")[2]) if any(p in word for p in PLACES) else word
        for word in line.split(" ")
    ]
    return " ".join(words) or "none; it continues"
