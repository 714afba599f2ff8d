"""What the claims on bids share: whose bids are compared, where, and how parts make a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import numpy as np

from claims.transfer._arms import SWAPPED, censored, ratio
from repro import tasks
from repro.protocol import BIDS_PROBLEM, Block, transfer
from repro.verdicts import Verdict, direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from repro.plugin.recorder import Recorder
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Estimate

    Bids = NDArray[np.float32]

ALGORITHMS = ("cvs", "ppof", "ppo")
"""The two that are judged, and PPO for comparison."""
LETTERS = tasks.problem(BIDS_PROBLEM).tasks[0].action_names
JUDGED = "ppof/cvs"
"""What the claim itself is judged on, as the streams of resamples name it."""
HALVED = "the first half of CVS's seeds, in PPOF's place, over the second"

DIFFERENCES = (
    "The talk shows the bids of one problem as curves and gives no rule for when bids have switched "
    "or recovered; the rules are ours, fixed before any run. A bid is the mean of its Beta "
    "distribution in CVS and the probability of its action in PPOF and PPO, where those of one state "
    "add up to 1: when one rises others must fall, so the logits stand beside them. A run is observed "
    "for 300 epochs after it has converged; what has not happened by then is censored."
)


class Timed(Protocol):
    """What one algorithm's bids did, whatever else is known of it."""

    @property
    def times(self) -> ConvergenceTimes:
        """When they had done it, run by run."""


A = TypeVar("A", bound=Timed)
P = TypeVar("P")


@dataclass(frozen=True)
class Race(Generic[A, P]):
    """A claim that bids do something in CVS and in PPOF, and sooner in CVS.

    Attributes:
        name: of the streams of resamples.
        quantity: the times, as "epochs to the switch".
        measured: from bids [R, epochs, S, K] and a place, what they do there.
        judge: from what CVS's and PPOF's do, and the ratio of mean times, PPOF's over CVS's.
    """

    name: str
    quantity: str
    measured: Callable[[Bids, P], A]
    judge: Callable[[A, A, Estimate | None], Verdict]

    def outcome(self, record: Recorder, cvs: A, ppof: A, n: int) -> None:
        """Record how the claim came out, of so many runs an arm."""
        found = self._ratio(JUDGED, cvs, ppof)
        lost = censored(cvs.times, ppof.times)
        record.outcome(self.judge(cvs, ppof, found), found, n=n, censored=lost)
        record.detail(f"{self.quantity}, PPOF over CVS", found or np.nan, later(found))

    def controls(self, record: Recorder, cvs: Bids, ppof: Bids, place: P) -> None:
        """Record the controls that look where the claim does, at other arms."""
        first, second = halves(cvs)
        record.control(SWAPPED, self.verdict("cvs/ppof", ppof, cvs, place))
        record.control(HALVED, self.verdict("cvs/cvs", second, first, place))

    def verdict(self, what: str, cvs: Bids, ppof: Bids, place: P) -> Verdict:
        """Measure these bids at this place, and judge them as the claim's are."""
        if not len(cvs) or not len(ppof):
            return Verdict.INCONCLUSIVE
        fast, slow = (self.measured(bids, place) for bids in (cvs, ppof))
        return self.judge(fast, slow, self._ratio(what, fast, slow))

    def _ratio(self, what: str, cvs: A, ppof: A) -> Estimate | None:
        """Ratio of mean times, or None where an arm has no run with a time."""
        if not cvs.times.epochs.size or not ppof.times.epochs.size:
            return None
        return ratio(f"{self.name} {what}", ppof.times, cvs.times)


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """The transfers whose bids are recorded."""
    return [transfer(algorithm, BIDS_PROBLEM, seeds) for algorithm in ALGORITHMS]


def later(measured: Estimate | None) -> Verdict:
    """Judge whether a ratio of times exceeds 1; without one nothing is decided."""
    return Verdict.INCONCLUSIVE if measured is None else direction(measured)


def all_of(parts: Iterable[Verdict]) -> Verdict:
    """Judge a statement with several parts: reproduced if all are, not as soon as one is not."""
    found = set(parts)
    for verdict in (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE):
        if verdict in found:
            return verdict
    return Verdict.REPRODUCED


def halves(bids: Bids) -> tuple[Bids, Bids]:
    """Split one arm's bids [R, epochs, S, K] in two by the order of its seeds."""
    middle = len(bids) // 2
    return bids[:middle], bids[middle:]


def state_name(place: int) -> str:
    """Name a state of the optimal path as the talk does, from 0 on."""
    return f"state {place}"
