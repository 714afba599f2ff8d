"""Write the actions and rewards of moves where they hide no other move. All lengths are in points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from repro.figures.mdp_shapes import BOX, CHANGED, Line, Point, leftwards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

_SIZE, _REWARD_SIZE, _LETTER, _PAD = 8.5, 7.5, 0.62, 2.5
"""Sizes of letters, the width of a letter in sizes, and what is left free around a text."""
_ABOVE, _SIDEWAYS, _BESIDE = 11.0, 8.0, 7.5
_FORTH = (0.47, 0.4, 0.54, 0.33, 0.6, 0.26, 0.67, 0.19, 0.74)
_BACK = (0.26, 0.19, *_FORTH)
"""Positions along a line, the best first; other ones for what was optimal in training, as such lines cross others."""
_WIDE = 0.5
"""Texts that would hide more than this part of a bent line are written next to it."""
_SAMPLES = 60


class _Frame(NamedTuple):
    """A rectangle around a text or a state: its middle, half its width and half its height."""

    middle: Point
    width: float
    height: float

    def touches(self, other: _Frame) -> bool:
        return (
            abs(self.middle.x - other.middle.x) < self.width + other.width
            and abs(self.middle.y - other.middle.y) < self.height + other.height
        )


def write_labels(axes: Axes, lines: Sequence[Line], states: Sequence[Point]) -> None:
    """Write each move's letters on its line or next to it, and its reward above or below them.

    Of the possible places that touch the fewest texts and states, the first is taken that touches the least of other lines.

    Args:
        axes: axes in which one unit is one point.
        lines: of the moves, which are drawn already.
        states: middle of each state.
    """
    taken = [_Frame(state, BOX[0] / 2, BOX[1] / 2) for state in states]
    points = {
        line: [_Frame(line.at(n / _SAMPLES), 0.0, 0.0) for n in range(_SAMPLES + 1)]
        for line in lines
    }

    def free(text: str, size: float, places: Sequence[Point], own: Line) -> Point:
        crossed = [p for line in lines if line is not own for p in points[line]]
        half = len(text) * _LETTER * size / 2 + _PAD, size / 2 + _PAD
        frames = [_Frame(place, *half) for place in places]
        best = min(
            frames,
            key=lambda frame: (
                sum(frame.touches(other) for other in taken),
                sum(frame.touches(point) for point in crossed),
            ),
        )
        taken.append(best)
        return best.middle

    for line in lines:
        move = line.move
        at = free(move.letters, _SIZE, _places(line), line)
        shared: dict[str, Any] = {"ha": "center", "va": "center", "zorder": 4}
        # Next to its line a text needs no ground, which would cut the line.
        fill = CHANGED if move.changed else "none" if _is_beside(line) else "white"
        look: dict[str, Any] = {"bbox": {"boxstyle": "round,pad=0.15", "fc": fill, "ec": "none"}}
        look |= {"color": "white" if move.changed else move.colour}
        look |= {"weight": "bold" if move.paths else "normal", "fontsize": _SIZE}
        axes.text(at.x, at.y, move.letters, **look, **shared)
        if move.reward:
            reward, up = f"+{move.reward:g}", leftwards(line.start, line.end)
            far = _ABOVE if up.y > 0 else -_ABOVE
            sides = at.moved(up, far), at.moved(up, -far)
            place = free(reward, _REWARD_SIZE, sides, line)
            axes.text(*place, reward, color=move.colour, fontsize=_REWARD_SIZE, **shared)


def _is_beside(line: Line) -> bool:
    """Return whether the letters of a bent line are too wide to be written on it."""
    seen = abs(line.end.x - line.start.x) - BOX[0]
    return bool(line.bow) and len(line.move.letters) * _LETTER * _SIZE > _WIDE * seen


def _places(line: Line) -> list[Point]:
    """Return where the letters of a move may be, the best place first."""
    move, start, end = line.move, line.start, line.end
    if start.x == end.x:
        return [line.at(share).moved(Point(1, 0), _SIDEWAYS) for share in _FORTH]
    if _is_beside(line):
        outwards = _BESIDE if line.bow > 0 else -_BESIDE
        return [line.at(0.5).moved(leftwards(start, end), outwards)]
    return [line.at(share) for share in (_BACK if move.gone else _FORTH)]
