"""Bids of trained mechanisms against the discounted values of the states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from repro.errors import UserError
from repro.figures.picture import INK, Picture, count, figure_style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from repro.verdicts import Estimate

_COLOUR, _BAND = "#d55e00", "#dce8f2"


CAPTION = "Look how far each mean bid lies from the line, the discounted value of its state: it should lie within the shaded band."


@dataclass(frozen=True)
class PathBids:
    """The winners' bids along the optimal path of one task.

    Attributes:
        labels: the winning mechanism in each state, in the order of the path.
        values: [n], discounted value of each state.
        seeds: [runs, n], each run's bid.
        means: the means over runs, with their intervals.
    """

    labels: Sequence[str]
    values: NDArray[np.floating]
    seeds: NDArray[np.floating]
    means: Sequence[Estimate]


def bids_and_values(
    name: str, panels: Mapping[str, Sequence[PathBids]], *, title: str, margin: float
) -> Picture:
    """Draw each path's bids from start to end, with a line of discounted values.

    Args:
        name: file name without extension.
        panels: by heading, the paths of one problem, drawn one after another.
        title: title of the figure.
        margin: half the width of the band around the values.

    Raises:
        UserError: if there is no panel, a panel has no path, or shapes do not match.
    """
    if not panels or not all(panels.values()):
        raise UserError(f"figure {name}: a panel is missing or has no path; expected at least one")
    for heading, paths in panels.items():
        for path in paths:
            n = len(path.labels)
            if path.values.shape != (n,) or path.seeds.shape[1:] != (n,) or len(path.means) != n:
                raise UserError(
                    f"figure {name}, {heading}: given {n} labels, values {path.values.shape}, seeds "
                    f"{path.seeds.shape} and {len(path.means)} means; expected one of each per state"
                )
    widths = [sum(len(path.labels) for path in paths) for paths in panels.values()]
    with figure_style():
        figure = Figure(figsize=(8.4, 3.7), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=12)
        row = figure.subplots(1, len(panels), sharey=True, squeeze=False, width_ratios=widths)[0]
        for axes, (heading, paths) in zip(row, panels.items(), strict=True):
            _draw_paths(axes, paths, margin)
            axes.set_title(heading, fontsize=10.5)
        row[0].set_ylabel("bid")
        row[len(row) // 2].set_xlabel("optimal mechanism in each state")
        handles = [
            Line2D([], [], color=INK, lw=1.6, marker="_", ms=11, label="discounted value"),
            Patch(color=_BAND, label=f"within {margin:g} of it"),
            Line2D([], [], ls="", marker="o", ms=6, color=_COLOUR, label="mean, 95 % interval"),
            Line2D([], [], ls="", marker="o", ms=3, color=_COLOUR, alpha=0.4, label="a seed"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=4)
    means = "; ".join(
        f"{heading}: "
        + ", ".join(
            f"{label} {mean.value:.3f} at a value of {value:.3f}"
            for path in paths
            for label, mean, value in zip(path.labels, path.means, path.values, strict=True)
        )
        for heading, paths in panels.items()
    )
    runs = count(next(iter(panels.values()))[0].seeds.shape[0], "seed")
    alt = f"{title}: mean bids of the winning mechanisms over {runs}. {means}."
    return Picture(name, alt, figure, CAPTION)


def _draw_paths(axes: Axes, paths: Sequence[PathBids], margin: float) -> None:
    labels: list[str] = []
    for path in paths:
        places = np.arange(len(path.labels)) + len(labels)
        if labels:
            axes.axvline(len(labels) - 0.5, color="#999999", lw=0.8)
        labels += path.labels
        for place, value in zip(places, path.values, strict=True):
            axes.fill_between(
                [place - 0.5, place + 0.5],
                value - margin,
                value + margin,
                color=_BAND,
                lw=0,
                zorder=0,
            )
        axes.plot(places, path.values, color=INK, lw=1.6, marker="_", ms=16, zorder=2)
        across = np.linspace(-0.3, 0.3, len(path.seeds))
        for place, seeds, mean in zip(places, path.seeds.T, path.means, strict=True):
            axes.plot(
                place + across, seeds, ls="", marker="o", ms=3, color=_COLOUR, alpha=0.4, mew=0
            )
            if np.isfinite([mean.low, mean.high]).all():
                ends = [mean.low, mean.high]
                axes.plot([place] * 2, ends, color=_COLOUR, lw=2, marker="_", ms=10, zorder=5)
            axes.plot(place, mean.value, marker="o", ms=5.5, color=_COLOUR, mec="white", zorder=4)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    axes.grid(visible=False, axis="x")
