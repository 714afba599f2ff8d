"""Shares with their intervals in two or more panels, each next to a line that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from repro.errors import UserError
from repro.figures.picture import INK, Picture, figure_style, heading
from repro.figures.ratios import mark, marks_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.verdicts import Estimate


CAPTION = "Look on which side of the line each interval lies."


@dataclass(frozen=True)
class SharePanel:
    """One share in every row.

    Attributes:
        title: what the shares are of.
        shares: one per row, each in [0, 1] with its 95 % interval; None to leave the row empty.
        line: where to draw a line.
        line_label: what the line is, in the legend.
    """

    title: str
    shares: tuple[Estimate | None, ...]
    line: float
    line_label: str


def shares(
    name: str,
    rows: Sequence[str],
    panels: Sequence[SharePanel],
    *,
    title: str,
    judged: int,
    caption: str = CAPTION,
) -> Picture:
    """Draw shares with their 95 % intervals, panels side by side.

    Args:
        name: file name without extension.
        rows: labels, from top to bottom.
        panels: from left to right.
        title: of the figure.
        judged: number of rows, from the top, that a verdict depends on; the others are context.
        caption: what to look for; the default is for lines that shares may lie on both sides of.

    Raises:
        UserError: if there is no row or no panel, or a panel does not have one share for each row.
    """
    if not rows or not panels or any(len(panel.shares) != len(rows) for panel in panels):
        raise UserError(
            f"figure {name}: given {len(rows)} rows and panels with "
            f"{[len(panel.shares) for panel in panels]} shares; expected at least one row and one panel, and "
            "one share or None for each row"
        )
    with figure_style():
        figure = Figure(
            figsize=(1.8 + 4.2 * len(panels), 1.8 + 0.32 * len(rows)), layout="constrained"
        )
        heading(figure, title)
        grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, panel, look in zip(grid, panels, (":", "--", "-.") * len(panels), strict=False):
            axes.axvline(panel.line, color=INK, lw=1.2, ls=look, zorder=1, label=panel.line_label)
            for place, share in enumerate(panel.shares):
                if share is not None:
                    wide = place < judged
                    axes.plot(
                        [share.low, share.high], [place] * 2, color=INK, lw=2.4 if wide else 1.4
                    )
                    axes.plot(share.value, place, **mark(share, judged=wide))
            axes.set(title=panel.title, xlabel="share, 95 % interval", xlim=(-0.02, 1.02))
            axes.grid(visible=False, axis="y")
        grid[0].set_yticks(range(len(rows)), list(rows))
        for tick in grid[0].get_yticklabels()[:judged]:
            tick.set_fontweight("bold")
        grid[0].set_ylim(len(rows) - 0.4, -0.6)
        figure.legend(loc="outside lower center", ncols=len(panels))
    described = "; ".join(f"{panel.title}: {_in_words(rows, panel)}" for panel in panels)
    drawn = [share for panel in panels for share in panel.shares if share is not None]
    said = f"{caption} {marks_in_words(drawn, judged)}"
    return Picture(name, f"{title}, with 95 % intervals. {described}.", figure, said.rstrip())


def _in_words(rows: Sequence[str], panel: SharePanel) -> str:
    drawn = [
        f"{row} {share.value:.3g} [{share.low:.3g}, {share.high:.3g}]"
        for row, share in zip(rows, panel.shares, strict=True)
        if share is not None
    ]
    return f"{', '.join(drawn) or 'none'}; {panel.line_label}"
