"""Shared by the explanation study: the smallest effect of interest, arms, audits and tables.

As data/explanation.md fixed them before the runs of seeds 10 to 39. *Faster* means by more than a factor 1.25 in mean
time. A claim that one arm is faster than another is reproduced if the 95 % interval of the ratio of mean times
lies above 1.25, and not reproduced if it lies below 1.25. A claim that makes several comparisons needs all of
them, which needs no correction (Berger, 1982); what speaks against it is corrected by Holm's rule.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from claims.theory._classes import JUDGED, TRAJECTORIES
from claims.theory._readings import Sums, is_modular
from claims.theory._rules import trainer_inputs, trainer_rule
from claims.transfer._arms import censored
from claims.transfer._resampling import Resampling
from repro import algorithms
from repro.causal import audit
from repro.figures import ratio_intervals
from repro.protocol import Block, transfer
from repro.statistics import compare, compare_pooled
from repro.verdicts import Verdict, holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repro.plugin.recorder import Recorder
    from repro.protocol.blocks import Settings
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Comparison, Estimate

    Arm = list[list[ConvergenceTimes]]

SMALLEST = 1.25
"""Smallest effect of interest, a factor in mean time."""
ALPHA = 0.05
EXPLAINS = (
    "The talk names independent gradients as the cause and does not compare it with other differences between "
    "the algorithms. This claim says what was switched and what moved; it does not say that modularity matters "
    "or does not in general."
)
ANSWERS = {True: "modular", False: "not modular", None: "undetermined"}


def variant(algorithm: str, problem: str, seeds: tuple[int, ...], **words: object) -> Block:
    """Return a transfer that ends when it has converged and records no bids.

    Args:
        algorithm: its name.
        problem: a transfer problem.
        seeds: one run each.
        words: as `repro.protocol.transfer` takes them.
    """
    block = transfer(algorithm, problem, seeds, **words)  # type: ignore[arg-type]  # passed on
    return replace(block, bids=False, extra_epochs=0)


def compared(what: str, slow: ConvergenceTimes, fast: ConvergenceTimes) -> Comparison:
    """Compare mean times with the smallest effect of interest; `what` names the stream of resamples."""
    return compare(slow, fast, Resampling(what), SMALLEST)


def pooled(what: str, slow: Arm, fast: Arm) -> Comparison:
    """Compare geometric means over settings with it; `what` names the stream of resamples."""
    return compare_pooled(slow, fast, Resampling(f"geometric mean {what}"), SMALLEST)


def judge(comparisons: Iterable[Comparison]) -> Verdict:
    """Judge whether the arms in the numerators are slower, each by more than the smallest effect."""
    given = [*comparisons]
    if all(one.estimate.low > one.threshold for one in given):
        return Verdict.REPRODUCED
    if min(holm([one.p_below for one in given])) <= ALPHA:
        return Verdict.NOT_REPRODUCED
    return Verdict.INCONCLUSIVE


def weakest(comparisons: Iterable[Comparison]) -> Comparison:
    """Return the comparison whose interval has the lowest lower end: the one that decides."""
    return min(comparisons, key=lambda one: one.estimate.low)


def conclude(
    record: Recorder,
    comparisons: Mapping[str, Comparison],
    arms: Iterable[ConvergenceTimes],
    n: int,
) -> None:
    """Record the outcome of a claim that makes these comparisons, with the one that decides, and each as a part.

    Args:
        record: of the claim.
        comparisons: that it needs, by label.
        arms: all times that they are made of.
        n: runs of an arm.
    """
    given = [*comparisons.values()]
    record.outcome(judge(given), weakest(given).estimate, n=n, censored=censored(*arms))
    for label, one in comparisons.items():
        record.part(label, one.estimate, judge([one]))


def control(record: Recorder, what: str, comparisons: Iterable[Comparison]) -> None:
    """Record a negative control that makes these comparisons, with the one that decides."""
    given = [*comparisons]
    record.control(what, judge(given), weakest(given).estimate)


def draw(
    record: Recorder,
    name: str,
    rows: Mapping[str, Estimate],
    *,
    title: str,
    quantity: str,
    judged: int,
) -> None:
    """Record a figure of ratios with what counts as no difference; see `repro.figures.ratio_intervals`."""
    record.figure(
        ratio_intervals(
            name,
            rows,
            title=title,
            quantity=quantity,
            target=1.0,
            bands={f"factor {SMALLEST:g}": (1 / SMALLEST, SMALLEST)},
            judged=judged,
            target_name="no difference:",
        )
    )


def mean(times: ConvergenceTimes) -> str:
    """Format the mean of times, as a lower bound if runs are censored."""
    bound = "≥ " if times.censored.any() else ""
    return f"{bound}{float(np.mean(times.epochs)):,.4g}"


def show_audits(record: Recorder, names: Iterable[str]) -> None:
    """Show what the audit says of the credit assignment of learners as they train.

    Args:
        record: of the claim.
        names: of algorithms. Those of the protocol: its hyperparameters do not change what their gradients share.
    """
    show_audits_of(record, {algorithms.display_name(name): (name, ()) for name in names})


def show_audits_of(record: Recorder, learners: Mapping[str, tuple[str, Settings]]) -> None:
    """Show what the audit says of learners whose hyperparameters may change what their gradients share.

    Args:
        record: of the claim.
        learners: by the label of the row: name of an algorithm, and hyperparameters that differ from its defaults.
    """
    record.table(
        "What the audit says of each learner's gradients",
        ("learner", *(f"{trajectory}, {sums}" for trajectory in JUDGED for sums in Sums)),
        [
            (label, *(ANSWERS[answer] for answer in audit_answers(*learner)))
            for label, learner in learners.items()
        ],
    )


@cache
def audit_answers(name: str, hyperparameters: Settings = ()) -> tuple[bool | None, ...]:
    """Audit a learner on one episode and on a batch of two, with sums as coded and at most.

    Args:
        name: of an algorithm.
        hyperparameters: that differ from its defaults.

    Returns:
        For each trajectory and each reading of sums, whether all gradients are independent; None if undetermined.
    """
    given = dict(hyperparameters)
    found = [
        audit(trainer_rule(name, **given), trainer_inputs(name, TRAJECTORIES[one], 0, **given))
        for one in JUDGED
    ]
    return tuple(is_modular(audited, sums) for audited in found for sums in Sums)


def by_arm(arms: Mapping[str, ConvergenceTimes]) -> list[tuple[str, str, str]]:
    """Return rows of label, mean epochs and how many runs are censored."""
    return [(label, mean(times), str(censored(times))) for label, times in arms.items()]
