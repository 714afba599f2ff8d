"""Pictures: a figure with its alt text, the style that all figures share, and how they are saved."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from matplotlib import style
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

INK = "#222222"


class Look(NamedTuple):
    """The look of an algorithm; `dashes` are on and off lengths in line widths, () is solid."""

    colour: str
    dashes: tuple[float, ...]
    marker: str


# Okabe and Ito's colours (2008) for colour-blind readers; dashes and markers for black-and-white prints.
_LOOKS = (
    Look("#0072b2", (), "o"),
    Look("#009e73", (4, 1.2), "s"),
    Look("#d55e00", (5, 1.2, 1, 1.2), "D"),
    Look("#cc79a7", (1.2, 1), "v"),
    Look("#56b4e9", (8, 2), "P"),
    Look("#e69f00", (3, 1, 1, 1, 1, 1), "X"),
)
_OWN = {"cvs": 0, "ppo": 1, "ppof": 2}
"""Position among the looks of the algorithms that the talk compares; the others share the rest."""
_DPI, _NOTEBOOK_DPI = 160, 96
_STEPS = ((10.0, (1, 1.5, 2, 3, 5, 7)), (200.0, (1, 2, 5)))
"""Multiples of the powers of ten that have a tick, on an axis that spans less than a factor."""
_MOST_TICKS = 20
_TITLE_LETTER, _LETTER = 0.088, 0.08
"""Width of a letter of a title and of a label, in inches: larger than the mean, so that no line is too long."""
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
def figure_style() -> Iterator[None]:
    """Use the common style, independent of the user's matplotlibrc, inside a `with` block."""
    with style.context(_STYLE, after_reset=True):
        yield


@dataclass(frozen=True, repr=False)
class Picture:
    """A figure with its file name (without extension), its alt text, and a caption that says what to look for.

    The last line of a notebook's cell shows it; `picture.figure.savefig("name.pdf")` saves it.
    """

    name: str
    alt: str
    figure: Figure
    caption: str = ""

    def __post_init__(self) -> None:
        """Refuse a name that is not a plain file name, and an empty alt text."""
        if not _NAME.fullmatch(self.name):
            raise UserError(
                f"figure name: given {self.name!r}; expected letters, digits, '_', '-' and single dots, "
                "as 'learning_curves'"
            )
        if not self.alt.strip():
            raise UserError(f"figure {self.name}: no alt text given; describe what it shows")

    def __repr__(self) -> str:
        """Name the figure."""
        return f"<Picture {self.name}>"

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        """Return what a notebook shows, with its alt text."""
        with figure_style():
            return _png(self.figure, _NOTEBOOK_DPI), {"alt": self.alt}


def save(picture: Picture, folder: Path) -> None:
    """Write NAME.svg and NAME.png; the same picture gives the same bytes.

    Old files of these names are deleted first, so that none remains if drawing fails.
    """
    svg, png = folder / f"{picture.name}.svg", folder / f"{picture.name}.png"
    svg.unlink(missing_ok=True)
    png.unlink(missing_ok=True)
    for path, content in zip((svg, png), render(picture), strict=True):
        path.write_bytes(content)


def render(picture: Picture) -> tuple[bytes, bytes]:
    """Return the content of NAME.svg and of NAME.png, as `save` writes them."""
    with figure_style():
        text = io.StringIO()
        empty = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        picture.figure.savefig(text, format="svg", dpi=_DPI, metadata=empty)
        pixels = _png(picture.figure, _DPI)
    # The document type refers to a file on the web; the report must be self-contained.
    return _DOCTYPE.sub("", text.getvalue()).encode("utf-8"), pixels


def _png(figure: Figure, dpi: int) -> bytes:
    pixels = io.BytesIO()
    figure.savefig(pixels, format="png", dpi=dpi, metadata={"Software": None})
    return pixels.getvalue()


def looks(name: str, labels: Sequence[str]) -> tuple[Look, ...]:
    """Return a look for each label of figure `name`, by its position.

    Raises:
        UserError: if there is no label, or more than there are looks.
    """
    if not 1 <= len(labels) <= len(_LOOKS):
        raise UserError(
            f"figure {name}: given {len(labels)} arms; expected 1 to {len(_LOOKS)}, "
            "more cannot be distinguished"
        )
    return _LOOKS[: len(labels)]


def arm_looks(name: str, algorithms: Sequence[str]) -> tuple[Look, ...]:
    """Return a look for each arm of figure `name`, given the arms' algorithms.

    The colour belongs to the algorithm, whatever the order and, unless two of those that the talk does
    not compare meet in a colour, whatever the other arms. Arms of one algorithm have its colour, each
    with dashes and a marker of its own.

    Raises:
        UserError: if there is no arm, or more than there are looks.
    """
    looks(name, algorithms)
    owner: dict[str, int] = {}
    for algorithm in sorted(set(algorithms), key=lambda one: (one not in _OWN, one)):
        rest = len(_LOOKS) - len(_OWN)
        wanted = _OWN.get(algorithm, len(_OWN) + crc32(algorithm.encode()) % rest)
        order = [wanted, *range(len(_OWN), len(_LOOKS)), *range(len(_OWN))]
        owner[algorithm] = next(one for one in order if one not in owner.values())
    free = [one for one in range(len(_LOOKS)) if one not in owner.values()]
    first = {algorithm: algorithms.index(algorithm) for algorithm in owner}
    found = []
    for place, algorithm in enumerate(algorithms):
        stroke = owner[algorithm] if first[algorithm] == place else free.pop(0)
        found.append(_LOOKS[stroke]._replace(colour=_LOOKS[owner[algorithm]].colour))
    return tuple(found)


def heading(figure: Figure, title: str) -> None:
    """Write a title over the whole figure, on several lines if it is long; axes may be much narrower."""
    figure.suptitle(wrapped(figure, title, _TITLE_LETTER), x=0.01, ha="left", fontsize=11)


def quantity_below(axes: Axes, quantity: str) -> None:
    """Write what the horizontal axis shows below it, from its right end to the left and on several lines if it is long."""
    axes.set_xlabel(wrapped(axes.figure, quantity, _LETTER), loc="right")


def wrapped(figure: Figure | SubFigure, text: str, letter: float) -> str:
    """Break a text into lines that fit into the figure, given the width of a letter in inches."""
    return fill(text, max(10, int(figure.bbox.width / figure.dpi / letter)))


def log_axis(axes: Axes, which: str) -> None:
    """Make axis "x" or "y" logarithmic, with plain numbers. The limits must be set before.

    Ticks are powers of ten; multiples by 2 and 5 too if the axis spans at most a factor of 200, and by more numbers
    if it spans at most a factor of 10.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    spanned = high / low
    steps = next((one for most, one in _STEPS if spanned < most), (1,))
    axis.set_major_locator(LogLocator(subs=steps, numticks=_MOST_TICKS if len(steps) > 1 else None))
    axis.set_major_formatter(FuncFormatter(short))
    axis.set_minor_formatter(NullFormatter())


def short(value: float, _position: int | None = None) -> str:
    """Format 2500000 as 2.5 M, 40000 as 40 k, and small numbers with three digits."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


def count(number: int, thing: str) -> str:
    """Format "1 seed", "10 seeds"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
