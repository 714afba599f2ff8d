"""Steps to convergence, one point per seed, including censored runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from repro.errors import UserError
from repro.figures.picture import (
    INK,
    Look,
    Picture,
    arm_looks,
    count,
    figure_style,
    log_axis,
    short,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray


CAPTION = "Look how far the clouds lie apart: each mark is one run, each bar the mean of an arm."


@dataclass(frozen=True)
class Arm:
    """Steps to convergence of one algorithm's runs.

    Attributes:
        label: the arm, on the axis.
        steps: [runs]; for a censored run, the limit of steps.
        censored: [runs], True if a run never converged.
        mean: mean over the runs, a lower bound if any is censored; None to draw none.
        algorithm: its name, which sets the colour; "": the label.
    """

    label: str
    steps: NDArray[np.floating]
    censored: NDArray[np.bool_]
    mean: float | None
    algorithm: str = ""


def steps_per_seed(name: str, panels: Mapping[str, Sequence[Arm]]) -> Picture:
    """Draw every seed's steps to convergence by algorithm, one panel per problem.

    Seeds are drawn from left to right in the given order. A censored run is an open triangle pointing
    up, at the limit of steps. If a run is censored, the mean is a lower bound and dashed.

    Args:
        name: file name without extension.
        panels: arms by the panel's title, at most six, in the same order in each panel.

    Raises:
        UserError: if there is no panel, a panel has more than six arms, or shapes do not match.
    """
    if not panels:
        raise UserError(f"figure {name}: no panel given; expected at least one")
    with figure_style():
        figure = Figure(figsize=(6.2, 3.8), layout="constrained")
        row = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (title, arms) in zip(row, panels.items(), strict=True):
            for place, (arm, look) in enumerate(
                zip(arms, arm_looks(name, [a.algorithm or a.label for a in arms]), strict=True)
            ):
                _draw_arm(name, axes, place, arm, look)
            axes.set_title(title)
            axes.set_xticks(range(len(arms)), [arm.label for arm in arms])
            axes.set_xlim(-0.6, len(arms) - 0.4)
            axes.grid(visible=False, axis="x")
            log_axis(axes, "y")
        row[0].set_ylabel("environment steps to convergence")
        everyone = [arm for arms in panels.values() for arm in arms]
        censored = any(arm.censored.any() for arm in everyone)
        figure.legend(handles=_arm_legend(censored), loc="outside lower center", ncols=4)
    arms_text = "; ".join(
        f"{title}: " + ", ".join(_arm_in_words(arm) for arm in arms)
        for title, arms in panels.items()
    )
    alt = f"Environment steps to convergence on a log axis, one point per seed. {arms_text}."
    return Picture(name, alt, figure, CAPTION)


def _draw_arm(name: str, axes: Axes, place: int, arm: Arm, look: Look) -> None:
    if arm.steps.ndim != 1 or arm.censored.shape != arm.steps.shape:
        raise UserError(
            f"figure {name}, {arm.label}: given steps {arm.steps.shape} and censored "
            f"{arm.censored.shape}; expected [runs] for both"
        )
    across = place + np.linspace(-0.24, 0.24, arm.steps.size)
    left = arm.censored
    axes.plot(
        across[~left],
        arm.steps[~left],
        ls="",
        marker=look.marker,
        ms=5,
        color=look.colour,
        alpha=0.85,
    )
    axes.plot(
        across[left],
        arm.steps[left],
        ls="",
        marker="^",
        ms=8,
        mfc="none",
        color=look.colour,
        mew=1.4,
    )
    if arm.mean is not None:
        line = "--" if left.any() else "-"
        axes.plot([place - 0.34, place + 0.34], [arm.mean] * 2, ls=line, lw=2.2, color=INK)


def _arm_legend(censored: bool) -> list[Line2D]:
    """Make the legend; censored runs have entries only if there are any."""
    handles = [
        Line2D([], [], ls="", marker="o", color="#777777", label="a seed"),
        Line2D([], [], lw=2.2, color=INK, label="mean"),
    ]
    if censored:
        handles += [
            Line2D([], [], ls="", marker="^", ms=8, mfc="none", color="#777777", label="censored"),
            Line2D([], [], lw=2.2, ls="--", color=INK, label="mean, a lower bound"),
        ]
    return handles


def _arm_in_words(arm: Arm) -> str:
    mean = "" if arm.mean is None else f" mean {short(arm.mean)}"
    some = f" of which {arm.censored.sum()} censored" if arm.censored.any() else ""
    return f"{arm.label}{mean} ({count(arm.steps.size, 'seed')}{some})"
