"""Timings of several programs in one run, and the check that two programs do the same."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ROUNDS = 5
"""How often each program is timed; the programs take turns."""
FURTHEST = 4.0
"""Two implementations agree if their mean returns are this many standard errors apart, or less, and both
are above a return that shows learning. Fixed before the first comparison by this rule."""


@dataclass(frozen=True)
class Program:
    """A program that learns from transitions.

    Attributes:
        name: of the implementation.
        algorithm: such as "ppo".
        transitions: how many a call of `run` learns from.
        run: does so.
    """

    name: str
    algorithm: str
    transitions: int
    run: Callable[[], object]


@dataclass(frozen=True)
class Speed:
    """Timings of a program.

    Attributes:
        name: of the implementation.
        algorithm: such as "ppo".
        rates: learned transitions a second, of each round.
    """

    name: str
    algorithm: str
    rates: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median over rounds."""
        return statistics.median(self.rates)


def speeds(
    programs: Sequence[Program],
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> list[Speed]:
    """Run each program once to warm up, then time all of them in turns."""
    rates: list[list[float]] = [[] for _ in programs]
    for program in programs:
        program.run()
    for _ in range(rounds):
        for program, own in zip(programs, rates, strict=True):
            begin = clock()
            program.run()
            own.append(program.transitions / (clock() - begin))
    return [Speed(p.name, p.algorithm, tuple(own)) for p, own in zip(programs, rates, strict=True)]


@dataclass(frozen=True)
class Comparison:
    """Mean returns of two implementations.

    Attributes:
        algorithm: such as "ppo".
        ours: mean return over runs and epochs.
        theirs: the same of the other implementation.
        error: standard error of the difference.
        least: return that shows that something was learned.
    """

    algorithm: str
    ours: float
    theirs: float
    error: float
    least: float = 0.0

    @property
    def agree(self) -> bool:
        """Whether the difference is within the rule."""
        near = abs(self.ours - self.theirs) <= FURTHEST * self.error
        return near and min(self.ours, self.theirs) >= self.least

    @classmethod
    def of(
        cls,
        algorithm: str,
        ours: NDArray[np.floating],
        theirs: NDArray[np.floating],
        least: float = 0.0,
    ) -> Comparison:
        """Compare returns [runs, epochs]; the runs of both are independent."""
        means = [np.asarray(returns, np.float64).mean(axis=1) for returns in (ours, theirs)]
        error = float(np.sqrt(sum(m.var(ddof=1) / len(m) for m in means)))
        return cls(algorithm, float(means[0].mean()), float(means[1].mean()), error, least)
