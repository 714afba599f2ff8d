"""Draw what each gradient reads: a column for each gradient, a row for each part of the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from repro.errors import UserError
from repro.figures.picture import INK, Picture, figure_style, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_COLUMNS = 60
_CELL, _NARROWEST = 0.24, 4.5  # inches
_LETTER = 0.075
"""Width of a letter of a label, in inches."""
_TITLE_LETTER = 0.088
_SHADES = LinearSegmentedColormap.from_list("reads", ["#e8e8e8", "#0072b2"])


CAPTION = "Look at the rows in which two columns are blue: both gradients read these inputs."


def reads_matrix(
    shares: Mapping[str, Sequence[float]],
    gradients: Sequence[str],
    *,
    name: str,
    title: str,
    alt: str,
) -> Picture:
    """Draw which parts of the inputs each gradient reads; names are as in the code.

    Args:
        shares: of each part of the inputs, the share of its elements that each gradient reads, 0 to 1.
        gradients: their names.
        name: file name without extension.
        title: what the figure shows.
        alt: description of the figure.

    Raises:
        UserError: there is no gradient or no part.
    """
    if not shares or not gradients:
        raise UserError(
            f"figure {name}: given {len(gradients)} gradients and {len(shares)} parts of inputs; expected at "
            "least one of each"
        )
    shown = gradients[:MOST_COLUMNS]
    some = f" ({len(shown)} of {len(gradients)} gradients)" if len(shown) < len(gradients) else ""
    cells = np.array([list(row)[: len(shown)] for row in shares.values()])
    widest, tallest = (_LETTER * max(map(len, names)) for names in (shares, shown))
    wide = widest + _CELL * len(shown) + 0.3
    with figure_style():
        size = (max(wide, _NARROWEST), _CELL * len(shares) + tallest + 1.3)
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        axes.imshow(cells, cmap=_SHADES, vmin=0, vmax=1, aspect="equal", interpolation="nearest")
        axes.set_anchor("NW")
        axes.set_xticks(range(len(shown)), [_plain(x) for x in shown], rotation=90, fontsize=9)
        axes.set_yticks(range(len(shares)), [_plain(x) for x in shares], fontsize=9)
        axes.xaxis.tick_top()
        axes.set_xticks(np.arange(len(shown) + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(len(shares) + 1) - 0.5, minor=True)
        axes.grid(which="minor", color="white", linewidth=1.5)
        axes.grid(which="major", visible=False)
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        words = wrapped(figure, title + some, _TITLE_LETTER)
        figure.suptitle(_plain(words), x=0.01, ha="left", fontsize=11, color=INK)
        meanings = {1.0: "reads it", 0.0: "does not"}
        if ((cells > 0) & (cells < 1)).any():
            meanings = {1.0: "reads all of it", 0.5: "a part", 0.0: "nothing"}
        handles = [Patch(color=_SHADES(share), label=label) for share, label in meanings.items()]
        figure.legend(handles=handles, loc="outside lower left", ncols=3, fontsize=9)
    return Picture(name, alt, figure, CAPTION)


def _plain(text: str) -> str:
    """Escape dollar signs, which would start a formula."""
    return text.replace("$", r"\$")
