"""Letters and rewards of moves hide no other move and no other text."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import PathPatch

from repro.figures.mdp import Drawing, decision_problems
from repro.figures.mdp_shapes import Move, State

CROSSING = (
    # As in the transfer "descendant": a bold line crosses one of training.
    Move("0a", "1c", "A", paths=(0,)),
    Move("0b", "1c", "B", paths=(1,)),
    Move("0a", "1b", "C", gone=True),
    Move("0b", "1b", "D", gone=True),
)
SIBLINGS = (
    # As in the bandit: three moves between two states, with long letters and a reward.
    Move("0m", "1m", "A", 0.8, paths=(0,), changed=True),
    Move("0m", "1m", "D (+0.2)", gone=True),
    Move("0m", "1m", "B (+0.4) C (+0.6)"),
)
FORKED = (
    # As at the end of a chain of five: a reward between two lines, and a move back with long letters.
    Move("0m", "1e", "J", 0.8, paths=(0,), changed=True),
    Move("0m", "1d", "E", gone=True),
    Move("1d", "0m", "A–D F–I"),
)
BENT = (
    # As in the transfer "last" of the chain in place: a second move to the goal, with a reward between them.
    Move("0m", "1d", "D", 0.8, paths=(0,), changed=True),
    Move("0m", "1d", "C", gone=True),
    Move("0m", "1e", "G"),
    Move("1e", "0m", "A B E F"),
)
ROWS = {"0a": -1, "0b": 0, "1b": 0, "1c": 1, "0m": 0, "1m": 0, "1d": -0.5, "1e": 0.5}


def touching(drawing: Drawing) -> list[tuple[str, str]]:
    """Return each text of a move that touches a line, unless letters are written on their own, or another text."""
    figure = decision_problems("m", [drawing], title="").figure
    (axes,) = figure.axes
    figure.draw_without_rendering()
    texts = [text for text in axes.texts if not text.get_text().startswith((" ", "plain"))]
    frames = [(text.get_text(), text.get_window_extent()) for text in texts]
    found = [
        (first, second)
        for (first, one), (second, other) in combinations(frames, 2)
        if one.overlaps(other)
    ]
    own = {(move.letters, f"{move.source} → {move.target}") for move in drawing.moves}
    share = np.linspace(0, 1, 200)[:, None]
    for patch in axes.patches:
        if isinstance(patch, PathPatch):
            ends = axes.transData.transform(np.asarray(patch.get_path().vertices, float))
            parts = (1 - share) ** 2, 2 * share * (1 - share), share**2
            curve = sum(part * end for part, end in zip(parts, ends, strict=True))
            for words, frame in frames:
                inside = ((curve >= frame.min) & (curve <= frame.max)).all(axis=1).any()
                if inside and (words, patch.get_label()) not in own:
                    found.append((words, str(patch.get_label())))
    return found


@pytest.mark.parametrize("moves", [CROSSING, SIBLINGS, FORKED, BENT])
def test_texts_touch_no_other_line_and_no_other_text(moves: tuple[Move, ...]) -> None:
    names = {end for move in moves for end in (move.source, move.target)}
    states = tuple(State(name, name, int(name[0]), ROWS[name]) for name in sorted(names))
    assert touching(Drawing("plain", ("A",), states, moves)) == []


def test_long_letters_leave_their_line_whole() -> None:
    states = (State("0m", "0m", 0, 0), State("1m", "1m", 1, 0))
    drawing = Drawing("plain", ("A",), states, SIBLINGS)
    (axes,) = decision_problems("m", [drawing], title="").figure.axes
    (long,) = [text for text in axes.texts if text.get_text() == SIBLINGS[2].letters]
    frame = long.get_bbox_patch()
    assert frame is not None
    assert to_rgba(frame.get_facecolor())[3] == 0
