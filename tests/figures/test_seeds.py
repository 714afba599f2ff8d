"""Steps to convergence: every seed is a point, and censored ones differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import UserError
from repro.figures import Arm, Picture, steps_per_seed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PPO = Arm("PPO", np.array([5e6, 5e7, 4e6]), np.array([False, True, False]), 2e7, "ppo")
CVS = Arm("CVS", np.array([1e6, 2e6]), np.array([False, False]), 1.5e6, "cvs")


def points(axes: Axes, marker: str) -> list[float]:
    """Return the heights of one kind of mark."""
    marks = [line for line in axes.lines if line.get_marker() == marker]
    return sorted(float(y) for line in marks for y in np.asarray(line.get_ydata()))


def bars(axes: Axes) -> list[tuple[float, str]]:
    """Return the means with their line styles."""
    drawn = [line for line in axes.lines if line.get_marker() == "None"]
    return [(float(np.asarray(line.get_ydata())[0]), str(line.get_linestyle())) for line in drawn]


def legend(picture: Picture) -> list[str]:
    """Return the labels of the legend."""
    return [text.get_text() for text in picture.figure.legends[0].get_texts()]


def test_every_seed_is_a_point_in_its_panel() -> None:
    picture = steps_per_seed("s", {"Training": [CVS], "Transfer": [PPO, CVS]})
    training, transfer = picture.figure.axes
    assert points(training, "o") == [1e6, 2e6]
    # An algorithm has one look in all panels, whatever else is there.
    assert points(transfer, "s") == [4e6, 5e6]
    assert points(transfer, "o") == [1e6, 2e6]
    assert [axes.get_title("left") for axes in (training, transfer)] == ["Training", "Transfer"]
    assert [text.get_text() for text in transfer.get_xticklabels()] == ["PPO", "CVS"]
    assert training.get_yscale() == transfer.get_yscale() == "log"
    assert training.get_ylim() == transfer.get_ylim()


def test_points_of_an_arm_are_side_by_side_in_the_order_of_seeds() -> None:
    (axes,) = steps_per_seed("s", {"Transfer": [PPO]}).figure.axes
    at = {
        float(y): float(x)
        for line in axes.lines
        if line.get_marker() != "None"
        for x, y in np.asarray(line.get_xydata(), float)
    }
    assert at[5e6] < at[5e7] < at[4e6]
    assert all(-0.5 < x < 0.5 for x in at.values())


def test_a_censored_run_is_an_open_triangle_pointing_up() -> None:
    picture = steps_per_seed("s", {"Transfer": [PPO, CVS]})
    (axes,) = picture.figure.axes
    assert points(axes, "^") == [5e7]
    (mark,) = [line for line in axes.lines if line.get_marker() == "^" and len(line.get_xdata())]  # type: ignore[arg-type]  # an array
    assert mark.get_markerfacecolor() == "none"
    assert legend(picture) == ["a seed", "mean", "censored", "mean, a lower bound"]
    assert "PPO mean 20 M (3 seeds of which 1 censored), CVS mean 1.5 M (2 seeds)" in picture.alt


def test_the_mean_is_as_given_and_dashed_if_it_is_a_bound() -> None:
    (axes,) = steps_per_seed("s", {"Transfer": [PPO, CVS]}).figure.axes
    assert bars(axes) == [(2e7, "--"), (1.5e6, "-")]


def test_without_censored_runs_the_legend_does_not_name_them() -> None:
    assert legend(steps_per_seed("s", {"Training": [CVS]})) == ["a seed", "mean"]


def test_without_a_mean_there_is_no_bar() -> None:
    picture = steps_per_seed("s", {"Transfer": [Arm("PPO", PPO.steps, PPO.censored, None)]})
    assert bars(picture.figure.axes[0]) == []
    assert "PPO (3 seeds of which 1 censored)" in picture.alt


def test_no_panels_are_refused() -> None:
    with pytest.raises(UserError, match="figure s: no panel given"):
        steps_per_seed("s", {})
    with pytest.raises(UserError, match="figure s: given 0 arms"):
        steps_per_seed("s", {"Training": []})


@pytest.mark.parametrize("shape", [(2,), (3, 1)])
def test_wrong_shapes_are_refused(shape: tuple[int, ...]) -> None:
    arm = Arm("PPO", PPO.steps, np.zeros(shape, bool), None)
    with pytest.raises(UserError, match=r"figure s, PPO: given steps \(3,\) and censored"):
        steps_per_seed("s", {"Training": [arm]})
