"""Learning curves: what is drawn is what was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.colors import to_hex

from repro.errors import UserError
from repro.figures import Curve, Picture, learning_curves, save

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

NAN = np.nan
SEEDS = np.array([[0.1, 0.8, NAN], [0.2, 0.3, 0.8]])
MEAN = np.array([0.15, 0.55, 0.75])


def draw(*, log_x: bool = False) -> tuple[Picture, Axes]:
    curves = [Curve("PPO", SEEDS, MEAN), Curve("CVS", SEEDS[:1, :2], MEAN[:2])]
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
    assert [to_hex(line.get_color()) for line in means] == ["#0072b2", "#009e73"]
    assert [to_hex(line.get_color()) for line in seeds] == ["#0072b2", "#0072b2", "#009e73"]
    assert len({line.get_marker() for line in means}) == 2


def test_the_optimum_is_a_line_across() -> None:
    _, axes = draw()
    (optimum,) = [line for line in axes.lines if line.get_label() == "optimum 0.8"]
    np.testing.assert_array_equal(optimum.get_ydata(), [0.8, 0.8])


def test_axes_say_what_they_show() -> None:
    for log_x, scale in ((False, "linear"), (True, "log")):
        picture, axes = draw(log_x=log_x)
        assert axes.get_xscale() == scale
        assert axes.get_xlabel() == "environment steps"
        assert axes.get_ylabel() == "return of an epoch"
        assert axes.get_title("left") == "Transfer"
        assert "PPO, 2 seeds; CVS, 1 seed" in picture.alt


@pytest.mark.parametrize(("seeds", "mean"), [(SEEDS[0], MEAN), (SEEDS, MEAN[:2]), (SEEDS, SEEDS)])
def test_shapes_that_do_not_fit_are_refused(seeds: np.ndarray, mean: np.ndarray) -> None:
    with pytest.raises(UserError, match=r"figure c, PPO: given seeds .* expected \[runs, epochs\]"):
        learning_curves("c", [Curve("PPO", seeds, mean)], title="", steps_per_epoch=1)


def test_the_longest_transfer_stays_small(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0.4, 0.1, (3, 4, 12_000))
    curves = [Curve(name, seeds, seeds.mean(0)) for name, seeds in zip("abc", noise, strict=True)]
    save(learning_curves("c", curves, title="Long", steps_per_epoch=4096, log_x=True), tmp_path)
    assert (tmp_path / "c.svg").stat().st_size < 500_000
