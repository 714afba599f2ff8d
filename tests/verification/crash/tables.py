"""What the harness found, as tables for people and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.verification.crash.state import LEAST, PHASES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.verification.crash.kills import Result
    from tests.verification.crash.rows import Row

PLACES = ("/tmp/", "/var/")  # noqa: S108 - where temporary folders lie, whose names say nothing


def phases(results: Sequence[Result]) -> list[tuple[str, int, int]]:
    """How many kills fell into each phase, and how many must."""
    counted = Counter(phase for result in results for phase in result.phases)
    return [(phase, counted[phase], least) for phase, least in zip(PHASES, LEAST, strict=True)]


def uncovered(results: Sequence[Result]) -> list[str]:
    """Phases into which too few kills fell for the whole to say something."""
    return [
        f"{count} kills fell into the phase {phase!r}, expected at least {least}: run it again "
        "where less else is running"
        for phase, count, least in phases(results)
        if count < least
    ]


def markdown(
    once: Sequence[Result], others: Sequence[Result], rows: Sequence[Row], seconds: float
) -> str:
    """All tables, and how long it took."""
    survived = sum(not result.faults for result in once)
    head = (
        f"{survived} of {len(once)} kills at random moments were resumed to the same bytes as an "
        f"uninterrupted run's; {seconds:.0f} s in all."
    )
    lines = [
        head,
        "",
        *_table(
            ("killed while", "kills", "at least", "epochs kept, in the mean"),
            ((phase, count, least, _kept(once, phase)) for phase, count, least in phases(once)),
        ),
        "",
        *_table(
            ("otherwise killed", "phases", "outlived by, s", "came out"),
            (
                (
                    one.name,
                    ", ".join(_short(one.phases)),
                    f"{one.seconds:.1f}",
                    _verdict(one.faults),
                )
                for one in others
            ),
        ),
        "",
        *_table(
            ("fault", "tried", "came out", "what is said"),
            ((row.fault, row.tried, _verdict(row.wrong), _said(row.seen)) for row in rows),
        ),
        "",
    ]
    return "\n".join(lines)


def as_json(once: Sequence[Result], others: Sequence[Result], rows: Sequence[Row]) -> str:
    """All that was found."""
    body = {
        "kills": [asdict(result) for result in once],
        "phases": phases(once),
        "other kills": [asdict(result) for result in others],
        "faults": [asdict(row) for row in rows],
    }
    return json.dumps(body, indent=1) + "\n"


def write(folder: Path, told: str, body: str) -> None:
    """Write both, in place of earlier ones."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "crash.md").write_text(told, encoding="utf-8")
    (folder / "crash.json").write_text(body, encoding="utf-8")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in (head, *rows)]
    cells.insert(1, ["---"] * len(head))
    return [f"| {' | '.join(row)} |" for row in cells]


def _kept(results: Sequence[Result], phase: str) -> str:
    kept = [result.epochs[0] for result in results if result.phases == (phase,)]
    return f"{sum(kept) / len(kept):.0f}" if kept else ""


def _short(names: Sequence[str]) -> list[str]:
    counted = Counter(names)
    return [name if count == 1 else f"{count} × {name}" for name, count in counted.items()]


def _verdict(wrong: Sequence[str]) -> str:
    return "as it should" if not wrong else f"WRONG: {'; '.join(wrong[:2])} ({len(wrong)})"


def _said(line: str) -> str:
    """A line without the names of temporary folders."""
    words = [
        ("…/" + word.rpartition("/")[2]) if place in word else word
        for word in line.split(" ")
        for place in [next((p for p in PLACES if p in word), "\0")]
    ]
    return " ".join(words) or "nothing; it goes on"
