"""Return against steps, one line per seed: how training and transfer went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from repro.errors import UserError
from repro.figures.picture import INK, Picture, count, house_style, log_axis, looks, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Curve:
    """Return by epoch of one algorithm.

    Attributes:
        label: the algorithm, as in the legend.
        seeds: [runs, epochs]; NaN from the epoch after a run left.
        mean: [epochs] over the seeds. The caller says what becomes of runs that left.
    """

    label: str
    seeds: NDArray[np.floating]
    mean: NDArray[np.floating]


def learning_curves(
    name: str,
    curves: Sequence[Curve],
    *,
    title: str,
    steps_per_epoch: int,
    optimum: float = 0.8,
    log_x: bool = False,
) -> Picture:
    """Draw return against environment steps: each seed thin, the mean bold, the optimum dotted.

    Algorithms given in the same order in every figure keep their colour, line and marker.

    Args:
        name: file name without ending.
        curves: one per algorithm, at most six.
        title: what is learned.
        steps_per_epoch: environment steps in an epoch; the first epoch ends at that many.
        optimum: return of the best policy.
        log_x: steps on a log axis, for curves of very different length.

    Raises:
        UserError: on more than six curves, on shapes that do not fit.
    """
    styles = looks(name, [curve.label for curve in curves])
    for curve in curves:
        if curve.seeds.ndim != 2 or curve.mean.shape != curve.seeds.shape[1:]:  # noqa: PLR2004 - axes
            raise UserError(
                f"figure {name}, {curve.label}: given seeds {curve.seeds.shape} and mean "
                f"{curve.mean.shape}; expected [runs, epochs] and [epochs]"
            )
    with house_style():
        figure = Figure(figsize=(6.2, 3.6), layout="constrained")
        axes = figure.subplots()
        for curve, look in zip(curves, styles, strict=True):
            steps = np.arange(1, curve.mean.size + 1) * steps_per_epoch
            # Tens of thousands of points a line: pixels keep the file small.
            thin: dict[str, Any] = {"lw": 0.5, "alpha": 0.4, "zorder": 1, "rasterized": True}
            axes.plot(steps, curve.seeds.T, color=look.colour, **thin)
            axes.plot(
                steps,
                curve.mean,
                color=look.colour,
                dashes=look.dashes,
                lw=2,
                marker=look.marker,
                markevery=_spread(curve.mean.size, log_x),
                mec="white",
                ms=7,
                zorder=3,
                label=curve.label,
            )
        axes.axhline(optimum, color=INK, lw=1, ls=":", zorder=2, label=f"optimum {optimum:g}")
        axes.set(title=title, xlabel="environment steps", ylabel="return of an epoch")
        if log_x:
            axes.set_xlim(left=steps_per_epoch)
            log_axis(axes, "x")
        else:
            axes.set_xlim(left=0)
            axes.xaxis.set_major_formatter(FuncFormatter(short))
        figure.legend(loc="outside lower center", ncols=4, handlelength=3.2)
    arms = "; ".join(f"{c.label}, {count(c.seeds.shape[0], 'seed')}" for c in curves)
    alt = (
        f"{title}: return against environment steps, one thin line per seed and their mean bold, "
        f"for {arms}. A dotted line marks the optimal return {optimum:g}."
    )
    return Picture(name, alt, figure)


def _spread(size: int, log_x: bool) -> list[int]:
    """Places for some markers, about evenly spaced on the axis: noise hides a line's dashes."""
    ends = (1, size, 9)
    places = np.geomspace(*ends) if log_x else np.linspace(*ends)
    return sorted({int(place) - 1 for place in places})
