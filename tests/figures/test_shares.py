"""Shares with intervals: panels, lines, empty cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import UserError
from repro.figures import Picture, SharePanel, shares
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROWS = ("first", "second", "context")
LEFT = SharePanel("left", (Estimate(0.05, 0.02, 0.1), None, Estimate(0, 0, 0.3)), 0.05, "level")
RIGHT = SharePanel("right", (None, Estimate(1, 0.9, 1), Estimate(0.4, 0.2, 0.6)), 0.7, "bound")


def draw() -> tuple[Picture, list[Axes]]:
    picture = shares("s", ROWS, [LEFT, RIGHT], title="Shares", judged=2)
    return picture, picture.figure.axes


def drawn(axes: Axes) -> list[tuple[str, list[float], float]]:
    """Return marker, positions and row of everything but the panel's line."""
    return [
        (
            str(line.get_marker()),
            np.asarray(line.get_xdata()).tolist(),
            float(np.asarray(line.get_ydata())[0]),
        )
        for line in axes.lines[1:]
    ]


def test_each_share_is_a_mark_on_its_interval() -> None:
    _, (left, right) = draw()
    assert drawn(left) == [
        ("None", [0.02, 0.1], 0),
        ("D", [0.05], 0),
        ("None", [0, 0.3], 2),
        ("o", [0], 2),
    ]
    assert drawn(right) == [
        ("None", [0.9, 1], 1),
        ("D", [1], 1),
        ("None", [0.2, 0.6], 2),
        ("o", [0.4], 2),
    ]
    assert [axes.get_title("left") for axes in (left, right)] == ["left", "right"]


def test_each_panel_has_its_line_in_the_legend() -> None:
    picture, panels = draw()
    assert [np.asarray(axes.lines[0].get_xdata()).tolist() for axes in panels] == [
        [0.05, 0.05],
        [0.7, 0.7],
    ]
    (legend,) = picture.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["level", "bound"]


def test_judged_rows_are_bold_and_the_first_is_on_top() -> None:
    _, (left, _) = draw()
    labels = [(text.get_text(), text.get_fontweight()) for text in left.get_yticklabels()]
    assert labels == [("first", "bold"), ("second", "bold"), ("context", "normal")]
    bottom, top = left.get_ylim()
    assert top < 0
    assert bottom > 2


def test_the_caption_says_what_to_look_for_and_which_rows_decide() -> None:
    def caption(judged: int, **given: str) -> str:
        return shares("s", ROWS, [LEFT], title="Shares", judged=judged, **given).caption

    assert caption(0) == "Look on which side of the line each interval lies."
    assert caption(1, caption="How far right?") == (
        "How far right? Bold rows, with a diamond, decide the verdict."
    )


def test_the_alt_text_has_all_numbers() -> None:
    picture, _ = draw()
    assert picture.alt == (
        "Shares, with 95 % intervals. left: first 0.05 [0.02, 0.1], context 0 [0, 0.3]; level; "
        "right: second 1 [0.9, 1], context 0.4 [0.2, 0.6]; bound."
    )
    empty = SharePanel("left", (None, None, None), 0.05, "level")
    assert "left: none; level" in shares("s", ROWS, [empty], title="Shares", judged=0).alt


@pytest.mark.parametrize(
    ("rows", "panels"), [((), ()), (ROWS, ()), ((), [LEFT]), (ROWS[:2], [LEFT, RIGHT])]
)
def test_rows_and_panels_must_match(rows: tuple[str, ...], panels: list[SharePanel]) -> None:
    with pytest.raises(UserError, match="figure s: given"):
        shares("s", rows, panels, title="Shares", judged=0)
