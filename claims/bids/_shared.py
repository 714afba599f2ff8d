"""Shared by the claims on bids: the arms, the controls, and the verdict on several parts."""

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

    Bids = NDArray[np.floating]

ALGORITHMS = ("cvs", "ppof", "ppo")
"""CVS and PPOF are judged; PPO is shown for comparison."""
LETTERS = tasks.problem(BIDS_PROBLEM).tasks[0].action_names
JUDGED = "ppof/cvs"
"""Name of the claim's own comparison, in the names of the streams of resamples."""
HALVED = "the first half of CVS's seeds, taken as PPOF's, over the second"
NO_TIME = "no ratio of times: in one arm there is no run with such a time"

DIFFERENCES = (
    "The talk shows the bids of one problem as curves and gives no rule for when bids have switched "
    "or recovered; the rules are ours, fixed before the runs that they judge. A bid is the mean of its Beta "
    "distribution in CVS and the probability of its action in PPOF and PPO. The probabilities of one "
    "state add up to 1, so when one rises others must fall; therefore the logits are shown too. A run "
    "is observed for 300 epochs after it has converged; an event that has not happened by then is "
    "censored."
)


class Timed(Protocol):
    """An event of one algorithm's bids, measured in every run."""

    @property
    def times(self) -> ConvergenceTimes:
        """The times of the event, one per run."""


A = TypeVar("A", bound=Timed)
P = TypeVar("P")


@dataclass(frozen=True)
class BidClaim(Generic[A, P]):
    """A claim that an event of bids happens in CVS and in PPOF, and sooner in CVS.

    Attributes:
        name: prefix of the names of the streams of resamples.
        quantity: the times, as "epochs to the switch".
        measure: measures the event, given bids [R, epochs, S, K] and a place.
        judge: judges the events in CVS and in PPOF, and the ratio of mean times, PPOF over CVS.
    """

    name: str
    quantity: str
    measure: Callable[[Bids, P], A]
    judge: Callable[[A, A, Estimate | None], Verdict]

    def outcome(self, record: Recorder, cvs: A, ppof: A, n: int) -> None:
        """Record the claim's outcome; n is the number of runs per arm."""
        found = self._ratio(JUDGED, cvs, ppof)
        lost = censored(cvs.times, ppof.times)
        record.outcome(self.judge(cvs, ppof, found), found, n=n, censored=lost)
        record.part(f"{self.quantity}, PPOF over CVS", found or np.nan, judge_ratio(found))

    def controls(self, record: Recorder, cvs: Bids, ppof: Bids, place: P) -> None:
        """Record the controls that use the claim's place and other arms."""
        first, second = halves(cvs)
        self.control(record, SWAPPED, "cvs/ppof", ppof, cvs, place)
        self.control(record, HALVED, "cvs/cvs", second, first, place)

    def control(
        self, record: Recorder, control: str, what: str, cvs: Bids, ppof: Bids, place: P
    ) -> None:
        """Record a control: these bids at this place, judged by the claim's rule."""
        verdict, measured = self._judged(what, cvs, ppof, place)
        record.control(control, verdict, measured, why="" if measured else NO_TIME)

    def verdict(self, what: str, cvs: Bids, ppof: Bids, place: P) -> Verdict:
        """Measure these bids at this place, and judge them by the claim's rule."""
        return self._judged(what, cvs, ppof, place)[0]

    def _judged(
        self, what: str, cvs: Bids, ppof: Bids, place: P
    ) -> tuple[Verdict, Estimate | None]:
        if not len(cvs) or not len(ppof):
            return Verdict.INCONCLUSIVE, None
        fast, slow = (self.measure(bids, place) for bids in (cvs, ppof))
        measured = self._ratio(what, fast, slow)
        return self.judge(fast, slow, measured), measured

    def _ratio(self, what: str, cvs: A, ppof: A) -> Estimate | None:
        """Compute the ratio of mean times; None if an arm has no run with a time."""
        if not cvs.times.epochs.size or not ppof.times.epochs.size:
            return None
        return ratio(f"{self.name} {what}", ppof.times, cvs.times)


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: the transfers whose bids are recorded."""
    return [transfer(algorithm, BIDS_PROBLEM, seeds) for algorithm in ALGORITHMS]


def judge_ratio(measured: Estimate | None) -> Verdict:
    """Judge whether a ratio of times exceeds 1; without a ratio the verdict is inconclusive."""
    return Verdict.INCONCLUSIVE if measured is None else direction(measured)


def all_of(parts: Iterable[Verdict]) -> Verdict:
    """Combine verdicts on parts: reproduced if all are, not reproduced if one is not."""
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
    """Name a state of the optimal path as the talk does, counted from 0."""
    return f"state {place}"
