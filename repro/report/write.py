"""The report's folder: which files it holds and how they come about."""

from __future__ import annotations

import contextlib
import csv
from collections import Counter
from io import StringIO
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.figures import save
from repro.report.badge import badge
from repro.report.badge_svg import to_svg
from repro.report.html import Drawn, render
from repro.report.markdown import to_markdown
from repro.report.sections import run_sections
from repro.storage.npz import write_whole
from repro.summaries.learning import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from repro.figures import Picture
    from repro.report.section import Section
    from repro.report.sources import Sources
    from repro.summaries.learning import Row
    from repro.verdicts.results import RunResult


def write_report(
    result: RunResult,
    folder: Path,
    *,
    sources: Sources,
    pictures: Sequence[Picture] = (),
    sections: Sequence[Section] = (),
    runs: Iterable[Row] = (),
) -> Path:
    """Write claims.json, runs.csv, badge.json, badge.svg, report.md, figures/ and index.html.

    An earlier report is taken away first, so that the folder never holds files of two runs; each
    file is there whole or not at all. A picture that cannot be drawn leaves the rest standing: the
    report says which and why. So does a file that cannot be made.

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
        UserError: if two pictures have one name, nothing is written then; or if files could not be
            made, all others are written then.
    """
    for claim in result.claims:
        sources.cite(claim.id, claim.source)
    twice = [name for name, n in Counter(p.name for p in pictures).items() if n > 1]
    if twice:
        raise UserError(f"given several figures named {', '.join(twice)}; give each its own name")

    def page() -> str:
        drawn = [_draw(picture, folder / "figures") for picture in pictures]
        return render(result, sources, drawn, [*run_sections(result), *sections])

    # What takes no time comes first: the page draws.
    files: dict[str, Callable[[], str]] = {
        "claims.json": result.to_json,
        "runs.csv": lambda: _table(runs, result.tier),
        "badge.json": lambda: badge(result).to_json(),
        "badge.svg": lambda: to_svg(badge(result)),
        "report.md": lambda: to_markdown(result),
        "index.html": page,
    }
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    stale = [path for name in files for path in (folder / name, *folder.glob(f"{name}.*.tmp"))]
    for old in [*stale, *(folder / "figures").glob("*.[ps][nv]g")]:
        with contextlib.suppress(OSError):  # what cannot be replaced either is told below
            old.unlink()
    faults: dict[str, Exception] = {}
    for name, make in files.items():
        try:
            write_whole(folder / name, make().encode("utf-8"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files must be there
            faults[name] = error
    if faults:
        told = "; ".join(f"{name}: {type(e).__name__}: {e}" for name, e in faults.items())
        raise UserError(f"{told}; all other files are written") from next(iter(faults.values()))
    return folder / "index.html"


def _table(runs: Iterable[Row], tier: str) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*COLUMNS, "tier"))
    writer.writerows((*row, tier) for row in runs)
    return text.getvalue()


def _draw(picture: Picture, folder: Path) -> Drawn:
    try:
        save(picture, folder)
        svg = (folder / f"{picture.name}.svg").read_bytes()
    except Exception as error:  # noqa: BLE001 - whatever drawing raises, verdicts must be readable
        return Drawn(picture.name, picture.alt, None, f"{type(error).__name__}: {error}")
    return Drawn(picture.name, picture.alt, svg)
