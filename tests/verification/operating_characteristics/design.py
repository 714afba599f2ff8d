"""Design of the study: worlds, spreads, and their reasons; fixed before the study was first run.

A world fixes what is true: the means of the arms, or of bids. Runs are drawn from it, thirty per arm as at
the paper tier or ten as in the paper, and judged by the claim's own code. This is repeated.

Truths follow from the claims' margins and from the talk, not from our runs:

- true: the talk's number, a ratio of 13.9, and a ratio of 2, the smallest that the claim on training no
  longer calls comparable; for an equality, the equality and half way to its margin; for a share, half;
- on its margin: exactly there, where a claim is as true as false; for a claim with several parts, one part
  on the margin and the others far inside, and all of them on it;
- false: no effect, or an effect of the same size in the other direction; for an equality, twice the
  margin, or 3 in training, where its control must be found; for the headline, whose interval is limited
  too, a factor of 3 from 13.9.

Spreads. Times are log-normal with these means. Log-sds are those of the coverage study
(`repro.statistics.interval_study`): 0.3 in both arms; or, in the arm compared with CVS, 0.9 or 1.2, the
one with the lowest coverage in that study. The claims over nine settings resample seeds jointly, because
all transfers of a topology start from the same runs. The correlation of their times is unknown, so the log
times of a seed have a correlation of 0 or, "seeds together", of 0.9. Censoring is that of the coverage
study: the slowest tenth of an arm. The truth is that of the distribution before censoring.

Bids. One bid overtakes another, or falls and recovers, in the drawn epoch. The total change of a run's bid
has an sd of half the fall that counts as a disturbance. A bid that the claim expects to be disturbed in most
runs is disturbed in all, three quarters, half or a quarter of them. The distance of a run's bid from its
value has an sd of a fifth, a half, or the whole of the margin.

All replications of a claim use the same streams of resamples, and the same number, as the claim.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from claims.transfer.headline import TARGET
from claims.transfer.training_efficiency import HIGH
from repro.protocol.tiers import PAPER, PAPER_RUNS
from repro.statistics import ConvergenceTimes
from repro.verdicts import Characteristic, Truth, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEED = 20210718
SIZES = (len(PAPER.seeds), PAPER_RUNS)
"""Runs per arm: those of the paper tier, and those of the paper."""
REPLICATIONS = 400
"""The standard error of a share is at most 2.5 points, and 1.1 points at 5 %."""
TALK = TARGET
TWICE = HIGH
EPOCHS = 1000
"""Mean time of CVS, so long that rounding to whole epochs does not matter."""


@dataclass(frozen=True)
class Spread:
    """The spread of times.

    Attributes:
        name: a few words.
        other: log-sd of the arm that CVS is compared with.
        cvs: log-sd of CVS.
        together: correlation of a seed's log times in the settings of a topology.
        cut: fraction of the other arm's distribution that is censored.
        cut_cvs: fraction of CVS's distribution that is censored.
    """

    name: str
    other: float
    cvs: float = 0.3
    together: float = 0.0
    cut: float = 0.0
    cut_cvs: float = 0.0


NARROW = Spread("log-sd 0.3", 0.3)
MIDDLE = Spread("log-sd 0.6, CVS's 0.3", 0.6)
WIDE = Spread("log-sd 0.9, CVS's 0.3", 0.9)
HEAVY = Spread("log-sd 1.2, CVS's 0.3", 1.2)
TOGETHER = Spread("log-sd 0.9, CVS's 0.3, seeds together", 0.9, together=0.9)
CUT = Spread("log-sd 0.9, CVS's 0.3, a tenth censored", 0.9, cut=0.1)
CUT_CVS = Spread("log-sd 0.9, CVS's 0.3, a tenth of CVS's censored", 0.9, cut_cvs=0.1)


@dataclass(frozen=True)
class Cell:
    """A world with a spread, for claims with the same code.

    Attributes:
        claims: their ids.
        world: a few words.
        truth: whether the claims are true there.
        spread: a few words.
        verdict: draws a data set with a number of runs per arm, and judges it with the claims' own
            code.
        runs: number of runs per arm.
    """

    claims: tuple[str, ...]
    world: str
    truth: Truth
    spread: str
    verdict: Callable[[np.random.Generator, int], Verdict]
    runs: int = PAPER_RUNS

    def simulate(self, replications: int = REPLICATIONS) -> Characteristic:
        """Judge many data sets, from this cell's own random stream."""
        more = () if self.runs == PAPER_RUNS else (f"{self.runs} runs",)
        name = "/".join((*self.claims, self.world, self.spread, *more))
        digest = hashlib.sha256(name.encode()).digest()
        rng = np.random.default_rng([SEED, int.from_bytes(digest[:8], "big")])
        found = Counter(self.verdict(rng, self.runs) for _ in range(replications))
        return Characteristic(
            world=self.world,
            truth=self.truth,
            spread=self.spread,
            runs=self.runs,
            replications=replications,
            reproduced=found[Verdict.REPRODUCED],
            not_reproduced=found[Verdict.NOT_REPRODUCED],
            inconclusive=found[Verdict.INCONCLUSIVE],
        )


def arm(
    rng: np.random.Generator,
    runs: int,
    means: Sequence[float],
    log_sd: float,
    together: float = 0.0,
    cut: float = 0.0,
) -> list[ConvergenceTimes]:
    """Draw the times of runs, in one setting per mean.

    Args:
        rng: source of the draws.
        runs: how many.
        means: true means, in epochs.
        log_sd: of each time.
        together: correlation of a run's log times in different settings.
        cut: fraction of each distribution that is censored.
    """
    shared, own = rng.standard_normal((runs, 1)), rng.standard_normal((runs, len(means)))
    normal = np.sqrt(together) * shared + np.sqrt(1 - together) * own
    cap = float(stats.norm.ppf(1 - cut)) if cut else np.inf
    scale = np.asarray(means) * np.exp(-(log_sd**2) / 2)
    epochs = np.maximum(np.rint(scale * np.exp(log_sd * np.minimum(normal, cap))), 1)
    return [
        ConvergenceTimes(one, late)
        for one, late in zip(epochs.T.astype(np.int64), (normal > cap).T, strict=True)
    ]
