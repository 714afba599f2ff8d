"""When one bid overtakes another after a task has changed, and when disturbed bids recover.

Source: the protocol's definitions, ours; the talk shows bids that switch (talk:312-317) and others
that are disturbed and recover (talk:318-319), and gives no rule for either. A record ends some time
after a run has converged: the time of an event that did not happen by then is censored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.statistics.convergence import ConvergenceTimes, check_runs, first_lasting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Counts = NDArray[np.int64]

WINDOW = 10
"""A bid has switched or recovered if it stays so for this many epochs in a row."""
DISTURBED = 0.05
"""A bid that falls by at least this much is disturbed."""
RECOVERED = 0.9
"""A bid has recovered if it has regained at least this fraction of its fall."""
HALVES = 2
"""Half epochs per epoch: in half epochs, the mean of two times is a whole number."""


@dataclass(frozen=True, eq=False)
class Recovery:
    """Fall and recovery of the bids of one mechanism at one state, in each run.

    Attributes:
        baseline: float64 [runs], the bid in epoch 1.
        trough: float64 [runs], the lowest bid after epoch 1.
        trough_epoch: int64 [runs], the first epoch with this lowest bid, counted from 1.
        disturbed: bool [runs], whether the bid fell by at least `DISTURBED`.
        times: of recovery; meaningful only for disturbed runs.
    """

    baseline: Floats
    trough: Floats
    trough_epoch: Counts
    disturbed: Flags
    times: ConvergenceTimes

    @property
    def depth(self) -> Floats:
        """How far the bid fell, [runs], in units of the bid; negative if it only rose."""
        return self.baseline - self.trough


def switch(falling: ArrayLike, rising: ArrayLike, *, window: int = WINDOW) -> ConvergenceTimes:
    """Find the first epoch from which `rising` stays above `falling` for a whole window.

        >>> from repro.statistics.bid_times import switch
        >>> switch([[0.5, 0.5, 0.4, 0.4]], [[0.1, 0.6, 0.6, 0.7]], window=3).epochs
        array([2])

    Args:
        falling: float [runs, epochs], the bid that is above at first; NaN after a run's end.
        rising: the bid that should overtake it, likewise.
        window: number of epochs in a row; equal bids do not count.

    Returns:
        The times. A run without such a window is censored, with the earliest epoch in which the bids
        may have switched.

    Raises:
        UserError: the arrays are not [runs, epochs] or differ in runs or epochs, a run has no epoch
            or a value that is not finite before its end, or the window is below 1.
    """
    low, observed = check_runs("falling bid", falling)
    high, _ = check_runs("rising bid", rising)
    if low.shape != high.shape or (np.isnan(low) != np.isnan(high)).any():
        raise UserError(
            f"switch: given bids {list(low.shape)} and {list(high.shape)}; expected the same runs "
            "and epochs of both, take both from one record"
        )
    return first_lasting(high > low, observed, window)


def recovery(bid: ArrayLike, *, window: int = WINDOW) -> Recovery:
    """Measure the fall of a bid from epoch 1 to its trough, and the time of its recovery.

    The bid has recovered at the first epoch after the trough from which it stays for a whole window
    at or above trough + `RECOVERED` x (baseline - trough). Of several equally deep troughs the first
    counts. A run that has not recovered is censored, as in `switch`.

    Args:
        bid: float [runs, epochs], at least two epochs per run; NaN after a run's end.
        window: number of epochs in a row.

    Raises:
        UserError: as `switch`, or a run has only one epoch.
    """
    values, observed = check_runs("bid", bid)
    if (observed == 1).any():
        run = int(np.argmax(observed == 1))
        raise UserError(
            f"recovery: run {run} has one epoch; expected at least two, because the fall is measured "
            "from the first"
        )
    baseline = values[:, 0]
    later = np.where(np.isnan(values), np.inf, values)
    later[:, 0] = np.inf
    trough_epoch = later.argmin(axis=1) + 1
    trough = later.min(axis=1)
    level = trough + RECOVERED * (baseline - trough)
    after = np.arange(1, values.shape[1] + 1) > trough_epoch[:, None]
    # NaN compares false, so a bid cannot recover after the end of its run.
    times = first_lasting(after & (values >= level[:, None]), observed, window)
    return Recovery(baseline, trough, trough_epoch, baseline - trough >= DISTURBED, times)


def joint_recovery(bids: Sequence[Recovery]) -> tuple[ConvergenceTimes, Flags]:
    """Average the recovery times of the disturbed bids of each run.

    Args:
        bids: recoveries of one or two bids in the same runs.

    Returns:
        The mean times in half epochs (see `HALVES`), of the runs with a disturbed bid; a run is
        censored if one of its disturbed bids has not recovered. And bool [runs], which runs these are.

    Raises:
        UserError: there are not one or two bids, or their numbers of runs differ.
    """
    if len(bids) not in {1, HALVES} or len({one.disturbed.size for one in bids}) > 1:
        raise UserError(
            f"recovery: given {len(bids)} bids with {[one.disturbed.size for one in bids]} runs; "
            "expected one or two bids of the same runs"
        )
    disturbed: Flags = np.stack([one.disturbed for one in bids])
    epochs: Counts = np.stack([one.times.epochs for one in bids])
    censored: Flags = np.stack([one.times.censored for one in bids])
    has_time: Flags = np.asarray(disturbed.any(axis=0))
    total, number = (epochs * disturbed).sum(axis=0), disturbed.sum(axis=0)
    bound = np.asarray((disturbed & censored).any(axis=0))
    return ConvergenceTimes(HALVES * total[has_time] // number[has_time], bound[has_time]), has_time


def change(bid: ArrayLike) -> Floats:
    """Return the change of a bid from epoch 1 to the last epoch observed, [runs].

    Args:
        bid: float [runs, epochs]; NaN after a run's end.

    Raises:
        UserError: as `switch`.
    """
    values, observed = check_runs("bid", bid)
    return np.asarray(values[np.arange(len(values)), observed - 1] - values[:, 0])
