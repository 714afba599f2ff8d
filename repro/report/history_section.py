"""The section of the report on verdicts over versions, with its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.figures import verdict_strips
from repro.report.section import Section

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.figures import Picture
    from repro.report.history import Version
    from repro.verdicts import Cell

FIGURE = "verdicts_over_versions"


def history_section(history: Sequence[Version]) -> tuple[list[Section], list[Picture]]:
    """Make the section and its figure, which has the claims of the last version; none without versions."""
    if not history:
        return [], []
    rows: list[tuple[Cell, ...]] = []
    before: Mapping[str, str] = {}
    for number, version in enumerate(history, 1):
        changed = [
            f"{name}: {before[name]} → {version.verdicts[name]}" for name in version.changed(before)
        ]
        new = len(version.verdicts.keys() - before.keys())
        rows.append(
            (
                str(number),
                version.date,
                version.commit[:12],
                version.seeds,
                version.why,
                "; ".join(changed) or "none",
                new,
            )
        )
        before = version.verdicts
    strips = {
        claim: [version.verdicts.get(claim) for version in history]
        for claim in history[-1].verdicts
    }
    section = Section(
        "Verdicts over versions",
        "Every published version of this project with other verdicts than the one before. A verdict can change "
        "because there are more runs, because the code computes other runs, or because a check was wrong.",
        ("version", "date", "commit", "seeds", "why", "changed verdicts", "new claims"),
        tuple(rows),
        (FIGURE,),
    )
    return [section], [verdict_strips(FIGURE, strips, title="Verdicts over versions")]
