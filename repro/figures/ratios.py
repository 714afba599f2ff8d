"""Ratios with their intervals, a target and margins around it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from repro.errors import UserError
from repro.figures.picture import (
    INK,
    Picture,
    figure_style,
    heading,
    log_axis,
    quantity_below,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from repro.verdicts import Estimate

_WIDTH, _AXES, _LETTER = 6.2, 3.4, 0.07
"""Usual width, width of the axes that is left at least, and that of a letter of a label, in inches."""
_BAND = ("#cfe0ee", "#e9f0f6")


CAPTION = "Does an interval lie outside the shaded band, and on which side?"
COMPARED = "Where an interval lies right of the shaded band, the first of the two takes longer; left of it, it is faster; within it, the difference is small."
"""Caption of rows that decide no verdict."""


def ratio_intervals(
    name: str,
    rows: Mapping[str, Estimate],
    *,
    title: str,
    quantity: str,
    target: float,
    bands: Mapping[str, tuple[float, float]],
    judged: int = 1,
    target_name: str = "target",
    caption: str = "",
) -> Picture:
    """Draw ratios with their 95 % intervals on a log axis.

    An open end is an arrow; a row without any bound says "no bound".

    Args:
        name: file name without extension.
        rows: ratios by label, from top to bottom.
        title: what the ratios compare.
        quantity: label of the axis, such as "PPO over CVS, mean steps to convergence".
        target: drawn as a line with its number.
        bands: margins by label, innermost first, at most two.
        judged: number of rows, from the top, that a verdict depends on; the others are context.
        target_name: what the target is, for the legend; it is a "target" only if the verdict compares with it.
        caption: what to look for; "": `CAPTION` if rows are judged, `COMPARED` if not, which are about one band.

    Raises:
        UserError: if there is no row, or there are more than two bands.
    """
    if not rows or len(bands) > len(_BAND):
        raise UserError(
            f"figure {name}: given {len(rows)} rows and {len(bands)} bands; "
            f"expected at least one row and at most {len(_BAND)} bands"
        )
    with figure_style():
        longest = max(map(len, rows))
        width = max(_WIDTH, _AXES + _LETTER * longest)
        figure = Figure(figsize=(width, 1.9 + 0.3 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for rank, (margin, (low, high)) in enumerate(bands.items()):
            axes.axvspan(low, high, color=_BAND[rank], zorder=-rank, lw=0, label=margin)
        axes.axvline(target, color=INK, lw=1, ls=":", zorder=1, label=f"{target_name} {target:g}")
        edges = [target, *(end for band in bands.values() for end in band)]
        edges += [v for e in rows.values() for v in (e.value, e.low, e.high) if 0 < v < math.inf]
        axes.set_xlim(min(edges) / 1.25, max(edges) * 1.25)
        log_axis(axes, "x")
        for place, estimate in enumerate(rows.values()):
            draw_interval(axes, place, estimate, judged=place < judged)
        axes.set_yticks(range(len(rows)), list(rows))
        for tick in axes.get_yticklabels()[:judged]:
            tick.set_fontweight("bold")
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        heading(figure, title)
        quantity_below(axes, quantity)
        figure.legend(loc="outside lower center", ncols=3)
    rows_text = "; ".join(f"{label} {in_words(estimate)}" for label, estimate in rows.items())
    alt = f"{title}: {quantity}, with 95 % intervals on a log axis, {target_name} {target:g}. {rows_text}."
    look = caption or (CAPTION if judged else COMPARED)
    said = f"{look} {marks_in_words([*rows.values()], judged)}"
    return Picture(name, alt, figure, said.rstrip())


def mark(estimate: Estimate, *, judged: bool) -> dict[str, Any]:
    """Return the look of an estimate's mark, the same in all figures and in the report's drawings.

    A diamond decides the verdict, a circle does not. Filled is an estimate, open is a bound.
    """
    fill = INK if estimate.bound == "exact" else "white"
    return {"marker": "D" if judged else "o", "ms": 6, "color": INK, "mfc": fill, "zorder": 4}


def marks_in_words(estimates: Sequence[Estimate], judged: int) -> str:
    """Say what the marks of a figure mean, for its caption.

    Args:
        estimates: those that are drawn.
        judged: how many of them decide the verdict.
    """
    said = []
    if judged:
        said.append("Bold rows, with a diamond, decide the verdict.")
    if any(one.bound != "exact" for one in estimates):
        said.append(
            "A filled mark is an estimate; an open one, with an arrow, is only a bound, because some runs did not converge."
        )
    return " ".join(said)


def draw_interval(axes: Axes, place: int, estimate: Estimate, *, judged: bool) -> None:
    """Draw a ratio with its interval in row `place`, within the current limits of the axes."""
    left, right = axes.get_xlim()
    if estimate.bound == "none" or not 0 < estimate.value < math.inf:
        axes.text(
            math.sqrt(left * right), place, "no bound", ha="center", va="center", style="italic"
        )
        return
    low, high = max(estimate.low, left), min(estimate.high, right)
    axes.plot([low, high], [place] * 2, color=INK, lw=2.4 if judged else 1.4, solid_capstyle="butt")
    for end, given, arrow in ((low, estimate.low, "<"), (high, estimate.high, ">")):
        shape = "|" if given == end else arrow
        axes.plot(end, place, marker=shape, color=INK, ms=7, clip_on=False)
    axes.plot(estimate.value, place, **mark(estimate, judged=judged))


def in_words(estimate: Estimate) -> str:
    """Format a ratio with its interval for an alt text."""
    if estimate.bound == "none" or not 0 < estimate.value < math.inf:
        return "no bound"
    high = "no upper bound" if math.isinf(estimate.high) else f"{estimate.high:.3g}"
    low = "no lower bound" if estimate.low <= 0 else f"{estimate.low:.3g}"
    return f"{estimate.value:.3g} [{low}, {high}]"
