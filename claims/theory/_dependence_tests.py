"""Tests of dependence between gradients of random programs, and the verdict on what they found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binomtest

from repro.statistics import share_of_runs
from repro.statistics.distance_correlation import independence_p_value
from repro.verdicts import Verdict, holm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from claims.theory._graphs import Question
    from claims.theory._random_programs import Programs
    from repro.verdicts import Estimate

    Prediction = Callable[[Question], bool]

DRAWS = 200
"""N, of programs for one test; α N is a whole number, so that the tests are exact."""
ALPHA = 0.05
MOST = 0.1
"""Largest share of separated gradients that may test dependent: twice the level."""
LEAST = 0.7
"""Smallest share of connected gradients that must test dependent."""
is_separated: Prediction = attrgetter("separated")


@dataclass(frozen=True)
class PairResult:
    """One pair of gradients, tested in R repetitions with independent random numbers.

    Attributes:
        question: the graph and the pair.
        p_values: [R].
        adjusted: p-values after Holm's correction for all pairs of the same graph, [R].
    """

    question: Question
    p_values: NDArray[np.float64]
    adjusted: NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """Tests that are counted together, sorted by what a graph predicts.

    Attributes:
        label: which graphs.
        separated: of pairs predicted to be independent, whether p ≤ α.
        connected: of pairs predicted to be dependent, whether p ≤ α after Holm's correction.
        judged: whether the verdict depends on it.
    """

    label: str
    separated: tuple[bool, ...]
    connected: tuple[bool, ...]
    judged: bool = True

    @cached_property
    def level(self) -> Estimate | None:
        """The share of separated pairs that test dependent, with its exact 95 % interval."""
        return share_of_runs(self.separated) if self.separated else None

    @cached_property
    def power(self) -> Estimate | None:
        """The share of connected pairs that test dependent, with its exact 95 % interval."""
        return share_of_runs(self.connected) if self.connected else None


def run_tests(
    pairs: Sequence[Question],
    programs: Programs,
    repetitions: int,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> list[PairResult]:
    """Run random programs and test all pairs of gradients of one graph.

    A rule is modular if all pairs are independent, so these are what Holm's correction is for. Each pair gets
    its own random numbers, so that all tests are independent and shares of them are binomial.

    Args:
        pairs: of one graph.
        programs: what to run.
        repetitions: R.
        rng: source of random numbers.
        draws: N, per test.
    """
    found = np.empty((len(pairs), repetitions))
    for place, question in enumerate(pairs):
        first, second = programs(question, repetitions, draws, rng)
        found[place] = [independence_p_value(x, y) for x, y in zip(first, second, strict=True)]
    adjusted = np.array([holm(p_values) for p_values in found.T.tolist()]).T
    return [PairResult(*one) for one in zip(pairs, found, adjusted, strict=True)]


def family(
    label: str,
    tested: Iterable[PairResult],
    separated: Prediction = is_separated,
    *,
    judged: bool = True,
) -> Family:
    """Count tests by what the graph predicts, or another prediction."""
    below: dict[bool, list[bool]] = {True: [], False: []}
    for one in tested:
        predicted = separated(one.question)
        p_values = one.p_values if predicted else one.adjusted
        below[predicted] += (p_values <= ALPHA).tolist()
    return Family(label, tuple(below[True]), tuple(below[False]), judged)


def judge(families: Sequence[Family]) -> Verdict:
    """Judge whether separated gradients test dependent at the level of the test, and connected ones mostly.

    Not reproduced if separated gradients test dependent significantly more often than α in some family
    (exact binomial tests, Holm's correction over the families), or if the interval of some power lies below
    `LEAST`. Reproduced if all intervals of levels lie below `MOST` and all of powers above `LEAST`. Else, or
    without tests of both kinds, inconclusive.
    """
    excess = [
        float(binomtest(sum(one.separated), len(one.separated), ALPHA, "greater").pvalue)
        for one in families
        if one.separated
    ]
    levels = [one.level for one in families if one.level]
    powers = [one.power for one in families if one.power]
    if any(p <= ALPHA for p in holm(excess)) or any(power.high < LEAST for power in powers):
        return Verdict.NOT_REPRODUCED
    if (
        levels
        and powers
        and all(level.high < MOST for level in levels)
        and all(power.low > LEAST for power in powers)
    ):
        return Verdict.REPRODUCED
    return Verdict.INCONCLUSIVE
