"""The report's folder: which files it holds and how they come about."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.figures import save
from repro.report.html import Drawn, render
from repro.report.sections import run_sections
from repro.summary import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from repro.figures import Picture
    from repro.report.html import Section
    from repro.report.sources import Sources
    from repro.results import RunResult
    from repro.summary import Row


def write_report(
    result: RunResult,
    folder: Path,
    *,
    sources: Sources,
    pictures: Sequence[Picture] = (),
    sections: Sequence[Section] = (),
    runs: Iterable[Row] = (),
) -> Path:
    """Write claims.json, runs.csv, figures/NAME.svg and .png, and index.html.

    A picture that cannot be drawn leaves the rest standing: the report says which and why.

    Args:
        result: what the run found.
        folder: made if missing; files of these names in it are replaced.
        sources: paraphrases of the lines that the claims cite.
        pictures: claims and sections show them by name; one that none names stands at the end.
        sections: context beside the claims, in this order.
        runs: algorithm, problem, seed, epochs, censored of each run.

    Returns:
        The path of index.html.

    Raises:
        ClaimError: if a claim cites a line without a paraphrase; nothing is written then.
        UserError: if two pictures have one name; nothing is written then.
    """
    for claim in result.claims:
        sources.cite(claim.id, claim.source)
    twice = [name for name, n in Counter(p.name for p in pictures).items() if n > 1]
    if twice:
        raise UserError(f"given several figures named {', '.join(twice)}; give each its own name")
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for old in (folder / "figures").glob("*.[ps][nv]g"):
        old.unlink()
    result.write(folder / "claims.json")
    with (folder / "runs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*COLUMNS, "tier"))
        writer.writerows((*row, result.tier) for row in runs)
    drawn = [_draw(picture, folder / "figures") for picture in pictures]
    index = folder / "index.html"
    sections = [*run_sections(result), *sections]
    index.write_text(render(result, sources, drawn, sections), encoding="utf-8", newline="\n")
    return index


def _draw(picture: Picture, folder: Path) -> Drawn:
    try:
        save(picture, folder)
        svg = (folder / f"{picture.name}.svg").read_bytes()
    except Exception as error:  # noqa: BLE001 - whatever drawing raises, verdicts must be readable
        return Drawn(picture.name, picture.alt, None, f"{type(error).__name__}: {error}")
    return Drawn(picture.name, picture.alt, svg)
