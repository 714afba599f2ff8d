"""Decision problems: how states, moves, paths and changes are drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon

from repro.errors import UserError
from repro.figures import save
from repro.figures.mdp import Drawing, decision_problems
from repro.figures.mdp_shapes import CHANGED, GONE, TINT, Move, State
from repro.figures.picture import INK
from tests.support.pictures import hard_to_read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

    from repro.figures import Picture

STATES = (
    State("s", "0, 0", 0, 0, start=True),
    State("t", "1, 0", 1, -0.5, changed=True),
    State("u", "1, 1", 1, 0.5, gone=True),
    State("g", "2, 0", 2, 0, goal=True),
)
MOVES = (
    Move("s", "t", "A", paths=(0, 1)),
    Move("s", "u", "B", gone=True),
    Move("t", "g", "C", 0.8, paths=(1,), changed=True),
    Move("g", "t", "D E"),
)
ONE = Drawing("training", ("A → C", "A → C"), STATES, MOVES)
PLAIN = Drawing("plain", ("A",), STATES[:2], (Move("s", "t", "A", paths=(0,)),))


def draw(*drawings: Drawing, note: str = "a note") -> Picture:
    return decision_problems("m", drawings or (ONE,), title="A shape", note=note)


def named(axes: Axes) -> dict[str, list[Patch]]:
    found: dict[str, list[Patch]] = {}
    for patch in axes.patches:
        found.setdefault(str(patch.get_label()), []).append(patch)
    return found


def ends(patch: Patch) -> np.ndarray:
    return np.asarray(patch.get_path().vertices, float)[[0, -1]]


def centre(patch: Patch) -> np.ndarray:
    box = patch.get_path().get_extents(patch.get_patch_transform())
    return np.array([box.x0 + box.x1, box.y0 + box.y1]) / 2


def test_every_state_is_a_box_in_its_place() -> None:
    shown = named(draw().figure.axes[0])
    boxes = {name: shown[name][0] for name in "stug"}
    assert all(isinstance(box, FancyBboxPatch) for box in boxes.values())
    x, y = np.array([centre(boxes[name]) for name in "stug"]).T
    assert x[1] == pytest.approx(x[2])
    assert x[0] < x[1] < x[3]
    assert x[3] - x[1] == pytest.approx(x[1] - x[0])
    assert y[0] == pytest.approx(y[3])
    assert y[1] > y[0] > y[2]


def test_starts_goals_changed_and_gone_states_differ() -> None:
    shown = named(draw().figure.axes[0])
    assert {name for name in shown if name.startswith(("start", "end"))} == {"start s", "end g"}
    looks = {name: shown[name][0] for name in "stug"}
    assert {name: to_hex(p.get_edgecolor()) for name, p in looks.items()} == {
        "s": INK,
        "t": CHANGED,
        "u": GONE,
        "g": INK,
    }
    assert [name for name, p in looks.items() if to_hex(p.get_facecolor()) == TINT] == ["t"]
    assert [name for name, p in looks.items() if p.get_linestyle() not in {"-", "solid"}] == ["u"]


def test_a_path_has_a_line_for_each_task_and_one_head() -> None:
    shown = named(draw().figure.axes[0])
    assert {name: len(found) for name, found in shown.items() if "→" in name} == {
        "s → t": 2,
        "s → u": 1,
        "t → g": 1,
        "g → t": 1,
        **{f"tip {name}": 1 for name in ("s → t", "s → u", "t → g", "g → t")},
    }
    first, second = shown["s → t"]
    assert isinstance(first, PathPatch)
    assert first.get_linestyle() in {"-", "solid"}
    assert second.get_linestyle() not in {"-", "solid"}
    assert np.hypot(*(ends(first) - ends(second)).T) == pytest.approx([4.6, 4.6])
    assert first.get_linewidth() > shown["s → u"][0].get_linewidth()
    assert shown["s → u"][0].get_linewidth() > shown["g → t"][0].get_linewidth()


def bends(moves: Sequence[Move], row: float) -> list[float]:
    """Return how far above the line from s to t, in points, the control point of each move is."""
    states = (replace(STATES[0], row=row), replace(STATES[1], row=row))
    shown = named(draw(replace(PLAIN, states=states, moves=tuple(moves))).figure.axes[0])
    lines = [np.asarray(patch.get_path().vertices, float) for patch in shown["s → t"]]
    return [line[1, 1] - centre(shown["s"][0])[1] for line in lines]


@pytest.mark.parametrize(
    ("row", "reward", "second"),
    [
        # Away from the other rows: up in an upper row, whose number is negative.
        (-0.5, 0.0, 26),
        (0.5, 0.0, -26),
        # Over a reward, which is written above its line.
        (-0.5, 0.8, 38),
        (0.5, 0.8, -26),
    ],
)
def test_moves_between_the_same_states_do_not_overlap(
    row: float, reward: float, second: float
) -> None:
    """As by two actions of a stochastic task; all but the first are bent, each more than the one before."""
    first = Move("s", "t", "A 0.9", reward, paths=(0,))
    others = (Move("s", "t", "B 0.1"), Move("s", "t", "C 0.1", gone=True))
    straight, bent, more = bends((first, *others), row)
    assert straight == pytest.approx(0, abs=1e-6)
    assert bent == pytest.approx(second)
    assert more / bent > 1.4


def test_moves_between_states_of_the_middle_row_bend_to_both_sides_the_last_one_down() -> None:
    first, second, third = (Move("s", "t", one, paths=(0,)) for one in "ABC")
    assert bends((first, second), 0) == pytest.approx([0, -26], abs=1e-6)
    assert bends((first, second, third), 0) == pytest.approx([0, 26, -26], abs=1e-6)


def test_colours_show_changes() -> None:
    shown = named(draw().figure.axes[0])
    for name, colour in (("s → t", INK), ("s → u", GONE), ("t → g", CHANGED), ("g → t", GONE)):
        assert {to_hex(patch.get_edgecolor()) for patch in shown[name]} == {colour}
        assert to_hex(shown[f"tip {name}"][0].get_facecolor()) == colour


def test_arrows_go_from_source_to_target() -> None:
    shown = named(draw().figure.axes[0])
    for move in MOVES:
        name = f"{move.source} → {move.target}"
        lines = np.mean([ends(patch) for patch in shown[name]], axis=0)
        (head,) = shown[f"tip {name}"]
        assert isinstance(head, Polygon)
        tip = head.get_xy()[0]
        for place, state in ((lines[0], move.source), (tip, move.target)):
            away = np.abs(place - centre(shown[state][0]))
            assert (away <= np.array([18, 9]) + 1.6).all(), (name, state)
            assert (away >= np.array([18, 9]) - 1e-6).any(), (name, state)


def test_a_move_back_does_not_overlap_the_move_forward() -> None:
    shown = named(draw().figure.axes[0])
    there, back = (
        np.asarray(shown[name][0].get_path().vertices, float)[1] for name in ("t → g", "g → t")
    )
    assert back[1] - there[1] == pytest.approx(26, rel=0.1)
    assert there == pytest.approx((centre(shown["t"][0]) + centre(shown["g"][0])) / 2)
    below = replace(
        ONE, states=tuple(replace(state, row=-state.row, gone=False) for state in STATES)
    )
    mirrored = named(draw(below).figure.axes[0])
    there, back = (
        np.asarray(mirrored[name][0].get_path().vertices, float)[1] for name in ("t → g", "g → t")
    )
    assert back[1] - there[1] == pytest.approx(-26, rel=0.1)


def test_letters_rewards_and_labels_are_written() -> None:
    figure = draw().figure
    texts = [text.get_text().strip() for text in figure.axes[0].texts]
    assert sorted(texts) == sorted(
        [
            "training",
            "A → C and A → C",
            "0, 0",
            "1, 0",
            "1, 1",
            "2, 0",
            "A",
            "B",
            "C",
            "D E",
            "+0.8",
        ]
    )
    assert [text.get_text() for text in figure.texts] == ["A shape", "a note"]


def written(axes: Axes, words: str) -> np.ndarray:
    (text,) = [text for text in axes.texts if text.get_text() == words]
    return np.array(text.get_position())


def test_letters_are_on_their_line_and_rewards_next_to_it() -> None:
    axes = draw(replace(ONE, moves=MOVES[:3])).figure.axes[0]
    places = {name: centre(found[0]) for name, found in named(axes).items()}
    for move in (MOVES[0], MOVES[1], MOVES[2]):
        start, way = places[move.source], places[move.target] - places[move.source]
        letters = written(axes, move.letters) - start
        assert np.cross(np.append(way, 0), np.append(letters, 0))[2] == pytest.approx(0, abs=1e-6)
        assert 0.3 < letters @ way / (way @ way) < 0.6
    assert np.hypot(*(written(axes, "+0.8") - written(axes, "C"))) == pytest.approx(11)
    assert written(axes, "+0.8")[1] > written(axes, "C")[1]
    crossed = draw().figure.axes[0]  # by a move back
    assert written(crossed, "+0.8")[1] < written(crossed, "C")[1]


def test_letters_are_next_to_a_vertical_line() -> None:
    below = replace(PLAIN, states=(STATES[0], State("t", "1", 0, 1)))
    axes = draw(below).figure.axes[0]
    assert written(axes, "A")[0] - written(axes, "0, 0")[0] == pytest.approx(8)


def test_every_text_can_be_read() -> None:
    assert hard_to_read(draw(ONE, PLAIN).figure) == []


def test_the_legend_names_what_is_drawn() -> None:
    def legend(picture: Picture) -> list[str]:
        return [text.get_text() for text in picture.figure.legends[0].get_texts()]

    words = ["changed decision", "optimal in training only", "other moves"]
    assert legend(draw()) == ["optimal path, first task", "second task", *words]
    assert legend(draw(PLAIN)) == ["optimal path"]


def test_narrow_problems_are_side_by_side_and_wide_ones_below_each_other() -> None:
    def corners(picture: Picture) -> list[tuple[float, float]]:
        places = [axes.get_position() for axes in picture.figure.axes]
        return [(round(place.x0, 3), round(place.y1, 3)) for place in places]

    left, right, next_left = corners(draw(ONE, PLAIN, PLAIN))
    assert (left[0], right[0], next_left[0]) == (0, 0.5, 0)
    assert left[1] == right[1] > next_left[1]
    wide = replace(PLAIN, states=(*PLAIN.states, State("far", "9", 3, 0)))
    above, below = corners(draw(wide, PLAIN))
    assert above[0] == below[0] == 0
    assert above[1] > below[1]


def test_one_unit_is_a_point() -> None:
    """One unit of an axis is one point, because lines assume the width of boxes in points."""
    figure = draw(ONE, PLAIN, PLAIN).figure
    width, height = figure.get_size_inches() * 72
    for axes in figure.axes:
        place, (left, right), (low, high) = axes.get_position(), axes.get_xlim(), axes.get_ylim()
        assert (right - left, high - low) == pytest.approx(
            (place.width * width, place.height * height)
        )


def test_the_alt_text_has_paths_and_changes() -> None:
    assert draw().alt == (
        "A shape. training: optimal A → C and A → C; changed: C in t; optimal in training only: B in s. "
        "a note."
    )
    assert draw(PLAIN, note="").alt == "A shape. plain: optimal A."


def test_the_same_problems_give_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save(draw(), tmp_path / folder)
    for name in ("m.svg", "m.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("drawings", "says"),
    [
        ((), "given no problem"),
        ((replace(ONE, tasks=("a", "b", "c")),), "training: given 4 states and 3 tasks"),
        ((replace(ONE, tasks=()),), "given 4 states and 0 tasks"),
        ((replace(ONE, states=(), moves=()),), "given 0 states"),
        ((replace(ONE, moves=(Move("s", "x", "A"),)),), "A goes from s to x; expected two of g, s"),
    ],
)
def test_invalid_drawings_are_refused(drawings: tuple[Drawing, ...], says: str) -> None:
    with pytest.raises(UserError, match=says):
        decision_problems("m", drawings, title="")
