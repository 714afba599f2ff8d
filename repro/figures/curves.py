"""Return against environment steps in training or transfer: the mean, and a band that holds most runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from repro.errors import UserError
from repro.figures.picture import (
    INK,
    Picture,
    arm_looks,
    count,
    figure_style,
    log_axis,
    short,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from repro.figures.picture import Look


CAPTION = "Look where each bold line reaches the dotted optimum: further right is slower. A band holds the middle four fifths of the runs, thin lines are two of them, and a converged run counts with its last return."


@dataclass(frozen=True)
class Curve:
    """Return by epoch of one algorithm.

    Attributes:
        label: the arm, for the legend.
        seeds: [runs, points]; NaN after a run has converged.
        mean: [points], over the seeds. The caller decides how converged runs count.
        epochs: [points], the epoch of each point; None for 1, 2, 3 and so on.
        censored: [runs], True if a run never converged; None to mark no run.
        algorithm: its name, which sets the colour; "": the label.
        band: [2, points], lower and upper end of the band; None: that of the middle `BAND` of the seeds that still run.
    """

    label: str
    seeds: NDArray[np.floating]
    mean: NDArray[np.floating]
    epochs: NDArray[np.integer] | None = None
    censored: NDArray[np.bool_] | None = None
    algorithm: str = ""
    band: NDArray[np.floating] | None = None


BAND = (0.1, 0.9)
"""Quantiles of the runs between which a band lies: the middle four fifths."""
POINTS = 600
"""About as many points of a band are drawn, so that the file stays small."""
SHOWN = 2
"""Seeds that are drawn as lines, the first ones; more would hide each other."""


def learning_curves(
    name: str,
    curves: Sequence[Curve],
    *,
    title: str,
    steps_per_epoch: int,
    optimum: float = 0.8,
    log_x: bool = False,
) -> Picture:
    """Draw return against environment steps: the mean bold, a band of four fifths of the runs, the optimum dotted.

    The first two seeds are thin lines. A censored run ends in an open triangle.

    Args:
        name: file name without extension.
        curves: one per algorithm, at most six.
        title: what is learned.
        steps_per_epoch: environment steps per epoch; the first epoch ends at that many.
        optimum: return of the best policy.
        log_x: whether the axis of steps is logarithmic, for curves of very different lengths.

    Raises:
        UserError: if there are more than six curves, or shapes do not match.
    """
    curve_looks(name, curves)
    with figure_style():
        figure = Figure(figsize=(6.2, 3.6), layout="constrained")
        axes = figure.subplots()
        draw_curves(name, axes, curves, steps_per_epoch, log_x=log_x, seeds=SHOWN)
        axes.axhline(optimum, color=INK, lw=1, ls=":", zorder=2, label=f"optimum {optimum:g}")
        axes.set(title=title, xlabel="environment steps", ylabel="return of an epoch")
        scale_steps(axes, steps_per_epoch, furthest(axes), log_x=log_x)
        figure.legend(handles=legend(name, curves, [optimum]), loc="outside lower center", **LEGEND)
    arms = "; ".join(arm_in_words(curve) for curve in curves)
    alt = (
        f"{title}: return against environment steps, the mean bold over a band of the middle four fifths of "
        f"the runs, two seeds thin, for {arms}. A dotted line marks the optimal return {optimum:g}."
    )
    return Picture(name, alt, figure, CAPTION)


LEGEND: dict[str, Any] = {"ncols": 3, "handlelength": 3.2}


def draw_curves(
    name: str,
    axes: Axes,
    curves: Sequence[Curve],
    steps_per_epoch: int,
    *,
    log_x: bool,
    seeds: int = 0,
    bands: bool = True,
) -> None:
    """Draw the curves of one problem, as described in `learning_curves`, and the first so many seeds of each.

    Args:
        name: of the figure.
        axes: to draw in.
        curves: of the arms.
        steps_per_epoch: environment steps per epoch.
        log_x: whether the axis of steps will be logarithmic.
        seeds: how many seeds are drawn as thin lines.
        bands: whether a band is drawn for each arm.

    Raises:
        UserError: if there are more than six curves, or shapes do not match.
    """
    for curve, look in zip(curves, curve_looks(name, curves), strict=True):
        runs, points = curve.seeds.shape if curve.seeds.ndim == 2 else (0, -1)  # noqa: PLR2004 - axes
        epochs = np.arange(1, points + 1) if curve.epochs is None else curve.epochs
        censored = np.zeros(runs, bool) if curve.censored is None else curve.censored
        if curve.mean.shape != (points,) or epochs.shape != (points,) or censored.shape != (runs,):
            raise UserError(
                f"figure {name}, {curve.label}: given seeds {curve.seeds.shape}, mean "
                f"{curve.mean.shape}, epochs {epochs.shape} and censored {censored.shape}; "
                "expected [runs, points], [points], [points] and [runs]"
            )
        steps = epochs * steps_per_epoch
        if bands:
            every = max(1, points // POINTS)
            low, high = _band(curve)[:, ::every]
            band: dict[str, Any] = {"alpha": 0.2, "lw": 0, "zorder": 1}
            axes.fill_between(steps[::every], low, high, color=look.colour, **band)
        # Rasterized because a line has hundreds of points.
        thin: dict[str, Any] = {"lw": 0.6, "alpha": 0.5, "zorder": 2, "rasterized": True}
        axes.plot(steps, curve.seeds[:seeds].T, color=look.colour, **thin)
        for returns in curve.seeds[censored]:
            last = np.flatnonzero(~np.isnan(returns))[-1]
            axes.plot(steps[last], returns[last], zorder=4, color=look.colour, **_CENSORED)
        axes.plot(
            steps,
            curve.mean,
            lw=2,
            markevery=_spread(steps, log_x=log_x),
            zorder=3,
            label=curve.label,
            **_bold(look),
        )


def _band(curve: Curve) -> NDArray[np.floating]:
    """Return both ends of a curve's band."""
    if curve.band is not None:
        return curve.band
    return np.asarray(np.nanquantile(curve.seeds, BAND, axis=0))


def curve_looks(name: str, curves: Sequence[Curve]) -> tuple[Look, ...]:
    """Return the look of each curve."""
    return arm_looks(name, [curve.algorithm or curve.label for curve in curves])


def furthest(axes: Axes) -> float:
    """Return the last step that is drawn."""
    return float(axes.dataLim.x1)


def scale_steps(axes: Axes, first: float, last: float, *, log_x: bool) -> None:
    """Make the axis of steps logarithmic from the first epoch, or linear from 0, with room for marks at both ends."""
    width = axes.get_window_extent().width * 72 / axes.figure.dpi
    room = _MARK / (width - 2 * _MARK)
    if log_x:
        factor = (last / first) ** room if last > first else 1.1
        axes.set_xlim(first / factor, last * factor)
        log_axis(axes, "x")
    else:
        axes.set_xlim(-last * room, last * (1 + room))
        axes.xaxis.set_major_formatter(FuncFormatter(short))


def legend(name: str, curves: Sequence[Curve], optima: Sequence[float]) -> list[Artist]:
    """Make the legend; censored runs have an entry only if there are any."""
    by_label = {curve.label: curve for curve in curves}
    styles = curve_looks(name, list(by_label.values()))
    handles: list[Artist] = [
        Line2D([], [], lw=2, label=label, **_bold(look))
        for label, look in zip(by_label, styles, strict=True)
    ]
    handles.append(Patch(color="#777777", alpha=0.3, lw=0, label="four fifths of runs"))
    handles.append(Line2D([], [], lw=1, ls=":", color=INK, label=f"optimum {listed(optima)}"))
    if any(curve.censored is not None and curve.censored.any() for curve in curves):
        handles.append(Line2D([], [], color="#777777", label="censored", **_CENSORED))
    return handles


def listed(optima: Sequence[float]) -> str:
    """Format the optimal returns of the problems in a figure: "0.8", or "0.8 or 2.5"."""
    return " or ".join(f"{optimum:g}" for optimum in optima)


def arm_in_words(curve: Curve) -> str:
    """Format "PPO, 10 seeds of which 2 censored"."""
    cut = 0 if curve.censored is None else int(curve.censored.sum())
    return f"{curve.label}, {count(curve.seeds.shape[0], 'seed')}" + (
        f" of which {cut} censored" if cut else ""
    )


_MARK = 5.5
"""Half the width of a mark with its edge, and a little more, in points."""
_CENSORED: dict[str, Any] = {"ls": "", "marker": "^", "ms": 7, "mfc": "none", "mew": 1.3}


def _bold(look: Look) -> dict[str, Any]:
    return {
        "color": look.colour,
        "dashes": look.dashes,
        "marker": look.marker,
        "mec": "white",
        "ms": 7,
    }


def _spread(steps: NDArray[np.integer], *, log_x: bool) -> list[int]:
    """Choose evenly spaced points for markers, which stay visible where noise hides the dashes."""
    ends = (steps[0], steps[-1], 9)
    places = np.geomspace(*ends) if log_x else np.linspace(*ends)
    return sorted({int(place) for place in np.searchsorted(steps, places * (1 - 1e-9))})
