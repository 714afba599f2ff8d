"""Learning curves of many problems in one figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from repro.errors import UserError
from repro.figures.curves import (
    LEGEND,
    arm_in_words,
    draw_curves,
    furthest,
    legend,
    listed,
    scale_steps,
)
from repro.figures.picture import INK, Picture, figure_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.figures.curves import Curve

CAPTION = (
    "Look in each panel which bold line reaches the dotted optimum first, and how far apart they are: the axes of transfer "
    "are logarithmic. A band holds the middle four fifths of the runs."
)


@dataclass(frozen=True)
class Panel:
    """Learning curves on one problem.

    Attributes:
        title: the problem.
        curves: one per algorithm, in the same order in all panels of a figure.
        log_x: whether the axis of steps is logarithmic, for curves of very different lengths.
        optimum: return of the best policy.
        mixed: whether an epoch's return depends on the task that it draws. A band would show the tasks and not how much
            runs differ, so none is drawn, and the caption says so.
    """

    title: str
    curves: Sequence[Curve]
    log_x: bool
    optimum: float = 0.8
    mixed: bool = False


def curve_grid(
    name: str,
    rows: Mapping[str, Sequence[Panel]],
    *,
    steps_per_epoch: int,
    note: str = "",
) -> Picture:
    """Draw return against environment steps, one row for each group of problems.

    The mean is bold, over a band of the middle four fifths of the runs; the optimum is dotted. A censored run ends in an open triangle. All
    panels with a log axis have the same limits, and so have all panels with a linear axis.

    Args:
        name: file name without extension.
        rows: panels by the title of the group; all rows have the same length.
        steps_per_epoch: environment steps per epoch; the first epoch ends at that many.
        note: how the points were computed, for the caption.

    Raises:
        UserError: if there is no panel, rows differ in length, panels differ in their algorithms or
            have more than six, or shapes do not match.
    """
    panels = [panel for row in rows.values() for panel in row]
    widths = sorted({len(row) for row in rows.values()})
    arms = {tuple(curve.label for curve in panel.curves) for panel in panels}
    if not panels or len(widths) > 1 or len(arms) > 1:
        given = " or ".join(map(str, widths)) or "no"
        raise UserError(
            f"figure {name}: given rows of {given} panels with {len(arms)} lists of algorithms; "
            "expected at least one panel, rows of one length and the same algorithms in each panel"
        )
    with figure_style():
        size = (0.5 + 2.2 * widths[0], 0.8 + 2.0 * len(rows))
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(len(rows), widths[0], sharey=True, squeeze=False)
        for axes, panel in zip(grid.flat, panels, strict=True):
            shown: dict[str, bool] = {"log_x": panel.log_x, "bands": not panel.mixed}
            draw_curves(name, axes, panel.curves, steps_per_epoch, **shown)
            label = f"optimum {panel.optimum:g}"
            axes.axhline(panel.optimum, color=INK, lw=1, ls=":", zorder=2, label=label)
            axes.set_title(panel.title, fontsize=10)
        for log_x in (False, True):
            alike = [a for a, panel in zip(grid.flat, panels, strict=True) if panel.log_x is log_x]
            last = max(map(furthest, alike), default=1.0)
            for axes in alike:
                scale_steps(axes, steps_per_epoch, last, log_x=log_x)
        for first, title in zip(grid[:, 0], rows, strict=True):
            first.set_ylabel(f"{title}\nreturn of an epoch")
        for axes in grid[-1]:
            axes.set_xlabel("environment steps")
        curves = [curve for panel in panels for curve in panel.curves]
        optima = list(dict.fromkeys(panel.optimum for panel in panels))
        figure.legend(handles=legend(name, curves, optima), loc="outside lower center", **LEGEND)
    arms_text = "; ".join(
        f"{title}, {panel.title}: {', '.join(arm_in_words(curve) for curve in panel.curves)}"
        for title, row in rows.items()
        for panel in row
    )
    alt = (
        "Return against environment steps, the mean bold over a band of the middle four fifths of the runs, one "
        f"panel per problem. {arms_text}. A dotted line marks the optimal return {listed(optima)}."
    )
    unbanded = _unbanded(panels)
    caption = " ".join(filter(None, (CAPTION, note, unbanded)))
    return Picture(name, f"{alt} {unbanded}".rstrip(), figure, caption)


def _unbanded(panels: Sequence[Panel]) -> str:
    """Say which panels have no band, and why."""
    without = [f'"{panel.title}"' for panel in panels if panel.mixed]
    if not without:
        return ""
    return (
        f"No band in {' and '.join(without)}: there an epoch draws one of two tasks, of which only one has changed, and its "
        "return depends on which. A band would show tasks and not runs; the lines fluctuate for the same reason."
    )
