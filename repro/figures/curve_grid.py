"""Learning curves of many problems on one sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from repro.errors import UserError
from repro.figures.curves import LEGEND, arm_in_words, draw_curves, legend, scale_steps
from repro.figures.picture import INK, Picture, house_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.figures.curves import Curve


@dataclass(frozen=True)
class Panel:
    """Learning curves on one problem.

    Attributes:
        title: the problem.
        curves: one per algorithm, the same in all panels of a figure and in the same order.
        log_x: steps on a log axis, for curves of very different length.
    """

    title: str
    curves: Sequence[Curve]
    log_x: bool


def curve_grid(
    name: str,
    rows: Mapping[str, Sequence[Panel]],
    *,
    steps_per_epoch: int,
    optimum: float = 0.8,
) -> Picture:
    """Draw return against environment steps, a row for each group of problems.

    Each seed is thin, the mean bold, the optimum dotted; a run that is marked as censored ends in an
    open triangle. All panels with a log axis share it, and all with a linear one, so that steps can be
    compared between them.

    Args:
        name: file name without ending.
        rows: panels by the group's title, as many in each row.
        steps_per_epoch: environment steps in an epoch; the first epoch ends at that many.
        optimum: return of the best policy.

    Raises:
        UserError: if there is no panel, rows differ in length or panels in their algorithms, on more
            than six of these, on shapes that do not fit.
    """
    panels = [panel for row in rows.values() for panel in row]
    widths = sorted({len(row) for row in rows.values()})
    arms = {tuple(curve.label for curve in panel.curves) for panel in panels}
    if not panels or len(widths) > 1 or len(arms) > 1:
        told = " or ".join(map(str, widths)) or "no"
        raise UserError(
            f"figure {name}: given rows of {told} panels with {len(arms)} lists of algorithms; "
            "expected at least one panel, rows of one length and the same algorithms in each panel"
        )
    with house_style():
        size = (0.5 + 2.2 * widths[0], 0.8 + 2.0 * len(rows))
        figure = Figure(figsize=size, layout="constrained")
        grid = figure.subplots(len(rows), widths[0], sharey=True, squeeze=False)
        for axes, panel in zip(grid.flat, panels, strict=True):
            draw_curves(name, axes, panel.curves, steps_per_epoch, log_x=panel.log_x)
            axes.axhline(optimum, color=INK, lw=1, ls=":", zorder=2, label=f"optimum {optimum:g}")
            axes.set_title(panel.title, fontsize=10)
        for log_x in (False, True):
            alike = [a for a, panel in zip(grid.flat, panels, strict=True) if panel.log_x is log_x]
            furthest = max((axes.get_xlim()[1] for axes in alike), default=1.0)
            for axes in alike:
                axes.set_xlim(right=furthest * 1.1)  # a mark at the end stays whole
                scale_steps(axes, steps_per_epoch, log_x=log_x)
        for first, title in zip(grid[:, 0], rows, strict=True):
            first.set_ylabel(f"{title}\nreturn of an epoch")
        for axes in grid[-1]:
            axes.set_xlabel("environment steps")
        curves = [curve for panel in panels for curve in panel.curves]
        figure.legend(handles=legend(name, curves, optimum), loc="outside lower center", **LEGEND)
    told = "; ".join(
        f"{title}, {panel.title}: {', '.join(arm_in_words(curve) for curve in panel.curves)}"
        for title, row in rows.items()
        for panel in row
    )
    alt = (
        "Return against environment steps, one thin line per seed and their mean bold, a panel for "
        f"each problem. {told}. A dotted line marks the optimal return {optimum:g}."
    )
    return Picture(name, alt, figure)
