"""Design of the study on how often each verdict comes out: worlds, spreads, and their reasons.

A world says what holds: true means of the arms, or of bids. Runs are drawn from it, ten an arm as in
the paper tier, and go through the code that judges the claim; this is repeated. All of this was
written down before the study was first run.

Truths. They are set by the claims' own margins and by the talk, none by what our runs gave:

- true: at the talk's number, 13.9 times, and at twice, the least ratio that the claim on training
  does not call comparable any more; where a claim is an equality, there and half way to its margin;
  where it is a share, half of it;
- on its margin: exactly there, where a claim is as true as false; of a claim with several parts, one
  part there and the others far inside, and all of them there;
- false: no effect, or the other way round as far as in a true world; of an equality, at twice the
  margin, or, in training, where its control must be found, at 3; of the headline, which also says how
  far the interval may reach, there, a factor of 3 from 13.9.

Spreads. Times are log-normal about these means. Log-sds are the coverage study's
(`repro.statistics.study`): 0.3 in both arms; then a greater one in the arm that CVS is compared with,
0.9, or 1.2, which of all in that study has the lowest coverage. The claims over nine settings resample
seeds jointly, as transfers of a topology go on from the same runs; how strongly their times go
together is not known, so the log times of a seed have a correlation of 0 or, "seeds together", of
0.9. Censoring is the coverage study's too: the slowest tenth of an arm is cut off there. Truth is
that of the distribution before it is cut.

Bids. One gives way to another, or falls and comes back, in the drawn epoch. How far a run's bids end
from where they began scatters with a sd of half the fall that is called a disturbance. A bid that the
claim wants disturbed in most runs is so in all, in three quarters, in half or in a quarter of them.
How far a run's bid is from its value scatters with a sd of a fifth, a half, or the whole of the margin.

All replications of a claim use the same streams of resamples, as the claim does, and the same number.
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
from repro.protocol.tiers import PAPER
from repro.statistics import ConvergenceTimes
from repro.verdicts import Characteristic, Truth, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEED = 20210718
RUNS = len(PAPER.seeds)
REPLICATIONS = 400
"""A share's standard error is at most 2.5 points, and 1.1 points at 5 %."""
TALK = TARGET
TWICE = HIGH
EPOCHS = 1000
"""Mean time of CVS, so long that whole epochs are no matter; ratios do not depend on it."""


@dataclass(frozen=True)
class Spread:
    """How times scatter.

    Attributes:
        name: in a few words.
        other: log-sd of the arm that CVS is compared with.
        cvs: that of CVS.
        together: correlation of a seed's log times in the settings of a topology.
        cut: fraction of the other arm's distribution that is censored.
        cut_cvs: that of CVS's.
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
    """A world with a spread, for claims that are judged alike.

    Attributes:
        claims: their ids.
        world: in a few words.
        truth: what they are there.
        spread: in a few words.
        verdict: draws a data set and judges it, by the claims' own code.
    """

    claims: tuple[str, ...]
    world: str
    truth: Truth
    spread: str
    verdict: Callable[[np.random.Generator], Verdict]

    def simulate(self, replications: int = REPLICATIONS) -> Characteristic:
        """Judge many data sets, from a stream that is this cell's own."""
        name = "/".join((*self.claims, self.world, self.spread))
        digest = hashlib.sha256(name.encode()).digest()
        rng = np.random.default_rng([SEED, int.from_bytes(digest[:8], "big")])
        found = Counter(self.verdict(rng) for _ in range(replications))
        return Characteristic(
            world=self.world,
            truth=self.truth,
            spread=self.spread,
            runs=RUNS,
            replications=replications,
            reproduced=found[Verdict.REPRODUCED],
            not_reproduced=found[Verdict.NOT_REPRODUCED],
            inconclusive=found[Verdict.INCONCLUSIVE],
        )


def arm(
    rng: np.random.Generator,
    means: Sequence[float],
    log_sd: float,
    together: float = 0.0,
    cut: float = 0.0,
) -> list[ConvergenceTimes]:
    """Draw ten runs' times, in one setting for each mean.

    Args:
        rng: source of the draws.
        means: true means, in epochs.
        log_sd: of each time.
        together: correlation of a run's log times in different settings.
        cut: fraction of each distribution that is censored.
    """
    shared, own = rng.standard_normal((RUNS, 1)), rng.standard_normal((RUNS, len(means)))
    normal = np.sqrt(together) * shared + np.sqrt(1 - together) * own
    cap = float(stats.norm.ppf(1 - cut)) if cut else np.inf
    scale = np.asarray(means) * np.exp(-(log_sd**2) / 2)
    epochs = np.maximum(np.rint(scale * np.exp(log_sd * np.minimum(normal, cap))), 1)
    return [
        ConvergenceTimes(one, late)
        for one, late in zip(epochs.T.astype(np.int64), (normal > cap).T, strict=True)
    ]
