"""The ratio of two arms' mean times, computed by the function that the claims are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.records import Record
from repro.report.numbers import interval
from repro.statistics.ratio import ratio_of_means
from repro.statistics.streams import stream
from repro.summaries.arms import arm_labels
from repro.verdicts import Estimate

if TYPE_CHECKING:
    import numpy as np

    from repro.statistics import ConvergenceTimes

SLOW, FAST = "slow", "fast"
"""Names of arms that are given as times, without a record."""


@dataclass(frozen=True, repr=False)
class Ratio(Estimate):
    """The ratio of two arms' mean times, with its 95 % interval.

    A rule of `repro.verdicts` judges it, as `near(ratio, 13.9, 1.5, 3.0)`.

    Attributes:
        arms: what is divided by what.
        runs: number of runs of each arm.
        censored: how many of them did not converge. Their times are lower bounds, so the ratio is a bound too,
            see `bound`: "lower" means that the true ratio is at least `value`.
    """

    arms: tuple[str, str] = (SLOW, FAST)
    runs: tuple[int, int] = (0, 0)
    censored: tuple[int, int] = (0, 0)

    def __repr__(self) -> str:
        """Write the ratio as the report does, with the runs behind it."""
        written = interval(self.value, self.low, self.high)
        text = f"{' over '.join(self.arms)}: {written}, {' and '.join(map(str, self.runs))} runs"
        text += f", {' and '.join(map(str, self.censored))} censored" if any(self.censored) else ""
        return f"{text} ({self.note})" if self.note else text


def ratio(
    slow: Record | ConvergenceTimes,
    fast: Record | ConvergenceTimes,
    rng: np.random.Generator | None = None,
) -> Ratio:
    """Compute the ratio of the arithmetic mean times to convergence of two arms, with a 95 % interval.

    This is `repro.statistics.ratio_of_means`, which says how censored runs count.

    >>> from repro.library import load_shipped
    >>> runs = load_shipped(seeds=range(10, 20))
    >>> found = ratio(runs["ppo", "linear_chain.first"], runs["cvs", "linear_chain.first"])
    >>> found.arms, found.runs, found.low > 1
    (('PPO', 'CVS on linear_chain.first'), (10, 10), True)

    Args:
        slow: the arm above: a record, or times, for example under another rule for convergence.
        fast: the arm below, likewise.
        rng: source of the 9999 resamples that the interval is made of. None: the stream whose name is the
            two algorithms', as "ppo/cvs" ("slow/fast" for times without a record), started anew in each call:
            `numpy.random.default_rng(seed)`, where the seed is the first eight bytes of the name's SHA-256,
            most significant first. The claims on transfer use the same streams.

    Raises:
        UserError: an arm has no run.
    """
    (above, name), (below, other) = _times(slow, SLOW), _times(fast, FAST)
    found = ratio_of_means(above, below, stream(f"{name}/{other}") if rng is None else rng)
    return Ratio(
        found.value,
        found.low,
        found.high,
        bound=found.bound,
        note=found.note,
        arms=_labels(slow, fast),
        runs=(len(above.epochs), len(below.epochs)),
        censored=(int(above.censored.sum()), int(below.censored.sum())),
    )


def _times(arm: Record | ConvergenceTimes, default: str) -> tuple[ConvergenceTimes, str]:
    """Return an arm's times, and its name in the default stream."""
    return (arm.times, arm.block.algorithm) if isinstance(arm, Record) else (arm, default)


def _labels(slow: Record | ConvergenceTimes, fast: Record | ConvergenceTimes) -> tuple[str, str]:
    """Name the arms by what they do not share; the problem is named if they do not share it."""
    if not (isinstance(slow, Record) and isinstance(fast, Record)):
        return SLOW, FAST
    arms = slow.block, fast.block
    shared = [part for part in arms[0].differences if part in arms[1].differences]
    places = ["/".join([block.problem, *shared]) for block in arms]
    one, other = arm_labels(arms)
    return one if places[0] == places[1] else f"{one} on {places[0]}", f"{other} on {places[1]}"
