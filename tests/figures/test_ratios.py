"""Ratios with intervals: ends, open ends, margins."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.errors import UserError
from repro.figures import Picture, ratio_intervals
from repro.figures.picture import figure_style
from repro.verdicts import Estimate
from tests.support.pictures import beyond_the_edge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

INF = math.inf
BANDS = {"factor 1.5": (9.0, 21.0), "factor 3": (4.6, 42.0)}
ROWS = {
    "judged": Estimate(12.0, 8.0, 18.0),
    "lower": Estimate(13.0, 7.0, INF, bound="lower"),
    "upper": Estimate(9.0, 0.0, 12.0, bound="upper"),
    "open": Estimate(1.0, 0.0, INF, bound="none"),
}


def draw(
    rows: Mapping[str, Estimate] = ROWS, judged: int = 1, target: float = 13.9
) -> tuple[Picture, Axes]:
    picture = ratio_intervals(
        "r", rows, title="Ratio", quantity="PPO over CVS", target=target, bands=BANDS, judged=judged
    )
    return picture, picture.figure.axes[0]


def marks(axes: Axes, place: int) -> list[tuple[float, str]]:
    """Return the marks in one row and their positions."""
    return [
        (float(np.asarray(line.get_xdata())[0]), str(line.get_marker()))
        for line in axes.lines
        if line.get_marker() != "None" and float(np.asarray(line.get_ydata())[0]) == place
    ]


def test_a_caption_speaks_of_a_verdict_only_where_rows_decide_one() -> None:
    (deciding, _), (context, _) = draw(), draw(judged=0)
    assert "Bold rows, with a diamond, decide the verdict" in deciding.caption
    assert "verdict" not in context.caption


def test_a_caption_of_the_caller_replaces_what_to_look_for_and_not_what_marks_mean() -> None:
    def captioned(judged: int) -> str:
        given: dict[str, Any] = {"title": "", "quantity": "", "target": 1.0, "bands": {}}
        return ratio_intervals("r", ROWS, judged=judged, caption="Look.", **given).caption

    marks_mean = "A filled mark is an estimate; an open one, with an arrow, is only a bound, because some runs did not converge."
    assert captioned(0) == f"Look. {marks_mean}"
    assert captioned(1) == f"Look. Bold rows, with a diamond, decide the verdict. {marks_mean}"


def test_a_row_is_a_point_between_its_ends() -> None:
    _, axes = draw()
    assert marks(axes, 0) == [(8.0, "|"), (18.0, "|"), (12.0, "D")]


def test_an_open_end_is_an_arrow_at_the_edge() -> None:
    _, axes = draw()
    left, right = axes.get_xlim()
    assert marks(axes, 1) == [(7.0, "|"), (right, ">"), (13.0, "o")]
    assert marks(axes, 2) == [(left, "<"), (12.0, "|"), (9.0, "o")]


def test_a_bound_is_hollow() -> None:
    _, axes = draw({"exact": ROWS["judged"], "bound": ROWS["lower"]}, judged=2)
    exact, bound = (line for line in axes.lines if line.get_marker() == "D")
    assert (exact.get_markerfacecolor(), bound.get_markerfacecolor()) == ("#222222", "white")


def test_a_row_without_bounds_has_only_text() -> None:
    _, axes = draw()
    assert marks(axes, 3) == []
    assert [text.get_text() for text in axes.texts] == ["no bound"]


def test_rows_are_from_top_to_bottom_and_judged_ones_bold() -> None:
    _, axes = draw(judged=2)
    assert [text.get_text() for text in axes.get_yticklabels()] == list(ROWS)
    weights = [text.get_fontweight() for text in axes.get_yticklabels()]
    assert weights == ["bold", "bold", "normal", "normal"]
    bottom, top = axes.get_ylim()
    assert bottom > top


def test_margins_and_target_are_drawn_the_inner_band_on_top() -> None:
    picture, axes = draw()
    bands = {str(patch.get_label()): patch for patch in axes.patches}
    spans = {label: patch.get_window_extent() for label, patch in bands.items()}
    to_data = axes.transData.inverted()
    for label, (low, high) in BANDS.items():
        ends = to_data.transform(spans[label].get_points())[:, 0]
        np.testing.assert_allclose(ends, [low, high])
    assert bands["factor 1.5"].get_zorder() > bands["factor 3"].get_zorder()
    (target,) = [line for line in axes.lines if line.get_label() == "target 13.9"]
    np.testing.assert_array_equal(target.get_xdata(), [13.9, 13.9])
    legend = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert legend == ["factor 1.5", "factor 3", "target 13.9"]
    assert axes.get_xscale() == "log"


def test_everything_finite_is_visible() -> None:
    far = {"judged": Estimate(100.0, 60.0, 250.0), "near": Estimate(0.2, 0.1, 0.4)}
    _, axes = draw(far)
    left, right = axes.get_xlim()
    assert left < 0.1
    assert right > 250


def test_the_alt_text() -> None:
    picture, _ = draw()
    assert picture.alt == (
        "Ratio: PPO over CVS, with 95 % intervals on a log axis, target 13.9. judged 12 [8, 18]; "
        "lower 13 [7, no upper bound]; upper 9 [no lower bound, 12]; open no bound."
    )


def test_no_rows_and_too_many_bands_are_refused() -> None:
    with pytest.raises(UserError, match="figure r: given 0 rows"):
        draw({})
    with pytest.raises(UserError, match="3 bands; expected at least one row and at most 2 bands"):
        ratio_intervals(
            "r", ROWS, title="", quantity="", target=1, bands={**BANDS, "third": (1, 2)}
        )


@pytest.mark.parametrize("letters", [10, 80])
def test_long_labels_leave_room_for_the_axes(letters: int) -> None:
    rows = {f"{name}, {'in all of its settings ' * 4}"[:letters]: row for name, row in ROWS.items()}
    picture, axes = draw(rows)
    with figure_style():
        picture.figure.draw_without_rendering()
    width = picture.figure.get_size_inches()[0]
    assert axes.get_position().width * width > 2.5
    assert width == pytest.approx(6.2 if letters == 10 else 9.0)


def test_long_texts_stay_inside_the_figure() -> None:
    picture = ratio_intervals(
        "r",
        {"a row whose label is long enough to need most of the width, all nine settings": ROW},
        title="A title that is far longer than the axes below it are wide, over two lines at least "
        * 2,
        quantity="a quantity that is measured, as a geometric mean over nine settings of mean steps to convergence",
        target=1.0,
        bands={"factor 1.25": (0.8, 1.25)},
    )
    assert beyond_the_edge(picture.figure) == []


ROW = Estimate(2.0, 1.5, 3.0)
