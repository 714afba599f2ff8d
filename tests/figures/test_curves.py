"""Learning curves are drawn as given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex

from repro.errors import UserError
from repro.figures import Curve, Picture, learning_curves, save
from tests.support.pictures import beyond_the_edge, cut_marks

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

NAN = np.nan
SEEDS = np.array([[0.1, 0.8, NAN], [0.2, 0.3, 0.8]])
MEAN = np.array([0.15, 0.55, 0.75])


def draw(*, log_x: bool = False) -> tuple[Picture, Axes]:
    curves = [
        Curve("PPO", SEEDS, MEAN, algorithm="ppo"),
        Curve("CVS", SEEDS[:1, :2], MEAN[:2], algorithm="cvs"),
    ]
    picture = learning_curves("c", curves, title="Transfer", steps_per_epoch=4096, log_x=log_x)
    return picture, picture.figure.axes[0]


def lines(axes: Axes, *, thin: bool) -> list[Line2D]:
    """Lines of seeds, or of means."""
    own = [line for line in axes.lines if not str(line.get_label()).startswith("optimum")]
    return [line for line in own if bool(line.get_rasterized()) is thin]


def test_every_seed_and_the_given_mean_are_drawn_in_steps() -> None:
    _, axes = draw()
    first, second, third = lines(axes, thin=True)
    np.testing.assert_array_equal(first.get_xdata(), [4096, 8192, 12288])
    np.testing.assert_array_equal(first.get_ydata(), SEEDS[0])
    np.testing.assert_array_equal(second.get_ydata(), SEEDS[1])
    np.testing.assert_array_equal(third.get_ydata(), [0.1, 0.8])
    ppo, cvs = lines(axes, thin=False)
    np.testing.assert_array_equal(ppo.get_ydata(), MEAN)
    np.testing.assert_array_equal(cvs.get_xdata(), [4096, 8192])
    assert (ppo.get_label(), cvs.get_label()) == ("PPO", "CVS")


def test_means_are_bolder_than_seeds_and_share_their_colour() -> None:
    _, axes = draw()
    seeds, means = lines(axes, thin=True), lines(axes, thin=False)
    assert max(line.get_linewidth() for line in seeds) < min(line.get_linewidth() for line in means)
    assert [to_hex(line.get_color()) for line in means] == ["#009e73", "#0072b2"]
    assert [to_hex(line.get_color()) for line in seeds] == ["#009e73", "#009e73", "#0072b2"]
    assert len({line.get_marker() for line in means}) == 2


def test_the_optimum_is_a_line_across() -> None:
    _, axes = draw()
    (optimum,) = [line for line in axes.lines if line.get_label() == "optimum 0.8"]
    np.testing.assert_array_equal(optimum.get_ydata(), [0.8, 0.8])


def test_axes_are_labelled() -> None:
    for log_x, scale in ((False, "linear"), (True, "log")):
        picture, axes = draw(log_x=log_x)
        assert axes.get_xscale() == scale
        assert axes.get_xlabel() == "environment steps"
        assert axes.get_ylabel() == "return of an epoch"
        assert axes.get_title("left") == "Transfer"
        assert "PPO, 2 seeds; CVS, 1 seed" in picture.alt


@pytest.mark.parametrize(("seeds", "mean"), [(SEEDS[0], MEAN), (SEEDS, MEAN[:2]), (SEEDS, SEEDS)])
def test_wrong_shapes_are_refused(seeds: np.ndarray, mean: np.ndarray) -> None:
    with pytest.raises(UserError, match=r"figure c, PPO: given seeds .* expected \[runs, points\]"):
        learning_curves("c", [Curve("PPO", seeds, mean)], title="", steps_per_epoch=1)


def test_points_are_at_the_epochs_given() -> None:
    curve = Curve("PPO", SEEDS, MEAN, np.array([1, 10, 40]))
    picture = learning_curves("c", [curve], title="", steps_per_epoch=100)
    (mean,) = lines(picture.figure.axes[0], thin=False)
    np.testing.assert_array_equal(mean.get_xdata(), [100, 1000, 4000])


def test_markers_are_spread_over_the_axis() -> None:
    even, geometric = np.arange(1, 301) * 40, np.round(np.geomspace(40, 12_000, 300)).astype(int)
    for log_x, epochs in ((False, even), (True, geometric)):
        curve = Curve("PPO", np.full((1, 300), 0.8), np.full(300, 0.8), epochs)
        picture = learning_curves("c", [curve], title="", steps_per_epoch=1, log_x=log_x)
        (mean,) = lines(picture.figure.axes[0], thin=False)
        marked = epochs[np.asarray(mean.get_markevery())]
        assert (marked[0], marked[-1], marked.size) == (40, 12_000, 9)
        gaps = np.diff(np.log(marked) if log_x else marked)
        np.testing.assert_allclose(gaps, gaps.mean(), rtol=0.2)


def test_a_censored_run_is_marked_where_it_ends() -> None:
    curve = Curve("PPO", SEEDS, MEAN, None, np.array([True, False]))
    picture = learning_curves("c", [curve], title="", steps_per_epoch=10)
    (mark,) = [line for line in picture.figure.axes[0].lines if line.get_marker() == "^"]
    np.testing.assert_allclose(np.asarray(mark.get_xydata(), float), [[20, 0.8]])
    legend = [text.get_text() for text in picture.figure.legends[0].get_texts()]
    assert legend == ["PPO", "four fifths of runs", "optimum 0.8", "censored"]
    assert "PPO, 2 seeds of which 1 censored" in picture.alt


@pytest.mark.parametrize(("epochs", "censored"), [(2, 2), (3, 3)])
def test_epochs_and_flags_must_match(epochs: int, censored: int) -> None:
    curve = Curve("PPO", SEEDS, MEAN, np.arange(epochs), np.zeros(censored, bool))
    with pytest.raises(UserError, match="figure c, PPO: given seeds"):
        learning_curves("c", [curve], title="", steps_per_epoch=1)


@pytest.mark.slow
def test_the_longest_transfer_stays_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0.4, 0.1, (3, 4, 12_000))
    curves = [Curve(name, seeds, seeds.mean(0)) for name, seeds in zip("abc", noise, strict=True)]
    save(learning_curves("c", curves, title="Long", steps_per_epoch=4096, log_x=True), tmp_path)
    assert (tmp_path / "c.svg").stat().st_size < 500_000


def test_a_band_holds_the_middle_of_the_runs() -> None:
    """Of eleven runs that are 0, 0.1, ..., 1 throughout, the middle four fifths are 0.1 to 0.9."""
    seeds = np.repeat(np.linspace(0, 1, 11)[:, None], 3, axis=1)
    picture = learning_curves(
        "c", [Curve("PPO", seeds, seeds.mean(0))], title="", steps_per_epoch=1
    )
    axes = picture.figure.axes[0]
    (band,) = axes.collections
    heights = np.asarray(band.get_paths()[0].vertices, float)[:, 1]
    np.testing.assert_allclose([heights.min(), heights.max()], [0.1, 0.9])
    np.testing.assert_array_equal([line.get_ydata() for line in lines(axes, thin=True)], seeds[:2])


def test_the_band_of_the_caller_is_drawn() -> None:
    given = np.array([[0.2, 0.2, 0.2], [0.3, 0.3, 0.3]])
    picture = learning_curves(
        "c", [Curve("PPO", SEEDS, MEAN, band=given)], title="", steps_per_epoch=1
    )
    (drawn,) = picture.figure.axes[0].collections[0].get_paths()
    assert {*np.asarray(drawn.vertices, float)[:, 1].tolist()} == {0.2, 0.3}


def test_the_legend_of_many_arms_stays_inside() -> None:
    curves = [Curve(f"PPO, arm {k}", SEEDS, MEAN, None, np.array([True, False])) for k in range(6)]
    picture = learning_curves("c", curves, title="Transfer", steps_per_epoch=10)
    assert beyond_the_edge(picture.figure) == []


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("epochs", [3, 50_000])
def test_marks_at_both_ends_are_whole(epochs: int, *, log_x: bool) -> None:
    points = np.unique(np.geomspace(1, epochs, 40).round()).astype(int)
    seeds = np.full((2, points.size), 0.4)
    curve = Curve("PPO", seeds, seeds[0], points, np.array([False, True]))
    picture = learning_curves("c", [curve], title="", steps_per_epoch=4096, log_x=log_x)
    assert cut_marks(picture.figure.axes[0]) == []
