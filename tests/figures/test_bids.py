"""Bids are drawn as given, and mechanisms can be distinguished."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex

from repro.errors import UserError
from repro.figures import save
from repro.figures.bids import BidPanel, BidRow, bid_trajectories
from tests.support.pictures import hard_to_read

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from repro.figures import Picture

NAN = np.nan
EPOCHS = np.array([1, 10, 100])
SEEDS = np.array(
    [
        [[0.9, 0.1], [0.5, 0.4], [0.2, 0.8]],
        [[0.8, 0.2], [0.4, 0.5], [NAN, NAN]],
    ]
)
MEAN = np.array([[0.85, 0.15], [0.45, 0.45], [0.3, 0.7]])
PANEL = BidPanel(EPOCHS, SEEDS, MEAN, (1,), np.array([7, 30]), "D over C")
QUIET = replace(PANEL, bold=(), marks=np.array([], int), marked="", mean=MEAN * 0 + 0.5)
ROW = BidRow("CVS", "mean of the Beta", (PANEL, QUIET))


def draw(*rows: BidRow) -> tuple[Picture, list[Axes]]:
    picture = bid_trajectories(
        "b", rows or (ROW,), title="Bids", states=["one", "two"], letters=["C", "D"]
    )
    return picture, picture.figure.axes


def curves(axes: Axes, *, thin: bool) -> list[Line2D]:
    return [x for x in axes.lines if x.get_marker() == "None" and bool(x.get_rasterized()) is thin]


def letters(axes: Axes) -> list[str]:
    """Return the letters from top to bottom, and from left to right within a line."""
    ends = [text for text in axes.texts if text.get_text() in set("ABCDEF")]
    ends.sort(key=lambda text: (-text.xy[1], text.xyann[0]))  # type: ignore[attr-defined]
    return [text.get_text() for text in ends]


def test_two_seeds_of_the_bold_and_all_given_means_are_drawn() -> None:
    _, (axes, _) = draw()
    seeds = [np.asarray(line.get_ydata(), float) for line in curves(axes, thin=True)]
    np.testing.assert_array_equal(seeds, [SEEDS[0, :, 1], SEEDS[1, :, 1]])  # of the bold one alone
    assert len(axes.collections) == 1  # its band
    means = curves(axes, thin=False)
    np.testing.assert_array_equal([line.get_ydata() for line in means], MEAN.T)
    for line in axes.lines[:2]:
        np.testing.assert_array_equal(line.get_xdata(), EPOCHS)


def test_mechanisms_differ_in_colour_and_dashes() -> None:
    _, (axes, _) = draw()
    other, bold = curves(axes, thin=False)
    assert [to_hex(line.get_color()) for line in (other, bold)] == ["#0072b2", "#009e73"]
    assert other.get_linestyle() != bold.get_linestyle()
    assert bold.get_linewidth() > 1.5 * other.get_linewidth()
    assert bold.get_zorder() > other.get_zorder()
    assert max(line.get_linewidth() for line in curves(axes, thin=True)) < other.get_linewidth()


def test_letters_are_in_the_order_of_the_ends() -> None:
    _, (axes, together) = draw()
    assert letters(axes) == ["D", "C"]
    heights = {text.xy[1] for text in together.texts if text.get_text() in "CD"}  # type: ignore[attr-defined]
    assert len(heights) == 1
    assert letters(together) == ["C", "D"]


@pytest.mark.parametrize("spread", [0.03, 0.07, 0.3])
def test_letters_do_not_overlap(spread: float) -> None:
    """Letters are about 0.07 of a panel high; on one line they are side by side."""
    ends = 0.5 - spread * np.arange(6)
    panel = BidPanel(
        EPOCHS, np.full((1, 3, 6), 0.5), np.tile(ends, (3, 1)), (), np.array([], int), ""
    )
    picture = bid_trajectories(
        "b", [BidRow("X", "bid", (panel,))], title="T", states=["one"], letters="ABCDEF"
    )
    (axes,) = picture.figure.axes
    assert letters(axes) == list("ABCDEF")
    low, high = axes.get_ylim()
    places = [
        ((text.xy[1] - low) / (high - low), text.xyann[0])  # type: ignore[attr-defined]
        for text in axes.texts
    ]
    for i, (height, across) in enumerate(places):
        for other, left in places[:i]:
            assert abs(height - other) > 0.08 or abs(across - left) > 7


def test_letters_can_be_read_over_a_bar_in_the_colour_of_their_line() -> None:
    """Several letters at one end, of which each has its own bar below."""
    panel = BidPanel(
        EPOCHS, np.full((1, 3, 6), 0.5), np.full((3, 6), 0.5), (), np.array([], int), ""
    )
    picture = bid_trajectories(
        "b", [BidRow("X", "bid", (panel,))], title="T", states=["one"], letters="ABCDEF"
    )
    (axes,) = picture.figure.axes
    assert hard_to_read(picture.figure) == []
    colours = [to_hex(line.get_color()) for line in axes.lines if line.get_marker() == "None"]
    bars = [line for line in axes.lines if line.get_marker() == "_"]
    assert sorted(to_hex(bar.get_color()) for bar in bars) == sorted(colours)
    picture.figure.draw_without_rendering()
    for text, bar in zip(axes.texts, bars, strict=True):
        at = bar.get_transform().transform(np.asarray(bar.get_xydata(), float))[0]
        frame = text.get_window_extent()
        assert at[0] == pytest.approx((frame.x0 + frame.x1) / 2, abs=1)
        assert at[1] < (frame.y0 + frame.y1) / 2


def test_marks_have_their_own_strip() -> None:
    _, (axes, quiet) = draw()
    (marks,) = [line for line in axes.lines if line.get_marker() == "|"]
    np.testing.assert_array_equal(marks.get_xdata(), [7, 30])
    assert "D over C" in {text.get_text() for text in axes.texts}
    low, high = axes.get_ylim()
    assert low + 0.13 * (high - low) < 0
    assert not [line for line in quiet.lines if line.get_marker() == "|"]


def test_rows_share_their_axes() -> None:
    logits = replace(PANEL, epochs=EPOCHS * 10, seeds=SEEDS * 20 - 10, mean=MEAN * 20 - 10)
    picture, axes = draw(ROW, BidRow("PPOF", "logit", (logits, logits)))
    assert len(axes) == 4
    assert {one.get_xscale() for one in axes} == {"log"}
    assert len({one.get_xlim() for one in axes}) == 1
    assert axes[0].get_xlim()[1] > 1000
    low, high = axes[2].get_ylim()
    assert low < -10 < low + 0.13 * (high - low) < -5
    assert min(axes[2].get_yticks()) == -5
    assert axes[0].get_ylim() == axes[1].get_ylim() != axes[2].get_ylim() == axes[3].get_ylim()
    assert [one.get_title() or one.get_title("left") for one in axes[:2]] == ["one", "two"]
    assert axes[2].get_ylabel() == "PPOF\nlogit"
    assert [bool(one.get_xlabel()) for one in axes] == [False, False, True, True]
    assert "CVS (2 seeds), PPOF (2 seeds)" in picture.alt
    assert "CVS, mean of the Beta: D 0.15 to 0.70 at one" in picture.alt


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no row given"),
        ([BidRow("CVS", "", (PANEL,))], "CVS: given 1 panels; expected one for each of 2 states"),
        (
            [BidRow("CVS", "", (PANEL, replace(PANEL, mean=MEAN[:2])))],
            r"CVS: given 3 epochs, seeds \(2, 3, 2\) and mean \(2, 2\)",
        ),
        ([BidRow("CVS", "", (PANEL, replace(PANEL, seeds=SEEDS[:, :, :1])))], "given 3 epochs"),
    ],
)
def test_rows_with_wrong_shapes_are_refused(rows: list[BidRow], message: str) -> None:
    with pytest.raises(UserError, match=message):
        bid_trajectories("b", rows, title="", states=["one", "two"], letters=["C", "D"])


def test_the_figure_stays_small(tmp_path: Path) -> None:
    """A panel has as many runs and points as each of the nine in the report."""
    rng = np.random.default_rng(0)
    seeds = rng.normal(0.4, 0.1, (10, 200, 6)).cumsum(axis=1) / 50
    panel = BidPanel(np.arange(1, 201), seeds, seeds.mean(0), (0,), np.arange(1, 11), "switch")
    row = BidRow("X", "bid", (panel,))
    save(bid_trajectories("b", [row], title="T", states=["1"], letters="ABCDEF"), tmp_path)
    assert (tmp_path / "b.svg").stat().st_size < 250_000
    assert (tmp_path / "b.png").stat().st_size < 250_000
