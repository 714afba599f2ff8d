"""Learning curves of many problems: rows, columns, shared axes, censored runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import UserError
from repro.figures import Curve, Panel, Picture, curve_grid, save
from tests.support.pictures import cut_marks

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

NAN = np.nan
CUT = np.array([False, True])


def curve(label: str, epochs: int, *, censored: bool = False) -> Curve:
    seeds = np.full((2, epochs), 0.4)
    seeds[0, -1] = NAN
    return Curve(label, seeds, seeds[1], None, CUT if censored else None)


def panel(title: str, epochs: int, *, log_x: bool, censored: bool = False) -> Panel:
    return Panel(title, [curve("CVS", 3), curve("PPO", epochs, censored=censored)], log_x)


ROWS = {
    "chain": [panel("training", 20, log_x=False), panel("last", 50, log_x=True)],
    "fork": [panel("training", 30, log_x=False), panel("first", 9, log_x=True, censored=True)],
}


def draw() -> tuple[Picture, list[Axes]]:
    picture = curve_grid("g", ROWS, steps_per_epoch=10)
    return picture, picture.figure.axes


def test_panels_are_in_rows_with_titles() -> None:
    _, axes = draw()
    assert [one.get_title("left") for one in axes] == ["training", "last", "training", "first"]
    assert [one.get_ylabel() for one in axes] == [
        "chain\nreturn of an epoch",
        "",
        "fork\nreturn of an epoch",
        "",
    ]
    assert [one.get_xlabel() for one in axes] == ["", "", "environment steps", "environment steps"]


def test_every_curve_is_drawn_in_its_panel() -> None:
    _, axes = draw()
    for one, epochs in zip(axes, (20, 50, 30, 9), strict=True):
        means = {line.get_label(): line for line in one.lines if line.get_label() in {"CVS", "PPO"}}
        steps = np.asarray(means["PPO"].get_xdata(), float)
        assert (steps[0], steps[-1], steps.size) == (10, 10 * epochs, epochs)
        thin = [line for line in one.lines if line.get_rasterized()]
        assert thin == []  # lines would hide each other in a panel of this size
        assert len(one.collections) == 2  # a band for each arm


def test_axes_of_the_same_scale_have_the_same_limits() -> None:
    _, axes = draw()
    assert [one.get_xscale() for one in axes] == ["linear", "log", "linear", "log"]
    assert axes[0].get_xlim() == axes[2].get_xlim()
    assert axes[1].get_xlim() == axes[3].get_xlim()
    assert -20 < axes[0].get_xlim()[0] < 0
    assert 8 < axes[1].get_xlim()[0] < 10
    assert axes[2].get_xlim()[1] > 300
    assert axes[1].get_xlim()[1] > 500
    assert len({one.get_ylim() for one in axes}) == 1


def test_a_censored_run_ends_in_an_open_triangle() -> None:
    picture, axes = draw()
    for one in axes[:3]:
        assert not [line for line in one.lines if line.get_marker() == "^"]
    (mark,) = [line for line in axes[3].lines if line.get_marker() == "^"]
    np.testing.assert_allclose(np.asarray(mark.get_xydata(), float), [[90, 0.4]])
    assert mark.get_markerfacecolor() == "none"
    legend = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert legend == ["CVS", "PPO", "four fifths of runs", "optimum 0.8", "censored"]


def test_the_alt_text_names_every_panel() -> None:
    picture, _ = draw()
    assert "chain, training: CVS, 2 seeds, PPO, 2 seeds; chain, last: " in picture.alt
    assert "fork, first: CVS, 2 seeds, PPO, 2 seeds of which 1 censored. A dotted" in picture.alt


def test_marks_at_both_ends_are_whole() -> None:
    _, axes = draw()
    assert [cut_marks(one) for one in axes] == [[]] * 4


def test_a_panel_whose_epochs_draw_different_tasks_has_no_band_and_the_caption_says_so() -> None:
    given = {"fork": [ROWS["fork"][0], replace(ROWS["fork"][1], mixed=True)]}
    picture = curve_grid("g", given, steps_per_epoch=10, note="A note.")
    assert [len(one.collections) for one in picture.figure.axes] == [2, 0]
    assert ' A note. No band in "first": there an epoch draws one of two tasks' in picture.caption
    assert picture.alt.endswith(picture.caption.partition(" A note. ")[2])
    assert "No band" not in draw()[0].caption + draw()[0].alt


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({}, "given rows of no panels with 0 lists of algorithms"),
        ({"a": []}, "given rows of 0 panels"),
        ({"a": ROWS["chain"], "b": ROWS["fork"][:1]}, "given rows of 1 or 2 panels"),
        (
            {"a": [ROWS["chain"][0], Panel("b", [curve("PPO", 3)], log_x=False)]},
            "given rows of 2 panels with 2 lists of algorithms",
        ),
    ],
)
def test_rows_that_do_not_match_are_refused(rows: dict[str, list[Panel]], says: str) -> None:
    with pytest.raises(UserError, match=f"figure g: {says}"):
        curve_grid("g", rows, steps_per_epoch=10)


@pytest.mark.slow
def test_panels_of_ten_seeds_stay_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def noise(label: str) -> Curve:
        seeds = rng.normal(0.4, 0.1, (10, 300))
        return Curve(label, seeds, seeds.mean(axis=0), np.arange(1, 301) * 40)

    panel = Panel("p", [noise(label) for label in ("CVS", "PPO", "PPOF")], log_x=True)
    save(curve_grid("g", {"a": [panel] * 4}, steps_per_epoch=4096), tmp_path)
    assert (tmp_path / "g.svg").stat().st_size < 500_000
