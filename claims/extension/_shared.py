"""Shared by the findings that compare PPOF and PPO with CVS under several conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claims.explanation._shared import (
    by_arm,
    compared,
    conclude,
    control,
    draw,
    show_audits,
)
from claims.transfer._arms import ALGORITHMS, ANYTHING_ELSE, SWAPPED, halves, show_seeds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.plugin.recorder import Recorder
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Comparison

    Found = Mapping[str, Mapping[str, ConvergenceTimes]]
    """Times by condition and algorithm."""

SLOW = ("ppof", "ppo")
SPLIT = "the first half of PPOF's seeds over the second, and PPO's"
CONTROLS: dict[str, str | tuple[str, ...]] = {
    SWAPPED: "not reproduced",
    SPLIT: ANYTHING_ELSE,
}
BEYOND = "The talk does not speak of this; the experiment is one of the authors' released code."


def measure(condition: str, slow: str, of: Mapping[str, ConvergenceTimes]) -> Comparison:
    """Compare an algorithm with CVS under one condition."""
    return compared(f"{condition} {slow}/cvs", of[slow], of["cvs"])


def judge_conditions(record: Recorder, name: str, title: str, found: Found, n: int) -> None:
    """Judge whether PPOF and PPO are slower than CVS under every condition, with controls.

    Args:
        record: the claim's recorder.
        name: of the figure, after "ratio.".
        title: of the figure.
        found: times by condition, in words, and by algorithm.
        n: runs of an arm.
    """
    pairs = [(condition, slow) for condition in found for slow in SLOW]
    comparisons = {(c, slow): measure(c, slow, found[c]) for c, slow in pairs}
    every = [times for of in found.values() for times in of.values()]
    labelled = {f"{s.upper()} over CVS, {c}": one for (c, s), one in comparisons.items()}
    conclude(record, labelled, every, n)
    arms = {
        f"{algorithm.upper()}, {condition}": of[algorithm]
        for condition, of in found.items()
        for algorithm in ALGORITHMS
    }
    record.table("Epochs to convergence", ("arm", "mean epochs", "censored runs"), by_arm(arms))
    show_seeds(record, arms)
    show_audits(record, ALGORITHMS)
    swapped = (compared(f"{c} cvs/{slow}", found[c]["cvs"], found[c][slow]) for c, slow in pairs)
    control(record, SWAPPED, swapped)
    split = (compared(f"{c} halves", *halves(found[c][slow])) for c, slow in pairs)
    control(record, SPLIT, split)
    draw(
        record,
        f"ratio.{name}",
        {label: one.estimate for label, one in labelled.items()},
        title=title,
        quantity="ratio of mean steps to convergence",
        judged=len(labelled),
    )
