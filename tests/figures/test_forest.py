"""The forest plot: ratios on the left, every seed on the right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex

from repro.errors import UserError
from repro.figures import Arm, Picture, Row, forest
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

INF = math.inf
PPO = Arm("PPO", np.array([5e6, 5e7, 4e6]), np.array([False, True, False]), 2e7, "ppo")
CVS = Arm("CVS", np.array([1e6, 2e6]), np.array([False, False]), 1.5e6, "cvs")
ROWS = [
    Row("all", Estimate(9, 7, 12)),
    Row("last", Estimate(12, 8, 18), (PPO, CVS), lower=8.5, talk=13.9, judged=False),
    Row("first", Estimate(3, 2, INF, bound="lower"), (CVS,), judged=False),
]


def draw(rows: Sequence[Row] = ROWS) -> tuple[Picture, Axes, Axes]:
    picture = forest(
        "f", rows, title="PPO over CVS", quantity="ratio", algorithms=["CVS", "PPO", "PPOF"]
    )
    left, right = picture.figure.axes
    return picture, left, right


def marks(axes: Axes, marker: str) -> list[tuple[float, float]]:
    """Return the positions of one kind of mark."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [(float(x), float(y)) for line in lines for x, y in np.asarray(line.get_xydata(), float)]


def test_each_row_has_its_ratio_and_ends() -> None:
    _, left, _ = draw()
    assert marks(left, "D") == [(9, 0)]  # judged
    assert marks(left, "o") == [(12, 1), (3, 2)]
    assert set(marks(left, "|")) == {(7, 0), (12, 0), (8, 1), (18, 1), (8.5, 1), (2, 2)}
    assert marks(left, ">") == [(left.get_xlim()[1], 2)]
    assert marks(left, "*") == [(13.9, 0.7)]
    assert [text.get_text() for text in left.get_yticklabels()] == ["all", "last", "first"]
    weights = [text.get_fontweight() for text in left.get_yticklabels()]
    assert weights == ["bold", "normal", "normal"]
    bottom, top = left.get_ylim()
    assert bottom > top


def test_the_axis_of_ratios_is_logarithmic_and_shows_1() -> None:
    _, left, _ = draw()
    assert left.get_xscale() == "log"
    low, high = left.get_xlim()
    assert low < 1
    assert high > 18
    (line,) = [line for line in left.lines if line.get_linestyle() == ":"]
    np.testing.assert_array_equal(line.get_xdata(), [1, 1])


def test_extreme_ends_do_not_compress_the_axis() -> None:
    far = [*ROWS, Row("few seeds", Estimate(20, 1e-9, 1e30))]
    _, left, _ = draw(far)
    low, high = left.get_xlim()
    assert (low, high) == draw([*ROWS, Row("", Estimate(20, 20, 20))])[1].get_xlim()
    assert (low, 3) in marks(left, "<")
    assert (high, 3) in marks(left, ">")


def test_every_seed_is_in_its_row_with_its_algorithm_s_look() -> None:
    _, _, right = draw()
    squares, circles = marks(right, "s"), marks(right, "o")
    assert [x for x, _ in squares] == [5e6, 4e6]
    assert [x for x, _ in circles] == [1e6, 2e6, 1e6, 2e6]
    (above,) = {y for _, y in squares}
    (below, second) = sorted({y for _, y in circles})
    assert 0.6 < above < 1 < below < 1.4
    assert second == 2
    colours = {
        line.get_marker(): to_hex(line.get_color())
        for line in right.lines
        if line.get_marker() in {"s", "o"}
    }
    assert colours == {"s": "#009e73", "o": "#0072b2"}
    assert right.get_xscale() == "log"


def test_a_censored_run_is_an_open_triangle_and_the_mean_a_dotted_bound() -> None:
    picture, _, right = draw()
    ((at, _),) = marks(right, ">")
    assert at == 5e7
    assert all(
        line.get_markerfacecolor() == "none" for line in right.lines if line.get_marker() == ">"
    )
    means = {
        float(np.asarray(line.get_xdata())[0]): line.get_linestyle()
        for line in right.lines
        if line.get_marker() == "None"
    }
    assert means == {2e7: ":", 1.5e6: "-"}
    assert "PPO 3 seeds of which 1 censored" in picture.alt


def legend(rows: Sequence[Row]) -> list[str]:
    return [text.get_text() for text in draw(rows)[0].figure.legends[0].get_texts()]


def test_the_legend_names_only_what_is_drawn() -> None:
    assert legend(ROWS[1:]) == [
        "ratio, 95 % interval",
        "one-sided 95 % lower bound",
        "the talk's figure",
        "CVS, a seed",
        "PPO, a seed",
        "mean",
        "mean, a lower bound",
        "censored",
    ]
    assert legend(ROWS[2:]) == ["ratio, 95 % interval", "CVS, a seed", "mean"]
    without = Arm("PPOF", CVS.steps, CVS.censored, None)
    assert legend([Row("a", ROWS[0].estimate, (without,))]) == [
        "ratio, 95 % interval",
        "PPOF, a seed",
    ]


def test_the_alt_text() -> None:
    assert draw()[0].alt == (
        "PPO over CVS: ratio, with 95 % intervals on a log axis, and next to it every seed's "
        "environment steps to convergence. all 9 [7, 12]; last 12 [8, 18], the talk's figure 13.9, "
        "PPO 3 seeds of which 1 censored, CVS 2 seeds; first 3 [2, no upper bound], CVS 2 seeds."
    )


def test_no_rows_and_unknown_arms_are_refused() -> None:
    with pytest.raises(UserError, match="figure f: given 0 rows"):
        draw([])
    with pytest.raises(UserError, match=r"with arms \['TD'\] that are not among \['CVS', "):
        draw([Row("a", ROWS[0].estimate, (Arm("TD", CVS.steps, CVS.censored, None),))])
