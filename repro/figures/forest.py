"""A forest plot: the ratio of two arms in many settings, next to every seed of both arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro.errors import UserError
from repro.figures.picture import INK, Picture, arm_looks, count, figure_style, log_axis
from repro.figures.ratios import draw_interval, in_words, marks_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from repro.figures.picture import Look
    from repro.figures.seeds import Arm
    from repro.verdicts import Estimate


CAPTION = "Does an interval lie right of 1? Then the first learner takes longer. The panel on the right has every run."


@dataclass(frozen=True)
class Row:
    """One setting, or a summary of several.

    Attributes:
        label: its name, on the axis.
        estimate: the ratio with its 95 % interval.
        arms: steps to convergence of the compared arms, numerator first; empty for a summary.
        lower: one-sided 95 % lower bound, if it is judged; None to draw none.
        talk: the talk's figure, if it gives one.
        judged: whether the verdict depends on it.
    """

    label: str
    estimate: Estimate
    arms: tuple[Arm, ...] = ()
    lower: float | None = None
    talk: float | None = None
    judged: bool = True


def forest(
    name: str,
    rows: Sequence[Row],
    *,
    title: str,
    quantity: str,
    algorithms: Sequence[str],
) -> Picture:
    """Draw ratios with their intervals on a log axis on the left, each seed's steps on the right.

    An open end is an arrow; a row without any bound says "no bound". A censored run is an open triangle
    pointing right, at the limit of steps. A line marks the ratio 1.

    Args:
        name: file name without extension.
        rows: from top to bottom.
        title: what the ratios compare.
        quantity: label of the axis of ratios.
        algorithms: labels of all arms, in the order of the legend.

    Raises:
        UserError: if there is no row, or an arm is not among the algorithms.
    """
    arms = [arm for row in rows for arm in row.arms]
    named = {arm.label: arm.algorithm or arm.label for arm in arms}
    colours = [named.get(label, label) for label in algorithms]
    known = dict(zip(algorithms, arm_looks(name, colours), strict=True))
    strangers = sorted({arm.label for arm in arms} - set(known))
    if not rows or strangers:
        raise UserError(
            f"figure {name}: given {len(rows)} rows with arms {strangers} that are not among "
            f"{list(algorithms)}; expected at least one row, and arms of these algorithms"
        )
    with figure_style():
        figure = Figure(figsize=(9.6, 1.5 + 0.36 * len(rows)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        _draw_ratios(left, rows)
        for place, row in enumerate(rows):
            for rank, arm in enumerate(row.arms):
                # The arms of a row are drawn one below the other, around its middle.
                height = place + 0.34 * (rank - (len(row.arms) - 1) / 2)
                _draw_seeds(right, height, arm, known[arm.label])
        log_axis(right, "x")
        left.set_yticks(range(len(rows)), [row.label for row in rows])
        for tick, row in zip(left.get_yticklabels(), rows, strict=True):
            tick.set_fontweight("bold" if row.judged else "normal")
        left.set_ylim(len(rows) - 0.4, -0.6)
        left.set(title=title, xlabel=quantity)
        right.set(title="every seed", xlabel="environment steps to convergence")
        for axes in (left, right):
            axes.grid(visible=False, axis="y")
        figure.legend(
            handles=_legend(rows, known), loc="outside lower center", ncols=4, handlelength=1.6
        )
    rows_text = "; ".join(_row_in_words(row) for row in rows)
    alt = (
        f"{title}: {quantity}, with 95 % intervals on a log axis, and next to it every seed's "
        f"environment steps to convergence. {rows_text}."
    )
    judged = sum(row.judged for row in rows)
    caption = f"{CAPTION} {marks_in_words([row.estimate for row in rows], judged)}"
    return Picture(name, alt, figure, caption.rstrip())


_TALK: dict[str, Any] = {"ls": "", "marker": "*", "ms": 9, "color": INK}
_LOWER: dict[str, Any] = {"ls": "", "marker": "|", "ms": 14, "mew": 2.0, "color": "#777777"}
_FAR = 1000.0
_CENSORED: dict[str, Any] = {"ls": "", "marker": ">", "ms": 7, "mfc": "none", "mew": 1.3}


def _draw_ratios(axes: Axes, rows: Sequence[Row]) -> None:
    axes.axvline(1, color=INK, lw=1, ls=":", zorder=1)
    shown = [1.0, *(row.talk for row in rows if row.talk is not None)]
    shown += [x for row in rows for x in (row.estimate.value, row.estimate.low, row.estimate.high)]
    # Ends beyond a factor of 1000 mean "no bound" and would compress everything else.
    inside = [x for x in shown if 1 / _FAR <= x <= _FAR]
    axes.set_xlim(min(inside) / 1.25, max(inside) * 1.25)
    log_axis(axes, "x")
    for place, row in enumerate(rows):
        draw_interval(axes, place, row.estimate, judged=row.judged)
        if row.lower is not None and row.lower > axes.get_xlim()[0]:
            axes.plot(row.lower, place, zorder=3, **_LOWER)
        if row.talk is not None:
            # Above the row, so that it does not hide an equal ratio.
            axes.plot(row.talk, place - 0.3, zorder=5, **_TALK)


def _draw_seeds(axes: Axes, height: float, arm: Arm, look: Look) -> None:
    cut = arm.censored
    shape: dict[str, Any] = {"ls": "", "marker": look.marker, "ms": 4.5, "alpha": 0.7}
    axes.plot(
        arm.steps[~cut],
        np.full((~cut).sum(), height),
        color=look.colour,
        mec="white",
        mew=0.4,
        **shape,
    )
    axes.plot(arm.steps[cut], np.full(cut.sum(), height), color=look.colour, **_CENSORED)
    if arm.mean is not None:
        line = ":" if cut.any() else "-"  # a lower bound; too short for dashes
        axes.plot([arm.mean] * 2, [height - 0.15, height + 0.15], color=INK, lw=1.6, ls=line)


def _legend(rows: Sequence[Row], known: dict[str, Look]) -> list[Line2D]:
    """Return entries for what is drawn."""
    arms = [arm for row in rows for arm in row.arms]
    handles = [
        Line2D([], [], color=INK, lw=2.4, marker="D", label="ratio, 95 % interval"),
    ]
    if any(row.lower is not None for row in rows):
        handles.append(Line2D([], [], label="one-sided 95 % lower bound", **_LOWER))
    if any(row.talk is not None for row in rows):
        handles.append(Line2D([], [], label="the talk's figure", **_TALK))
    drawn = {arm.label for arm in arms}
    handles += [
        Line2D([], [], ls="", marker=look.marker, color=look.colour, label=f"{label}, a seed")
        for label, look in known.items()
        if label in drawn
    ]
    if any(arm.mean is not None for arm in arms):
        handles.append(Line2D([], [], ls="", marker="|", ms=10, mew=1.6, color=INK, label="mean"))
    if any(arm.mean is not None and arm.censored.any() for arm in arms):
        handles.append(Line2D([], [], ls=":", lw=1.6, color=INK, label="mean, a lower bound"))
    if any(arm.censored.any() for arm in arms):
        handles.append(Line2D([], [], color="#777777", label="censored", **_CENSORED))
    return handles


def _row_in_words(row: Row) -> str:
    words = f"{row.label} {in_words(row.estimate)}"
    if row.talk is not None:
        words += f", the talk's figure {row.talk:g}"
    for arm in row.arms:
        cut = f" of which {arm.censored.sum()} censored" if arm.censored.any() else ""
        words += f", {arm.label} {count(arm.steps.size, 'seed')}{cut}"
    return words
