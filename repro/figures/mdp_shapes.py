"""Draw the states of a decision problem as boxes and its moves as arrows.

All lengths are in points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path

from repro.figures.picture import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CHANGED, GONE = "#c04f00", "#6b6b6b"
"""Dark enough for letters on white, and for white letters on them."""
TINT = "#fff0e4"
"""Light, so that it does not look shaded in a black-and-white print."""
DASHES: tuple[tuple[float, ...], ...] = ((), (2.6, 1.1))
"""Dashes of each task's optimal path, in line widths; () is solid."""
GONE_DASHES = (2.2, 1.6)
BOLD, THIN, GONE_WIDTH = 2.0, 0.8, 1.2

BOX, _RIM, _ROUND = (36.0, 18.0), 2.4, 7.0
_APART, _TIP, _HEAD, _ENTRY = 4.6, 1.5, (7.0, 4.6), 14.0


@dataclass(frozen=True)
class State:
    """A state and its position.

    Attributes:
        name: unique in its drawing.
        label: text in its box, a few letters.
        column: number of decisions from the start.
        row: position in its column, downwards; 0 is the middle.
        start: whether episodes start here.
        goal: whether episodes end here.
        changed: whether an action is optimal here that was not optimal in training.
        gone: whether the state is reachable only in training.
    """

    name: str
    label: str
    column: int
    row: float
    start: bool = False
    goal: bool = False
    changed: bool = False
    gone: bool = False


@dataclass(frozen=True)
class Move:
    """Actions that lead from one state to another.

    Attributes:
        source: name of a state.
        target: name of another.
        letters: the actions.
        reward: reward of the move.
        paths: numbers of the tasks whose optimal path has this move.
        changed: whether the decision is optimal here and was not optimal in training.
        gone: whether the move was optimal in training and is not optimal here.
    """

    source: str
    target: str
    letters: str
    reward: float = 0.0
    paths: tuple[int, ...] = ()
    changed: bool = False
    gone: bool = False

    @property
    def colour(self) -> str:
        """Its colour."""
        return CHANGED if self.changed else INK if self.paths else GONE


class Point(NamedTuple):
    """A position in a drawing."""

    x: float
    y: float

    def moved(self, along: Point, far: float) -> Point:
        """Return this point plus `far` times `along`."""
        return Point(self.x + along.x * far, self.y + along.y * far)


def draw_state(axes: Axes, state: State, at: Point) -> None:
    """Draw a box, with a double border for a goal and an arrow into it for a start."""
    edge = CHANGED if state.changed else GONE if state.gone else INK
    look: dict[str, Any] = {"fc": TINT if state.changed else "white", "ec": edge, "zorder": 5}
    look |= {"lw": 1.4 if state.changed else 1.0, "ls": (0, (2, 1.5)) if state.gone else "-"}
    for inside, label in ((0.0, state.name), (_RIM, f"end {state.name}"))[: 1 + state.goal]:
        corner = at.x - BOX[0] / 2 + inside, at.y - BOX[1] / 2 + inside
        size = BOX[0] - 2 * inside, BOX[1] - 2 * inside
        rounding = f"round,pad=0,rounding_size={_ROUND - inside}"
        axes.add_patch(FancyBboxPatch(corner, *size, rounding, label=label, **look))
    ink = GONE if state.gone else INK
    axes.text(at.x, at.y, state.label, fontsize=8, ha="center", va="center", color=ink, zorder=6)
    if state.start:
        border = at.x - BOX[0] / 2
        axes.add_patch(
            FancyArrowPatch(
                (border - _ENTRY, at.y),
                (border - 0.5, at.y),
                arrowstyle="-|>,head_length=4,head_width=2.2",
                mutation_scale=1,
                shrinkA=0,
                shrinkB=0,
                color=ink,
                lw=1.0,
                label=f"start {state.name}",
            )
        )


class Line(NamedTuple):
    """Where a move is drawn.

    Attributes:
        move: the move.
        start: middle of its source.
        end: middle of its target.
        bow: distance of the line's control point to its left.
    """

    move: Move
    start: Point
    end: Point
    bow: float

    @property
    def control(self) -> Point:
        """The control point of its curve."""
        middle = _between(self.start, self.end, 0.5)
        return middle.moved(leftwards(self.start, self.end), self.bow)

    @property
    def leaves(self) -> Point:
        """Where it leaves its source's box."""
        return _border(self.start, self.control, 0.0)

    @property
    def tip(self) -> Point:
        """Where its head ends, before its target's box."""
        return _border(self.end, self.control, _TIP)

    def at(self, share: float) -> Point:
        """Return the point of its curve at that share of the way from box to box."""
        start, control, end = self.leaves, self.control, self.tip
        return _between(_between(start, control, share), _between(control, end, share), share)


def draw_line(axes: Axes, line: Line) -> None:
    """Draw a line for each task whose path has the move, at least one, and one head.

    Args:
        axes: axes in which one unit is one point.
        line: where to draw it.
    """
    move, control, left = line.move, line.control, leftwards(line.start, line.end)
    width = BOLD if move.paths else GONE_WIDTH if move.gone else THIN
    styles = [DASHES[path] for path in move.paths] or [GONE_DASHES if move.gone else ()]
    leaves, tip = line.leaves, line.tip
    ahead = _unit(Point(tip.x - control.x, tip.y - control.y))
    aside = Point(-ahead.y, ahead.x)
    neck = tip.moved(ahead, -_HEAD[0])
    name = f"{move.source} → {move.target}"
    order = 3 if move.paths else 2
    for number, dashes in enumerate(styles):
        side = _APART * (number - (len(styles) - 1) / 2)
        points = [leaves.moved(left, side), control.moved(left, side), neck.moved(aside, side)]
        look: dict[str, Any] = {"ec": move.colour, "fc": "none", "lw": width, "zorder": order}
        look |= {"ls": (0, dashes) if dashes else "-", "capstyle": "butt", "clip_on": False}
        curve = Path(points, [Path.MOVETO, Path.CURVE3, Path.CURVE3])
        axes.add_patch(PathPatch(curve, label=name, **look))
    half = _HEAD[1] / 2 + (_APART / 2 if len(styles) > 1 else width / 3)
    corners = [tip, neck.moved(aside, half), neck.moved(aside, -half)]
    axes.add_patch(Polygon(corners, fc=move.colour, ec="none", zorder=order, label=f"tip {name}"))


def leftwards(start: Point, end: Point) -> Point:
    """Return the unit vector to the left of the way from start to end."""
    return _unit(Point(start.y - end.y, end.x - start.x))


def _unit(along: Point) -> Point:
    """Return the vector scaled to length 1."""
    length = math.hypot(*along)
    return Point(along.x / length, along.y / length)


def _between(start: Point, end: Point, share: float) -> Point:
    """Return the point at that share of the way from start to end."""
    return start.moved(Point(end.x - start.x, end.y - start.y), share)


def _border(centre: Point, towards: Point, off: float) -> Point:
    """Return where the line from a box's middle to `towards` leaves the box, `off` points further."""
    away = Point(towards.x - centre.x, towards.y - centre.y)
    across = BOX[0] / 2 / abs(away.x) if away.x else math.inf
    upwards = BOX[1] / 2 / abs(away.y) if away.y else math.inf
    return centre.moved(away, min(across, upwards) + off / math.hypot(*away))
