"""Shared by the claims on all nine transfer settings: the settings, the judging, table and figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from claims.transfer._arms import (
    ALGORITHMS,
    ANYTHING_ELSE,
    HEADLINE,
    SWAPPED,
    censored,
    compared,
    halves,
    show_seeds,
)
from repro import tasks
from repro.errors import ClaimError
from repro.figures import Row, forest
from repro.protocol import Block, transfer
from repro.report.numbers import interval
from repro.statistics import probability_of_improvement
from repro.summaries.learning import arm, problem_words
from repro.verdicts import above_in_all, holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from claims.transfer._arms import Runs
    from repro.figures import Picture
    from repro.plugin.recorder import Recorder
    from repro.records.record import Record
    from repro.statistics import ConvergenceTimes, Probability
    from repro.verdicts import Comparison, Estimate, Verdict

    Controls = Mapping[str, str | tuple[str, ...]]

SETTINGS = 9
TOPOLOGIES = ("common_ancestor", "common_descendant", "linear_chain")
"""The topologies of the talk; transfers on other topologies do not count as settings."""
TALK = {("ppo", HEADLINE): 13.9}
"""Ratios over CVS that the talk gives; there is only one (talk:44)."""
EVERY = f"{SWAPPED} in every setting"
HIGHEST = f"{SWAPPED} in one setting, the one with the highest lower bound"
LOWEST = f"{SWAPPED} in one setting, the one with the lowest lower bound"


def topologies() -> dict[str, tuple[str, ...]]:
    """List the nine transfer problems by topology, in the order in which they are discovered.

    Raises:
        ClaimError: there are not nine, as in the talk.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in tasks.problem_names():
        topology = name.partition(".")[0]
        if topology in TOPOLOGIES and tasks.problem(name).pretraining is not None:
            found[topology] = (*found.get(topology, ()), name)
    count = sum(map(len, found.values()))
    if count != SETTINGS:
        raise ClaimError(
            f"given {count} transfer problems; expected the talk's nine settings: select them in "
            "claims/transfer/_settings.py"
        )
    return found


def settings() -> tuple[str, ...]:
    """List the nine transfer problems."""
    return tuple(name for names in topologies().values() for name in names)


def transfers(algorithms: Iterable[str], seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks of the nine transfers of these algorithms."""
    return [transfer(algorithm, name, seeds) for algorithm in algorithms for name in settings()]


def records(runs: Runs, algorithm: str, seeds: tuple[int, ...]) -> dict[str, Record]:
    """Get the records of an algorithm's nine transfers, by problem."""
    return {name: runs(transfer(algorithm, name, seeds)) for name in settings()}


def times(of: Mapping[str, Record]) -> dict[str, ConvergenceTimes]:
    """Get the times of records, by problem."""
    return {name: record.times for name, record in of.items()}


def by_topology(of: Mapping[str, ConvergenceTimes]) -> list[list[ConvergenceTimes]]:
    """Group times by topology: its transfers share their pretraining."""
    return [[of[name] for name in names] for names in topologies().values()]


def label(problem: str) -> str:
    """Format "linear_chain.last" as "linear chain, last"."""
    return ", ".join(problem_words(problem))


def show_settings(record: Recorder, arms: Mapping[str, Mapping[str, ConvergenceTimes]]) -> None:
    """Show the epochs to convergence of every run of these algorithms, by setting."""
    for name in settings():
        show_seeds(record, {f"{a.upper()}, {label(name)}": one[name] for a, one in arms.items()})


def split(algorithm: str) -> str:
    """Name the control that uses one arm only."""
    return f"the first half of {algorithm.upper()}'s seeds over the second, in every setting"


def controls(algorithm: str) -> Controls:
    """List the controls of `judge_settings`, with the verdicts that they may have."""
    return {
        EVERY: "not reproduced",
        HIGHEST: "not reproduced",
        LOWEST: ANYTHING_ELSE,
        split(algorithm): ANYTHING_ELSE,
    }


def measure(
    what: str,
    numerator: Mapping[str, ConvergenceTimes],
    denominator: Mapping[str, ConvergenceTimes],
) -> dict[str, Comparison]:
    """Compare two arms in every setting; `what` names the stream of resamples."""
    return {name: compared(what, numerator[name], denominator[name]) for name in numerator}


def judge(found: Mapping[str, Comparison]) -> Verdict:
    """Judge whether the numerator takes longer in every setting."""
    return above_in_all([*found.values()])


def weakest(found: Mapping[str, Comparison]) -> str:
    """Return the setting with the lowest lower bound, which decides."""
    return min(found, key=lambda name: found[name].lower)


def judge_settings(
    record: Recorder, algorithm: str, slow: Mapping[str, Record], fast: Mapping[str, Record]
) -> None:
    """Judge whether CVS is faster than another algorithm in each of nine settings, with controls.

    Args:
        record: the claim's recorder.
        algorithm: name of the other algorithm.
        slow: records of the other algorithm, by problem.
        fast: records of CVS, by problem.
    """
    upper = algorithm.upper()
    top, bottom = times(slow), times(fast)
    found = measure(f"{algorithm}/cvs", top, bottom)
    swapped = measure(f"cvs/{algorithm}", bottom, top)
    first, second = ({name: halves(top[name])[side] for name in top} for side in (0, 1))
    lowest = weakest(found)
    highest = max(found, key=lambda name: found[name].lower)
    record.outcome(
        judge(found),
        found[lowest].estimate,
        n=len(top[lowest].epochs),
        censored=censored(*top.values(), *bottom.values()),
    )
    for name, one in found.items():
        record.part(f"{upper} over CVS, {label(name)}", one.estimate, above_in_all([one]))
    record.detail(
        f"one-sided 95 % lower bound, the lowest of the nine ({label(lowest)})", found[lowest].lower
    )
    probabilities = {name: probability_of_improvement(top[name], bottom[name]) for name in top}
    _table(record, f"{upper} over CVS in the nine settings", found, probabilities)
    show_settings(record, {algorithm: top, "cvs": bottom})
    tried = {
        EVERY: swapped,
        HIGHEST: found | {highest: swapped[highest]},
        LOWEST: found | {lowest: swapped[lowest]},
        split(algorithm): measure(f"{algorithm}/{algorithm}", first, second),
    }
    for what, compared_all in tried.items():
        record.control(what, judge(compared_all), compared_all[weakest(compared_all)].estimate)
    rows = [
        Row(
            label(name),
            comparison.estimate,
            (arm(slow[name]), arm(fast[name])),
            lower=comparison.lower,
            talk=TALK.get((algorithm, name)),
        )
        for name, comparison in found.items()
    ]
    record.figure(ratios(f"ratios.{algorithm}", algorithm, rows))


def ratios(name: str, algorithm: str, rows: list[Row]) -> Picture:
    """Draw a forest plot of an algorithm's times over CVS's."""
    return forest(
        name,
        rows,
        title=f"{algorithm.upper()} over CVS",
        quantity="ratio of mean steps to convergence",
        algorithms=[one.upper() for one in ALGORITHMS],
    )


def _table(
    record: Recorder,
    title: str,
    found: Mapping[str, Comparison],
    probabilities: Mapping[str, Probability],
) -> None:
    adjusted = holm([comparison.p_below for comparison in found.values()])
    record.table(
        title,
        (
            "setting",
            "ratio [95 % interval]",
            "one-sided lower bound",
            "p-value of a ratio below 1, after Holm",
            "probability that CVS is faster [95 % interval]",
        ),
        [
            (
                label(name),
                format_estimate(one.estimate),
                one.lower,
                p,
                format_probability(probabilities[name]),
            )
            for (name, one), p in zip(found.items(), adjusted, strict=True)
        ],
    )


def format_estimate(estimate: Estimate) -> str:
    """Format an estimate as the report does."""
    return interval(estimate.value, estimate.low, estimate.high)


def format_probability(probability: Probability) -> str:
    """Format a probability with its interval; as a range if censored runs leave it open."""
    ends = f"[{probability.low:.2f}, {probability.high:.2f}]"
    if probability.least == probability.most:
        return f"{probability.least:.2f} {ends}"
    return f"{probability.least:.2f} to {probability.most:.2f} {ends}"
