"""Draw what each gradient reads: a row for each gradient, a column for each element of the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from repro.errors import UserError
from repro.figures.picture import INK, Picture, count, figure_style

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MOST_ROWS = 60
MOST_LISTED = 12
"""Gradients in the alt text."""
MOST_COLUMNS = 80
"""Of inputs with more elements in all, each is one column, shaded by the share of it that is read."""
_CELL, _EDGE = 0.24, (1.6, 1.9)  # inches
_SHADES = LinearSegmentedColormap.from_list("reads", ["#e8e8e8", "#0072b2"])


CAPTION = "Look at the columns that two rows have in common: both gradients read these inputs."


def reads_matrix(
    reads: Mapping[str, Collection[str]],
    columns: Mapping[str, Sequence[str]],
    *,
    name: str,
    title: str,
    alt: str,
) -> Picture:
    """Draw which elements of the inputs each gradient reads.

    Args:
        reads: elements that each gradient reads, by the gradient's name.
        columns: of each input that is drawn, its elements in order.
        name: file name without extension.
        title: what the figure shows.
        alt: description of the figure; what each gradient reads is appended.

    Raises:
        UserError: there is no gradient or no element.
    """
    total = sum(map(len, columns.values()))
    if not reads or not total:
        raise UserError(
            f"figure {name}: given {len(reads)} gradients and {total} elements; expected at least one of each"
        )
    each = {x: [x] for found in columns.values() for x in found}
    groups = each if total <= MOST_COLUMNS else {x: list(y) for x, y in columns.items() if y}
    rows = list(reads)[:MOST_ROWS]
    shares = np.array([[_share(reads[row], group) for group in groups.values()] for row in rows])
    some = f" ({len(rows)} of {len(reads)} gradients)" if len(rows) < len(reads) else ""
    with figure_style():
        size = (len(groups) * _CELL + _EDGE[0], len(rows) * _CELL + _EDGE[1])
        figure = Figure(figsize=(max(size[0], 4.0), size[1]), layout="constrained")
        axes = figure.subplots()
        axes.imshow(shares, cmap=_SHADES, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        axes.set_xticks(range(len(groups)), [_plain(x) for x in groups], rotation=90, fontsize=8)
        axes.set_yticks(range(len(rows)), [_plain(x) for x in rows], fontsize=8)
        axes.set_xticks(np.arange(len(groups) + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1.5)
        axes.grid(which="major", visible=False)
        axes.tick_params(which="both", length=0)
        axes.set_title(_plain(title + some), loc="left", color=INK)
    return Picture(name, _in_words(alt, reads, total), figure, CAPTION)


def _share(read: Collection[str], group: Sequence[str]) -> float:
    return sum(x in read for x in group) / len(group)


def _plain(text: str) -> str:
    """Escape dollar signs, which would start a formula."""
    return text.replace("$", r"\$")


def _in_words(alt: str, reads: Mapping[str, Collection[str]], total: int) -> str:
    """Append to `alt` how many elements each gradient reads."""
    if not alt.strip():
        return alt  # `Picture` refuses it
    listed = [f"{name} reads {len(found)}" for name, found in list(reads.items())[:MOST_LISTED]]
    more = len(reads) - MOST_LISTED
    rest = f" and {more} more" if more > 0 else ""
    return f"{alt.rstrip('. ')}. Of {count(total, 'element')}: {', '.join(listed)}{rest}."
