"""talk:296: in training the algorithms are about equally efficient, unlike in transfer."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import pytest

from claims.transfer._arms import (
    ALGORITHMS,
    DIFFERENCES,
    censored,
    mean_epochs,
    ratio,
    show_seeds,
)
from claims.transfer._settings import format_estimate, topologies
from repro import tasks
from repro.algorithms.ppo import PPO
from repro.mdp.dynamic_programming import expected_return, uniform_policy
from repro.protocol import Block, pretraining
from repro.summaries.learning import convergence, curves, problem_words
from repro.verdicts import Estimate, Margin, equivalent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.records.record import Record
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Verdict

LOW, HIGH = 1 / 2, 2.0
"""Margins, fixed before the runs that they judge: "about equally" means within a factor of two."""
STRICT = 1.25
"""A stricter margin, that of the explanation study; what it gives is shown and not judged."""
SLOWED = "linear_chain"
"""The topology on which the control trains."""
SLOW_EPOCHS = 1200
"""Limit of the control; a PPO that needs more epochs is at least three times as slow as ours."""
TEN_TIMES = (
    f"CVS over a PPO with its learning rates divided by ten, linear chain, {SLOW_EPOCHS} epochs"
)


def slow(seeds: tuple[int, ...]) -> Block:
    """Make the block of a PPO with its learning rates divided by ten."""
    return Block(
        "ppo",
        f"{SLOWED}.training",
        seeds,
        SLOW_EPOCHS,
        extra_epochs=0,
        hyperparameters=(("policy_lr", PPO.policy_lr / 10), ("value_lr", PPO.value_lr / 10)),
    )


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: pretraining of three algorithms on each topology, and the slow PPO."""
    trained = [pretraining(a, topology, seeds) for topology in topologies() for a in ALGORITHMS]
    return [*trained, slow(seeds)]


def measure(
    trained: Mapping[str, Mapping[str, ConvergenceTimes]],
) -> dict[tuple[str, str], Estimate]:
    """Compute the ratio of CVS's mean time to each other algorithm's, by topology and algorithm.

    Args:
        trained: times by topology and algorithm.
    """
    return {
        (topology, other): ratio(f"cvs/{other}", arms["cvs"], arms[other])
        for topology, arms in trained.items()
        for other in ALGORITHMS
        if other != "cvs"
    }


def judge(measured: Iterable[Estimate]) -> Verdict:
    """Judge whether all ratios lie within a factor of two."""
    return equivalent([*measured], LOW, HIGH)


@pytest.mark.claim(
    id="transfer.training_efficiency",
    title="CVS, PPO and PPOF train about equally fast",
    statement="On each of the three training problems CVS takes about as many steps to converge, on "
    "average, as PPO and as PPOF.",
    source=["talk:42", "talk:296"],
    kind="empirical",
    expected="mean steps of CVS over PPO's and over PPOF's on three training problems, all six 95 % "
    "intervals within 1/2 to 2 (measured: the ratio furthest from 1)",
    margin=Margin(LOW, HIGH),
    controls={TEN_TIMES: "not reproduced"},
    needs=needs,
    differences=DIFFERENCES,
)
def test_training_efficiency(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    trained = {
        topology: {a: runs(pretraining(a, topology, seeds)) for a in ALGORITHMS}
        for topology in topologies()
    }
    found = measure(
        {topology: {a: one.times for a, one in arms.items()} for topology, arms in trained.items()}
    )
    furthest = max(found.values(), key=lambda estimate: max(estimate.value, 1 / estimate.value))
    every = [one.times for arms in trained.values() for one in arms.values()]
    record.outcome(judge(found.values()), furthest, n=len(seeds), censored=censored(*every))
    for (topology, other), estimate in found.items():
        record.part(
            f"CVS over {other.upper()}, {problem_words(topology)[0]}", estimate, judge([estimate])
        )
    for topology, arms in trained.items():
        place = problem_words(topology)[0]
        show_seeds(record, {f"{a.upper()}, {place}": one.times for a, one in arms.items()})
    over_slow = ratio("cvs/slow ppo", trained[SLOWED]["cvs"].times, runs(slow(seeds)).times)
    record.control(TEN_TIMES, judge([over_slow]), over_slow)
    _tables(record, trained)
    record.table(
        f"By a strict margin, a factor {STRICT:g}, outside of the verdict",
        (
            "training problem",
            "other algorithm",
            "mean steps of CVS over its [95 % interval]",
            "CVS is",
        ),
        [
            (problem_words(topology)[0], other.upper(), format_estimate(one), strictly(one))
            for (topology, other), one in found.items()
        ],
    )
    for arms in trained.values():
        record.figure(curves([*arms.values()]))
    panels = {problem_words(topology)[0]: [*arms.values()] for topology, arms in trained.items()}
    record.figure(convergence(panels, "training"))


def strictly(ratio: Estimate) -> str:
    """Say whether CVS is slower, faster or neither by the strict margin, and in which direction it points."""
    if ratio.low > STRICT:
        return "slower"
    if ratio.high < 1 / STRICT:
        return "faster"
    points = "slower" if ratio.low > 1 else "faster" if ratio.high < 1 else ""
    within = ratio.low >= 1 / STRICT and ratio.high <= STRICT
    size = "by less than the margin" if within else "by the margin or not"
    if points:
        return f"{points}, {size}"
    return "neither" if within else "undecided"


def _tables(record: Recorder, trained: dict[str, dict[str, Record]]) -> None:
    head = ("training problem", *(algorithm.upper() for algorithm in ALGORITHMS))
    record.table(
        "Mean epochs to convergence",
        head,
        [
            (problem_words(topology)[0], *(_mean(arms[a]) for a in ALGORITHMS))
            for topology, arms in trained.items()
        ],
    )
    record.table(
        "Mean return of the first epoch",
        (*head, "uniform policy, exact"),
        [
            (
                problem_words(topology)[0],
                *(float(arms[a].returns[:, 0].mean()) for a in ALGORITHMS),
                _uniform(f"{topology}.training"),
            )
            for topology, arms in trained.items()
        ],
    )


def _mean(record: Record) -> float | str:
    mean = mean_epochs(record.times)
    return format_estimate(mean) if isinstance(mean, Estimate) else mean


def _uniform(problem: str) -> float:
    """Compute the expected return of uniformly random actions, averaged over the problem's tasks."""
    return fmean(
        expected_return(task, uniform_policy(task)) for task in tasks.problem(problem).tasks
    )
