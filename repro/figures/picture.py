"""A figure with its words and its bytes: the look that all share, and how they are saved."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib import style
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#222222"


class Look(NamedTuple):
    """What tells an algorithm from the others: `dashes` are on and off in line widths, () is solid."""

    colour: str
    dashes: tuple[float, ...]
    marker: str


# Okabe and Ito's colours (2008), told apart by colour-blind readers; dashes and markers on grey paper.
_LOOKS = (
    Look("#0072b2", (), "o"),
    Look("#009e73", (4, 1.2), "s"),
    Look("#d55e00", (5, 1.2, 1, 1.2), "D"),
    Look("#cc79a7", (1.2, 1), "v"),
    Look("#56b4e9", (8, 2), "P"),
    Look("#e69f00", (3, 1, 1, 1, 1, 1), "X"),
)
_DPI = 160
_WIDE = 200.0
_STYLE: dict[str, Any] = {
    "svg.hashsalt": "repro",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "path.simplify_threshold": 0.5,
}
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>]*>\n?")


@contextmanager
def house_style() -> Iterator[None]:
    """Draw as all figures here do, whatever matplotlibrc the machine has; undone on leaving."""
    with style.context(_STYLE, after_reset=True):
        yield


@dataclass(frozen=True)
class Picture:
    """A figure that can be shown: `name` is its file's name without ending, `alt` says it in words."""

    name: str
    alt: str
    figure: Figure

    def __post_init__(self) -> None:
        """Refuse a name that is no plain file name, and a figure without words."""
        if not _NAME.fullmatch(self.name):
            raise UserError(
                f"figure name: given {self.name!r}; expected letters, digits, '_', '-' and single dots, "
                "as 'learning_curves'"
            )
        if not self.alt.strip():
            raise UserError(f"figure {self.name}: no alt text given; say in words what it shows")


def save(picture: Picture, folder: Path) -> None:
    """Write NAME.svg and NAME.png; the same picture gives the same bytes.

    Files of that name are removed first: what stands there afterwards was drawn now.
    """
    svg, png = folder / f"{picture.name}.svg", folder / f"{picture.name}.png"
    svg.unlink(missing_ok=True)
    png.unlink(missing_ok=True)
    with house_style():
        text = io.StringIO()
        empty = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        picture.figure.savefig(text, format="svg", dpi=_DPI, metadata=empty)
        pixels = io.BytesIO()
        picture.figure.savefig(pixels, format="png", dpi=_DPI, metadata={"Software": None})
    # The document type points to a file on the web, which a self-contained report must not.
    svg.write_text(_DOCTYPE.sub("", text.getvalue()), encoding="utf-8", newline="\n")
    png.write_bytes(pixels.getvalue())


def looks(name: str, labels: Sequence[str]) -> tuple[Look, ...]:
    """Give each algorithm of figure `name` a look, by its place.

    Raises:
        UserError: on none, or on more than can be told apart.
    """
    if not 1 <= len(labels) <= len(_LOOKS):
        raise UserError(
            f"figure {name}: given {len(labels)} algorithms; expected 1 to {len(_LOOKS)}, "
            "more cannot be told apart"
        )
    return _LOOKS[: len(labels)]


def log_axis(axes: Axes, which: str) -> None:
    """Make axis "x" or "y" logarithmic, with plain numbers. Call it when the limits are known.

    Powers of ten are marked; 2 and 5 too where the axis spans little more than two of them.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < _WIDE else (1,)))
    axis.set_major_formatter(FuncFormatter(short))
    axis.set_minor_formatter(NullFormatter())


def short(value: float, _position: int | None = None) -> str:
    """Write 2500000 as 2.5 M, 40000 as 40 k and small numbers as they are."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


def count(number: int, thing: str) -> str:
    """Write "1 seed", "10 seeds"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
