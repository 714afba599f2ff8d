"""The session's tables, for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.verification.falsify.catching import Found
    from tests.verification.falsify.session import Tables
    from tests.verification.falsify.watching import Said

NOBODY = "–"
TRAINED_ON = (
    "Claims judged on trained runs have three seeds of the linear chain and transfers of at most "
    "3,000 epochs; one that is inconclusive there catches nothing."
)


def write(tables: Tables, folder: Path) -> str:
    """Write falsify.md and falsify.json; returns the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = markdown(tables)
    (folder / "falsify.md").write_text(text, encoding="utf-8")
    body = json.dumps(plain(tables), indent=2, ensure_ascii=False)
    (folder / "falsify.json").write_text(body + "\n", encoding="utf-8")
    return text


def markdown(tables: Tables) -> str:
    """Write all tables as Markdown."""
    held = sum(not one.problem for one in tables.controls)
    return "\n".join(
        [
            "# Attempts to make wrong claims come out as right",
            "",
            "## Negative controls",
            "",
            f"{held} of {len(tables.controls)} came out as declared, none of them reproduced."
            if held == len(tables.controls)
            else f"{held} of {len(tables.controls)} came out as declared.",
            "",
            *_table(
                ("claim", "control", "declared", "actual", ""),
                [
                    (c.claim, c.what or NOBODY, " or ".join(c.declared), c.actual, _mark(c.problem))
                    for c in tables.controls
                ],
            ),
            "",
            "## Faults put in on purpose",
            "",
            _summary(tables.faults),
            "",
            *_table(
                ("fault", "what it does", "caught by unit tests", "caught by claims", ""),
                [
                    (
                        one.fault.name,
                        one.fault.does,
                        ", ".join(sorted(one.tests)) or NOBODY,
                        ", ".join(one.noticed) or NOBODY,
                        _mark(one.problem),
                    )
                    for one in tables.faults
                ],
            ),
            "",
            "## What claims said of faults",
            "",
            TRAINED_ON,
            "",
            *_table(
                ("fault", "claim", "judged on", "without the fault", "with it", "makes a run fail"),
                [row for one in tables.faults for row in _claims(one)],
            ),
            "",
        ]
    )


def plain(tables: Tables) -> dict[str, Any]:
    """Make the JSON object."""
    return {
        "controls": [{**vars(one), "problem": one.problem} for one in tables.controls],
        "faults": [
            {
                "fault": one.fault.name,
                "does": one.fault.does,
                "harmless": one.fault.harmless,
                "files": [edit.file for edit in one.fault.edits],
                "tests": sorted(one.tests),
                "claims": one.noticed,
                "problem": one.problem,
                "judged": [
                    {
                        "claim": name,
                        "on": on,
                        "without": _plain(one.without.get((on, name))),
                        "with": _plain(said),
                    }
                    for (on, name), said in one.claims.items()
                ],
            }
            for one in tables.faults
        ],
        "problems": tables.problems,
    }


def _summary(faults: Sequence[Found]) -> str:
    """Say how many were caught, and by whom alone."""
    real = [one for one in faults if not one.fault.harmless]
    caught = [one for one in real if one.tests or one.noticed]
    alone = [one.fault.name for one in caught if not one.noticed]
    spared = [one.fault.name for one in faults if one.fault.harmless and not one.problem]
    return (
        f"{len(caught)} of {len(real)} were caught. By unit tests alone, no claim having been "
        f"contradicted: {', '.join(alone) or 'none'}. What is no fault and was caught by nothing: "
        f"{', '.join(spared) or 'none'}."
    )


def _claims(found: Found) -> list[tuple[str, ...]]:
    return [
        (
            found.fault.name,
            name,
            on,
            _said(found.without.get((on, name))),
            _said(said),
            said.broken or NOBODY,
        )
        for (on, name), said in found.claims.items()
    ]


def _said(said: Said | None) -> str:
    if said is None:
        return NOBODY
    return said.verdict if said.measured is None else f"{said.verdict} ({said.measured:.3g})"


def _plain(said: Said | None) -> dict[str, Any] | None:
    return None if said is None else {**vars(said)}


def _mark(problem: str) -> str:
    return f"**{problem}**" if problem else "ok"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
