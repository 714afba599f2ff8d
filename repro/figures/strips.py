"""Verdicts over versions: a row for each claim, a field for each version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from repro.errors import UserError
from repro.figures.picture import INK, Picture, figure_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOOKS = {
    "reproduced": ("#2e7d32", "✓"),
    "not reproduced": ("#6a3d9a", "✗"),
    "inconclusive": ("#8a5a00", "?"),
    "not run": ("#6b6b6b", "–"),
}
"""Colour of each verdict, dark enough for a white sign, and the sign, which tells them apart without colours."""


def verdict_strips(name: str, rows: Mapping[str, Sequence[str | None]], *, title: str) -> Picture:
    """Draw a field with the sign of the verdict for each claim and version.

    Args:
        name: file name without extension.
        rows: verdicts by claim, oldest first; None: the claim did not exist.
        title: of the figure.

    Raises:
        UserError: there is no row or no version, or rows have different lengths.
    """
    lengths = {len(verdicts) for verdicts in rows.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise UserError(
            f"figure {name}: given rows with {sorted(lengths)} verdicts; expected at least one row and one "
            "version, and a verdict or None for each version in each row"
        )
    (versions,) = lengths
    with figure_style():
        figure = Figure(
            figsize=(4.2 + 0.42 * versions, 1.3 + 0.23 * len(rows)), layout="constrained"
        )
        axes = figure.subplots()
        for place, verdicts in enumerate(rows.values()):
            for version, verdict in enumerate(verdicts, 1):
                if verdict is not None:
                    colour, sign = LOOKS[verdict]
                    axes.barh(place, 0.94, left=version - 0.47, height=0.86, color=colour)
                    axes.text(
                        version, place, sign, ha="center", va="center", color="white", fontsize=9
                    )
        axes.set_yticks(range(len(rows)), list(rows), fontsize=8.5)
        axes.set_xticks(range(1, versions + 1))
        axes.set(
            title=title, xlabel="version", xlim=(0.5, versions + 0.5), ylim=(len(rows) - 0.4, -0.6)
        )
        axes.grid(visible=False)
        axes.tick_params(length=0, colors=INK)
        for verdict, (colour, sign) in LOOKS.items():
            if any(verdict in verdicts for verdicts in rows.values()):
                axes.bar(0, 0, color=colour, label=f"{sign} {verdict}")
        figure.legend(loc="outside lower center", ncols=len(LOOKS))
    described = "; ".join(f"{claim} {_in_words(verdicts)}" for claim, verdicts in rows.items())
    return Picture(name, f"{title}. {described}.", figure)


def _in_words(verdicts: Sequence[str | None]) -> str:
    """Write the verdicts of a claim, each once while it stays."""
    kept = [verdict or "not yet judged" for verdict in verdicts]
    return ", then ".join(
        verdict for place, verdict in enumerate(kept) if not place or kept[place - 1] != verdict
    )
