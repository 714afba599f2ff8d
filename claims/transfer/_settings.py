"""What the claims on all nine transfer settings share: the settings, their table and their figure."""

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
"""The talk's: transfers on others are no settings of its claims."""
TALK = {("ppo", HEADLINE): 13.9}
"""The talk's ratios over CVS, where it gives one (talk:44)."""
EVERY = f"{SWAPPED} in every setting"
HIGHEST = f"{SWAPPED} in one setting, that with the highest lower bound"
LEAST = f"{SWAPPED} in one setting, that with the least lower bound"


def topologies() -> dict[str, tuple[str, ...]]:
    """The nine transfer problems by topology, in the order in which they are discovered.

    Raises:
        ClaimError: if there are not nine: the talk speaks of so many.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in tasks.problem_names():
        topology = name.partition(".")[0]
        if topology in TOPOLOGIES and tasks.problem(name).pretraining is not None:
            found[topology] = (*found.get(topology, ()), name)
    count = sum(map(len, found.values()))
    if count != SETTINGS:
        raise ClaimError(
            f"given {count} transfer problems; expected the talk's nine settings: say in "
            "claims/transfer/_settings.py which of them these are"
        )
    return found


def settings() -> tuple[str, ...]:
    """The nine transfer problems."""
    return tuple(name for names in topologies().values() for name in names)


def transfers(algorithms: Iterable[str], seeds: tuple[int, ...]) -> list[Block]:
    """The nine transfers of these algorithms."""
    return [transfer(algorithm, name, seeds) for algorithm in algorithms for name in settings()]


def records(runs: Runs, algorithm: str, seeds: tuple[int, ...]) -> dict[str, Record]:
    """Records of an algorithm's nine transfers, by problem."""
    return {name: runs(transfer(algorithm, name, seeds)) for name in settings()}


def times(of: Mapping[str, Record]) -> dict[str, ConvergenceTimes]:
    """Times of records, by problem."""
    return {name: record.times for name, record in of.items()}


def label(problem: str) -> str:
    """Write "linear_chain.last" as "linear chain, last"."""
    return ", ".join(problem_words(problem))


def show_settings(record: Recorder, arms: Mapping[str, Mapping[str, ConvergenceTimes]]) -> None:
    """Show every run's epochs to convergence, by setting, of these algorithms."""
    for name in settings():
        show_seeds(record, {f"{a.upper()}, {label(name)}": one[name] for a, one in arms.items()})


def split(algorithm: str) -> str:
    """Name the control on one arm alone."""
    return f"the first half of {algorithm.upper()}'s seeds over the second, in every setting"


def controls(algorithm: str) -> Controls:
    """The controls of `judge_settings`, and how they may come out."""
    return {
        EVERY: "not reproduced",
        HIGHEST: "not reproduced",
        LEAST: ANYTHING_ELSE,
        split(algorithm): ANYTHING_ELSE,
    }


def measure(
    what: str,
    numerator: Mapping[str, ConvergenceTimes],
    denominator: Mapping[str, ConvergenceTimes],
) -> dict[str, Comparison]:
    """Compare two arms in every setting, all by the resamples of this name."""
    return {name: compared(what, numerator[name], denominator[name]) for name in numerator}


def judge(found: Mapping[str, Comparison]) -> Verdict:
    """Judge whether the numerator takes longer in every setting."""
    return above_in_all([*found.values()])


def judge_settings(
    record: Recorder, algorithm: str, slow: Mapping[str, Record], fast: Mapping[str, Record]
) -> None:
    """Judge that CVS is faster than another algorithm in each of nine settings, with its controls.

    Args:
        record: of the claim.
        algorithm: the other one's name.
        slow: its records, by problem.
        fast: CVS's records, by problem.
    """
    upper = algorithm.upper()
    top, bottom = times(slow), times(fast)
    found = measure(f"{algorithm}/cvs", top, bottom)
    turned = measure(f"cvs/{algorithm}", bottom, top)
    first, second = ({name: halves(top[name])[side] for name in top} for side in (0, 1))
    lowest = min(found, key=lambda name: found[name].lower)
    highest = max(found, key=lambda name: found[name].lower)
    record.outcome(
        judge(found),
        found[lowest].estimate,
        n=len(top[lowest].epochs),
        censored=censored(*top.values(), *bottom.values()),
    )
    record.detail(
        f"one-sided 95 % lower bound, least of the nine ({label(lowest)})", found[lowest].lower
    )
    chances = {name: probability_of_improvement(top[name], bottom[name]) for name in top}
    _table(record, f"{upper} over CVS in the nine settings", found, chances)
    show_settings(record, {algorithm: top, "cvs": bottom})
    record.control(EVERY, judge(turned))
    for what, name in ((HIGHEST, highest), (LEAST, lowest)):
        record.control(what, judge(found | {name: turned[name]}))
    record.control(split(algorithm), judge(measure(f"{algorithm}/{algorithm}", first, second)))
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
    """Forest plot of an algorithm's times over CVS's."""
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
    chances: Mapping[str, Probability],
) -> None:
    adjusted = holm([comparison.p_below for comparison in found.values()])
    record.table(
        title,
        (
            "setting",
            "ratio [95 % interval]",
            "one-sided lower bound",
            "p of a ratio below 1, by Holm",
            "probability that CVS is the faster [95 % interval]",
        ),
        [
            (label(name), in_brackets(one.estimate), one.lower, p, in_words(chances[name]))
            for (name, one), p in zip(found.items(), adjusted, strict=True)
        ],
    )


def in_brackets(estimate: Estimate) -> str:
    """Write an estimate as the report does."""
    return interval(estimate.value, estimate.low, estimate.high)


def in_words(chance: Probability) -> str:
    """Write a probability with its interval; a range where censored runs leave it open."""
    ends = f"[{chance.low:.2f}, {chance.high:.2f}]"
    if chance.least == chance.most:
        return f"{chance.least:.2f} {ends}"
    return f"{chance.least:.2f} to {chance.most:.2f} {ends}"
