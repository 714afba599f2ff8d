"""Bids against epochs, one panel for each state: which mechanism overtakes which, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from repro.errors import UserError
from repro.figures.curves import BAND, SHOWN
from repro.figures.picture import INK, Picture, count, figure_style, heading, log_axis, looks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from repro.figures.picture import Look

_TOGETHER, _APART = 0.055, 0.085
"""In panel heights: ends closer than the first share a line of letters; the second is its spacing."""
_ROOM = 1.22
"""The axis ends at this power of the last epoch, to leave room for the letters."""
_STRIP = 0.13
"""Part of a panel's height, at the bottom, that is reserved for marks."""
_AFTER, _SPACING, _UNDER = 4.0, 7.5, 5.0
"""In points: from the end of a line to its letter, from letter to letter, and from a letter's middle to the bar under it."""


CAPTION = "Look where the bold lines fall, cross and come back, and how many epochs that takes in each row. The strip marks when it has happened in each run."


@dataclass(frozen=True)
class BidPanel:
    """Bids of K mechanisms at one state.

    Attributes:
        epochs: [n], the epochs drawn.
        seeds: [runs, n, K]; NaN after a run has converged.
        mean: [n, K], over the seeds. The caller decides how converged runs count.
        bold: the mechanisms to highlight.
        marks: epochs of an event, one for each run that has it, drawn on a strip at the bottom.
        marked: the event in a word or two; empty for no strip.
        band: [2, n, K], lower and upper end of the middle four fifths of the runs; None: of those that still run.
    """

    epochs: NDArray[np.integer]
    seeds: NDArray[np.floating]
    mean: NDArray[np.floating]
    bold: tuple[int, ...]
    marks: NDArray[np.integer]
    marked: str
    band: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class BidRow:
    """The panels of one algorithm, one for each state; `quantity` says what its bids are."""

    label: str
    quantity: str
    panels: tuple[BidPanel, ...]


def bid_trajectories(
    name: str,
    rows: Sequence[BidRow],
    *,
    title: str,
    states: Sequence[str],
    letters: Sequence[str],
) -> Picture:
    """Draw bids on a common log axis of epochs: one row per algorithm, one column per state.

    Means are lines; those of the highlighted mechanisms are thick, over a band of the middle four fifths of the runs,
    and the first two seeds are thin. Letters at the ends of the means name the
    mechanisms, over a bar of the line's colour, from top to bottom or, if the ends are close, from left to right.

    Args:
        name: file name without extension.
        rows: one for each algorithm and quantity.
        title: title of the figure.
        states: heading of each column.
        letters: name of each mechanism, at most six.

    Raises:
        UserError: if there is no row, a row lacks a panel for a state, or shapes do not match.
    """
    styles = looks(name, letters)
    if not rows:
        raise UserError(f"figure {name}: no row given; expected at least one")
    for row in rows:
        _check(name, row, len(states), len(letters))
    longest = max(int(panel.epochs[-1]) for row in rows for panel in row.panels)
    with figure_style():
        figure = Figure(figsize=(9, 1.1 + 2.35 * len(rows)), layout="constrained")
        heading(figure, title)
        grid = figure.subplots(len(rows), len(states), sharex=True, sharey="row", squeeze=False)
        for line, row in zip(grid, rows, strict=True):
            low, high = _range(row)
            for axes, panel, state in zip(line, row.panels, states, strict=True):
                axes.set_ylim(low, high)
                axes.set_xlim(1, longest**_ROOM)
                log_axis(axes, "x")
                _draw_bids(axes, panel, styles, letters)
                if row is rows[0]:
                    axes.set_title(state, fontsize=10.5)
                if row is rows[-1]:
                    axes.set_xlabel("epoch of transfer")
            line[0].set_ylabel(f"{row.label}\n{row.quantity}")
        figure.legend(handles=_legend(rows), loc="outside lower center", ncols=3, handlelength=2.4)
    runs = ", ".join(f"{row.label} ({count(row.panels[0].seeds.shape[0], 'seed')})" for row in rows)
    means = "; ".join(_in_words(row, states, letters) for row in rows)
    alt = (
        f"{title}: bids of mechanisms {', '.join(letters)} against the epoch of transfer on a log "
        f"axis, means as lines and for those that matter a band of four fifths of the runs, for {runs}. Means from the first epoch "
        f"to the last: {means}."
    )
    return Picture(name, alt, figure, CAPTION)


def _check(name: str, row: BidRow, states: int, mechanisms: int) -> None:
    if len(row.panels) != states:
        raise UserError(
            f"figure {name}, {row.label}: given {len(row.panels)} panels; expected one for each of "
            f"{states} states"
        )
    for panel in row.panels:
        n = panel.epochs.size
        if panel.seeds.shape[1:] != (n, mechanisms) or panel.mean.shape != (n, mechanisms):
            raise UserError(
                f"figure {name}, {row.label}: given {n} epochs, seeds {panel.seeds.shape} and mean "
                f"{panel.mean.shape}; expected [runs, {n}, {mechanisms}] and [{n}, {mechanisms}]"
            )


def _range(row: BidRow) -> tuple[float, float]:
    """Return the limits of a row's axis: its bids, some padding, and the strip for marks."""
    low = min(float(np.nanmin(panel.seeds)) for panel in row.panels)
    high = max(float(np.nanmax(panel.seeds)) for panel in row.panels)
    low, high = min(low, 0.0), max(high, 1.0)
    air = 0.03 * (high - low)
    strip = (high - low + 2 * air) * _STRIP / (1 - _STRIP)
    return low - air - strip, high + air


def _draw_bids(axes: Axes, panel: BidPanel, styles: Sequence[Look], letters: Sequence[str]) -> None:
    # Rasterized because a line has hundreds of points. Highlighted mechanisms are drawn last.
    order = sorted(range(len(letters)), key=lambda k: (k in panel.bold, -k))
    thin: dict[str, Any] = {"lw": 0.6, "alpha": 0.5, "zorder": 2, "rasterized": True}
    band = np.nanquantile(panel.seeds, BAND, axis=0) if panel.band is None else panel.band
    for k in order:
        look, bold = styles[k], k in panel.bold
        if bold:
            axes.fill_between(
                panel.epochs, band[0, :, k], band[1, :, k], color=look.colour, alpha=0.2, lw=0
            )
            axes.plot(panel.epochs, panel.seeds[:SHOWN, :, k].T, color=look.colour, **thin)
        axes.plot(
            panel.epochs,
            panel.mean[:, k],
            color=look.colour,
            dashes=look.dashes,
            lw=2.4 if bold else 1.3,
            zorder=4 if bold else 3,
        )
    _name_ends(axes, panel, styles, letters)
    if panel.marked:
        low, high = axes.get_ylim()
        top = low + _STRIP * (high - low)
        foot = axes.get_xaxis_transform()
        axes.axhspan(low, top, color="#f0f0f0", lw=0, zorder=0)
        axes.set_yticks([tick for tick in axes.get_yticks() if top <= tick <= high])
        axes.plot(
            panel.marks,
            np.full(panel.marks.size, _STRIP / 2),
            transform=foot,
            ls="",
            marker="|",
            ms=8,
            mew=1.2,
            color=INK,
            alpha=0.8,
            zorder=5,
        )
        axes.text(1.2, _STRIP / 2, panel.marked, transform=foot, fontsize=9, va="center")


def _name_ends(axes: Axes, panel: BidPanel, styles: Sequence[Look], letters: Sequence[str]) -> None:
    """Write each mechanism's letter after the end of its mean, over a bar in the line's colour.

    The letters themselves are dark: in some of the colours they could hardly be read.
    """
    low, high = axes.get_ylim()
    ends = (panel.mean[-1] - low) / (high - low)
    groups: list[list[int]] = []
    for k in np.argsort(-ends, kind="stable"):
        if groups and ends[groups[-1][0]] - ends[k] <= _TOGETHER:
            groups[-1].append(int(k))
        else:
            groups.append([int(k)])
    above = np.inf
    for group in groups:
        height = min(float(ends[group].mean()), above - _APART)
        above = height
        end = panel.epochs[-1], low + height * (high - low)
        for place, k in enumerate(group):
            right = _AFTER + _SPACING * (place + 0.5)
            look: dict[str, Any] = {"fontweight": "bold", "fontsize": 9, "color": INK}
            look |= {"ha": "center", "va": "center", "textcoords": "offset points"}
            axes.annotate(letters[k], end, xytext=(right, 0), **look)
            aside = ScaledTranslation(right / 72, -_UNDER / 72, axes.figure.dpi_scale_trans)
            bar: dict[str, Any] = {"marker": "_", "ms": 6, "mew": 2.2, "clip_on": False}
            axes.plot(*end, transform=axes.transData + aside, color=styles[k].colour, **bar)


def _legend(rows: Sequence[BidRow]) -> list[Artist]:
    handles: list[Artist] = [
        Line2D([], [], lw=0.6, color="#777777", label="a seed"),
        Patch(color="#777777", alpha=0.3, lw=0, label="four fifths of runs"),
        Line2D([], [], lw=2.4, color="#555555", label="mean, optimal in training or transfer"),
        Line2D([], [], lw=1.3, color="#555555", label="mean, others"),
    ]
    if any(panel.marked for row in rows for panel in row.panels):
        what = "event on the strip, one mark per run"
        handles.append(Line2D([], [], ls="", marker="|", ms=8, mew=1.2, color=INK, label=what))
    return handles


def _in_words(row: BidRow, states: Sequence[str], letters: Sequence[str]) -> str:
    means = [
        f"{letters[k]} {panel.mean[0, k]:.2f} to {panel.mean[-1, k]:.2f} at {state}"
        for state, panel in zip(states, row.panels, strict=True)
        for k in panel.bold
    ]
    return f"{row.label}, {row.quantity}: {', '.join(means)}"
