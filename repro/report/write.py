"""Write the report's folder."""

from __future__ import annotations

import contextlib
import csv
from collections import Counter
from io import StringIO
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.report.badge import badge
from repro.report.badge_svg import to_svg
from repro.report.html import Drawn, render
from repro.report.markdown import to_markdown
from repro.report.run_sections import run_sections
from repro.storage.npz import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from repro.figures import Picture
    from repro.report.section import Section
    from repro.report.sources import Sources
    from repro.summaries.learning import Row
    from repro.verdicts import RunResult

NAMED = 3
"""Number of files that an error names for one reason."""
RUN_COLUMNS = ("algorithm", "problem", "seed", "epochs", "censored", "tier")


def write_report(
    result: RunResult,
    folder: Path,
    *,
    sources: Sources,
    pictures: Sequence[Picture | Drawn] = (),
    sections: Sequence[Section] = (),
    runs: Iterable[Row] = (),
) -> Path:
    """Write claims.json, runs.csv, badge.json, badge.svg, report.md, figures/ and index.html.

    Files of an earlier report are deleted first, so that the folder never mixes two runs. Each file is
    written completely or not at all, also on a full disk. If a picture cannot be drawn, the page says which
    one and why. If a file cannot be made, the others are still written.

    Args:
        result: what the run found.
        folder: created if missing.
        sources: paraphrases of the lines that the claims cite.
        pictures: shown by name in claims and sections; unnamed ones are shown at the end. Those that
            `draw` has drawn already are not drawn again.
        sections: shown after the claims, in this order.
        runs: algorithm, problem, seed, epochs and censored of each run.

    Returns:
        The path of index.html.

    Raises:
        ClaimError: if a claim cites a line without a paraphrase; nothing is written.
        UserError: if two pictures have the same name (nothing is written), or if a file could not be
            made (all others are written).
    """
    for claim in result.claims:
        sources.cite(claim.id, claim.source)
    twice = [name for name, n in Counter(p.name for p in pictures).items() if n > 1]
    if twice:
        raise UserError(f"given several figures named {', '.join(twice)}; give each its own name")

    faults: dict[str, Exception] = {}

    def page() -> str:
        drawn = [one if isinstance(one, Drawn) else draw(one) for one in pictures]
        for one in drawn:
            faults.update(_save(one, folder))
        return render(result, sources, drawn, [*run_sections(result), *sections])

    # The page is last because drawing takes long.
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
    for old in [
        *stale,
        *(folder / "figures").glob("*.[ps][nv]g"),
        *(folder / "figures").glob("*.tmp"),
    ]:
        with contextlib.suppress(OSError):  # writing the file below reports the error
            old.unlink()
    for name, make in files.items():
        try:
            write_whole(folder / name, make().encode("utf-8"))
        except Exception as error:  # noqa: BLE001 - the other files must be written
            faults[name] = error
    if faults:
        raise UserError(f"{_listed(faults)}; all other files are written") from next(
            iter(faults.values())
        )
    return folder / "index.html"


def _listed(faults: Mapping[str, Exception]) -> str:
    """Say which files have which fault, each fault once."""
    files: dict[str, list[str]] = {}
    for name, error in faults.items():
        text = getattr(error, "strerror", None) or str(
            error
        )  # without the name of a temporary file
        files.setdefault(f"{type(error).__name__}: {text}", []).append(name)
    return "; ".join(f"{_few(names)}: {fault}" for fault, names in files.items())


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _table(runs: Iterable[Row], tier: str) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(RUN_COLUMNS)
    writer.writerows((*row, tier) for row in runs)
    return text.getvalue()


def draw(picture: Picture) -> Drawn:
    """Draw a picture; the bytes of the result do not depend on the process that draws it.

    Whatever the drawing raises is noted in the result: verdicts must be readable even if it fails.
    """
    from repro.figures import render  # noqa: PLC0415 - matplotlib and torch take two seconds to load

    try:
        svg, png = render(picture)
    except Exception as error:  # noqa: BLE001 - as above
        return _failed(picture, error)
    return Drawn(picture.name, picture.alt, svg, png=png, caption=picture.caption)


def _save(drawn: Drawn, folder: Path) -> dict[str, Exception]:
    """Write a picture's files, if it was drawn; return the errors by file."""
    faults: dict[str, Exception] = {}
    for suffix, content in (("svg", drawn.svg), ("png", drawn.png)):
        name = f"figures/{drawn.name}.{suffix}"
        if content is not None:
            try:
                write_whole(folder / name, content)
            except OSError as error:
                faults[name] = error
    return faults


def _failed(picture: Picture | Drawn, error: Exception) -> Drawn:
    return Drawn(picture.name, picture.alt, None, f"{type(error).__name__}: {error}")
