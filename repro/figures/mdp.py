"""Draw problems as graphs: states, moves, optimal paths, and what a transfer changes."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro.errors import UserError
from repro.figures.mdp_labels import write_labels
from repro.figures.mdp_shapes import (
    BOLD,
    CHANGED,
    DASHES,
    GONE,
    GONE_DASHES,
    GONE_WIDTH,
    THIN,
    Line,
    Move,
    Point,
    State,
    draw_line,
    draw_state,
)
from repro.figures.picture import INK, Picture, figure_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

# Lengths are in points.
_PAGE, _ROW, _TITLE, _HEAD, _LEGEND, _LINE = 446.0, 36.0, 22.0, 22.0, 30.0, 11.0
_MARGIN, _ENTRY, _END, _BOW, _MORE, _CLEAR = 2.0, 36.0, 24.0, 26.0, 18.0, 12.0
_LETTERS = 95
"""Characters per line of the note."""
_NARROW = 3
"""Maximum number of columns of states in half a page."""


CAPTION = "Look at what is orange: the decision that is right in transfer and was not in training. Bold lines are the optimal path."


@dataclass(frozen=True)
class Drawing:
    """One problem.

    Attributes:
        title: its name.
        tasks: the optimal path of each task as text, one or two.
        states: its states, at least one.
        moves: the moves between them.
    """

    title: str
    tasks: tuple[str, ...]
    states: tuple[State, ...]
    moves: tuple[Move, ...]


def decision_problems(
    name: str, drawings: Sequence[Drawing], *, title: str, note: str = ""
) -> Picture:
    """Draw a training problem and its transfers, with each state in the same place in all of them.

    Optimal paths are bold, solid for the first task and dashed for the second.

    Args:
        name: file name without extension.
        drawings: at least one.
        title: title of the figure.
        note: text below the drawings.

    Raises:
        UserError: if there is no drawing, a drawing has no state or more than two tasks, or a move has
            an unknown state.
    """
    if not drawings:
        raise UserError(f"figure {name}: given no problem; expected at least one")
    for drawing in drawings:
        _check(name, drawing)
    columns = 1 + max(state.column for d in drawings for state in d.states)
    abreast = 2 if columns <= _NARROW else 1
    wide = _PAGE / abreast
    gap = (wide - _ENTRY - _END) / max(columns - 1, 1)
    lines = [drawings[first : first + abreast] for first in range(0, len(drawings), abreast)]
    rows = [[state.row for drawing in line for state in drawing.states] for line in lines]
    words = textwrap.wrap(note, _LETTERS)
    foot = _LEGEND + _LINE * len(words)
    height = _TITLE + sum(_HEAD + _ROW * (max(r) - min(r) + 1) for r in rows) + foot
    with figure_style():
        figure = Figure(figsize=(_PAGE / 72, height / 72))
        figure.text(_MARGIN / _PAGE, 1 - 14 / height, title, fontsize=11)
        below = height - _TITLE
        for line, used in zip(lines, rows, strict=True):
            tall = _HEAD + _ROW * (max(used) - min(used) + 1)
            below -= tall
            for place, drawing in enumerate(line):
                spot = (place * wide / _PAGE, below / height, wide / _PAGE, tall / height)
                axes = figure.add_axes(spot)
                # One unit is one point; 0 is the middle row.
                top = _ROW * (min(used) - 0.5) - _HEAD
                axes.set(xlim=(0, wide), ylim=(-top - tall, -top))
                axes.set_axis_off()
                _draw(axes, drawing, gap)
        small: dict[str, Any] = {"fontsize": 8, "columnspacing": 1.5, "handletextpad": 0.6}
        small |= {"loc": "lower center", "bbox_to_anchor": (0.5, (foot - _LEGEND + 2) / height)}
        handles = _legend(drawings)
        figure.legend(handles=handles, ncols=len(handles), **small)
        for number, text in enumerate(reversed(words)):
            at = (4 + _LINE * number) / height
            figure.text(0.5, at, text, fontsize=8, color="#555555", ha="center")
    return Picture(name, _in_words(title, drawings, note), figure, CAPTION)


def _check(name: str, drawing: Drawing) -> None:
    """Refuse drawings with no state, too many tasks, or moves between unknown states."""
    if not drawing.states or not 1 <= len(drawing.tasks) <= len(DASHES):
        raise UserError(
            f"figure {name}, {drawing.title}: given {len(drawing.states)} states and "
            f"{len(drawing.tasks)} tasks; expected at least one state, and 1 to {len(DASHES)} "
            "tasks, because more cannot be distinguished"
        )
    states = {state.name for state in drawing.states}
    for move in drawing.moves:
        for end in (move.source, move.target):
            if end not in states:
                raise UserError(
                    f"figure {name}, {drawing.title}: {move.letters} goes from {move.source} to "
                    f"{move.target}; expected two of {', '.join(sorted(states))}"
                )


def _draw(axes: Axes, drawing: Drawing, gap: float) -> None:
    """Draw one problem: its moves, and its states on top of them."""
    top = axes.get_ylim()[1]
    text: dict[str, Any] = {"fontsize": 9, "va": "top"}
    head = axes.text(_MARGIN, top - 2, drawing.title, weight="bold", **text)
    tasks = "   " + " and ".join(drawing.tasks)
    axes.annotate(tasks, (1, 1), xycoords=head, color="#555555", **text)
    places = {s.name: Point(_ENTRY + gap * s.column, -_ROW * s.row) for s in drawing.states}
    pairs = {(move.source, move.target) for move in drawing.moves}
    rewarded = {(move.source, move.target) for move in drawing.moves if move.reward}
    drawn = Counter[tuple[str, str]]()
    number_of = Counter((move.source, move.target) for move in drawing.moves)
    lines = []
    for move in drawing.moves:
        start, end = places[move.source], places[move.target]
        # Moves that lead back bend outwards; the left side of a move to the left is down.
        back = (move.target, move.source) in pairs and end.x <= start.x
        bow = math.copysign(_BOW, -start.y - end.y) if back else 0.0
        pair = move.source, move.target
        if number := drawn[pair]:
            # Further moves bend away from the other rows. In the middle row they take turns; the last one, which has
            # the longest letters, bends down, away from the title.
            middle = start.y + end.y == 0
            up = (number_of[pair] - number) % 2 == 0 if middle else start.y + end.y > 0
            far = _BOW + _MORE * ((number - 1) // (2 if middle else 1))
            # A reward may be written above the first one.
            far += _CLEAR if up and pair in rewarded else 0.0
            bow = math.copysign(far, end.x - start.x) * (1 if up else -1)
        drawn[pair] += 1
        lines.append(Line(move, start, end, bow))
        draw_line(axes, lines[-1])
    write_labels(axes, lines, [*places.values()])
    for state in drawing.states:
        draw_state(axes, state, places[state.name])


def _legend(drawings: Sequence[Drawing]) -> list[Line2D]:
    """Return entries for what is drawn."""
    moves = [move for drawing in drawings for move in drawing.moves]
    two = any(len(drawing.tasks) > 1 for drawing in drawings)
    words = ("optimal path, first task", "second task") if two else ("optimal path",)
    shown: list[tuple[str, str, float, tuple[float, ...]]] = [
        (word, INK, BOLD, dashes) for word, dashes in zip(words, DASHES, strict=False)
    ]
    if any(move.changed for move in moves):
        shown.append(("changed decision", CHANGED, BOLD, ()))
    if any(move.gone for move in moves):
        shown.append(("optimal in training only", GONE, GONE_WIDTH, GONE_DASHES))
    if any(not (move.paths or move.gone) for move in moves):
        shown.append(("other moves", GONE, THIN, ()))
    return [
        Line2D([], [], color=colour, lw=width, ls=(0, dashes) if dashes else "-", label=word)
        for word, colour, width, dashes in shown
    ]


def _in_words(title: str, drawings: Sequence[Drawing], note: str) -> str:
    """Describe the optimal paths and the changed decisions."""
    sentences = [title]
    for drawing in drawings:
        words = f"{drawing.title}: optimal {' and '.join(drawing.tasks)}"
        for what, moves in (
            ("changed", [move for move in drawing.moves if move.changed]),
            ("optimal in training only", [move for move in drawing.moves if move.gone]),
        ):
            listed = dict.fromkeys(f"{move.letters} in {move.source}" for move in moves)
            words += f"; {what}: {', '.join(listed)}" if listed else ""
        sentences.append(words)
    return " ".join(f"{words.rstrip('.')}." for words in (*sentences, note) if words)
