"""When bids change places after a task has changed, and when disturbed ones are back.

Source: the protocol's definitions, ours; the talk shows bids that switch (talk:312-317) and others
that are disturbed and recover (talk:318-319), and gives no rule for either. A record ends some time
after a run has converged: what did not happen by then is censored, and counted as that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.statistics.convergence import ConvergenceTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Counts = NDArray[np.int64]

WINDOW = 10
"""A bid counts as switched or recovered once it has stayed so for this many epochs in a row."""
DISTURBED = 0.05
"""The least fall of a bid that is a disturbance."""
RECOVERED = 0.9
"""The part of its fall that a bid must have made good."""
HALVES = 2
"""Times of recovery are in half epochs, so that the mean of two whole epochs is a whole number."""


@dataclass(frozen=True, eq=False)
class Recovery:
    """Fall and recovery of the bids of one mechanism at one state, run by run.

    Attributes:
        baseline: float64 [runs], the bid in epoch 1.
        trough: float64 [runs], its lowest value after that.
        trough_epoch: int64 [runs], the first epoch in which it was there, counted from 1.
        disturbed: bool [runs], whether it fell by at least `DISTURBED`.
        times: of its recovery; only those of disturbed runs mean anything.
    """

    baseline: Floats
    trough: Floats
    trough_epoch: Counts
    disturbed: Flags
    times: ConvergenceTimes

    @property
    def depth(self) -> Floats:
        """How far it fell, [runs], in units of the bid; below 0 where it only rose."""
        return self.baseline - self.trough


def switch(falling: ArrayLike, rising: ArrayLike, *, window: int = WINDOW) -> ConvergenceTimes:
    """First epoch from which one bid stays above another for a whole window.

    Args:
        falling: float [runs, epochs], the bid that is above at first; NaN once a run has left.
        rising: the bid that is to overtake it, likewise.
        window: number of epochs in a row; equal bids do not count.

    Returns:
        The times. A run in which it does not stay so for a window is censored, with the earliest
        epoch that may still turn out to be its time.

    Raises:
        UserError: the arrays are not [runs, epochs] or not alike, a run has no epoch or a hole, or
            the window is below 1.
    """
    low, high = _bids("falling bid", falling), _bids("rising bid", rising)
    if low.shape != high.shape or (np.isnan(low) != np.isnan(high)).any():
        raise UserError(
            f"switch: given bids {list(low.shape)} and {list(high.shape)}; expected the same runs "
            "and epochs of both, take both from one record"
        )
    return _lasting(high > low, _observed(low), window)


def recovery(bid: ArrayLike, *, window: int = WINDOW) -> Recovery:
    """Fall of a bid from its value in epoch 1 to its lowest one, and its way back.

    It has recovered at the first epoch after the trough from which it stays for a whole window at
    or above trough + `RECOVERED` x (baseline - trough). Of several troughs equally deep the first
    counts. A run that has not recovered is censored, as in `switch`.

    Args:
        bid: float [runs, epochs], at least two epochs a run; NaN once a run has left.
        window: number of epochs in a row.

    Raises:
        UserError: as `switch`, or a run has one epoch only.
    """
    values = _bids("bid", bid)
    observed = _observed(values)
    if (observed == 1).any():
        run = int(np.argmax(observed == 1))
        raise UserError(
            f"recovery: run {run} has one epoch; expected at least two, for a bid falls from its "
            "value in the first"
        )
    baseline = values[:, 0]
    later = np.where(np.isnan(values), np.inf, values)
    later[:, 0] = np.inf
    trough_epoch = later.argmin(axis=1) + 1
    trough = later.min(axis=1)
    level = trough + RECOVERED * (baseline - trough)
    after = np.arange(1, values.shape[1] + 1) > trough_epoch[:, None]
    # NaN compares false, so nothing recovers once a run has left.
    times = _lasting(after & (values >= level[:, None]), observed, window)
    return Recovery(baseline, trough, trough_epoch, baseline - trough >= DISTURBED, times)


def joint_recovery(bids: Sequence[Recovery]) -> tuple[ConvergenceTimes, Flags]:
    """One figure a run from several bids: the mean time of those that were disturbed.

    Args:
        bids: recoveries of the same runs.

    Returns:
        The times in half epochs (see `HALVES`) of those runs that have any bid disturbed, censored
        where one of these has not recovered; and bool [runs], which runs these are. A run with none
        disturbed has no figure.

    Raises:
        UserError: there are not one or two bids, or not of the same runs.
    """
    if len(bids) not in {1, HALVES} or len({one.disturbed.size for one in bids}) > 1:
        raise UserError(
            f"recovery: given {len(bids)} bids with {[one.disturbed.size for one in bids]} runs; "
            "expected one or two bids of the same runs"
        )
    disturbed: Flags = np.stack([one.disturbed for one in bids])
    epochs: Counts = np.stack([one.times.epochs for one in bids])
    censored: Flags = np.stack([one.times.censored for one in bids])
    figured: Flags = np.asarray(disturbed.any(axis=0))
    total, many = (epochs * disturbed).sum(axis=0), disturbed.sum(axis=0)
    bound = np.asarray((disturbed & censored).any(axis=0))
    return ConvergenceTimes(HALVES * total[figured] // many[figured], bound[figured]), figured


def change(bid: ArrayLike) -> Floats:
    """How far a bid has come from epoch 1 to the last epoch observed, [runs].

    Args:
        bid: float [runs, epochs]; NaN once a run has left.

    Raises:
        UserError: as `switch`.
    """
    values = _bids("bid", bid)
    last = _observed(values) - 1
    return np.asarray(values[np.arange(len(values)), last] - values[:, 0])


def _bids(what: str, given: ArrayLike) -> Floats:
    values = np.asarray(given, dtype=np.float64)
    if values.ndim != 2 or not values.shape[1]:  # noqa: PLR2004 - runs and epochs are two axes
        raise UserError(
            f"{what}: given shape {list(values.shape)}, expected [runs, epochs]; "
            "choose one state and one mechanism"
        )
    return values


def _observed(values: Floats) -> Counts:
    """Number of epochs of each run before its padding; raises where a run has a hole or no epoch."""
    present = ~np.isnan(values)
    observed = present.sum(axis=1)
    holes = present != (np.arange(values.shape[1]) < observed[:, None])
    if holes.any() or (observed == 0).any():
        run = int(np.argmax(holes.any(axis=1) | (observed == 0)))
        raise UserError(
            f"bids: run {run} has {observed[run]} epochs, or NaN before its last one; expected "
            "numbers from epoch 1 on and NaN only once it has left"
        )
    return np.asarray(observed, dtype=np.int64)


def _lasting(holds: Flags, observed: Counts, window: int) -> ConvergenceTimes:
    """First epoch from which something holds for a window, as `epochs_to_convergence` has it.

    Where it never does, it has begun at the earliest after the last epoch in which it did not hold.
    """
    if window < 1:
        raise UserError(f"bids: given a window of {window} epochs; expected at least 1")
    count = np.cumsum(np.pad(holds, ((0, 0), (1, 0))), axis=1)
    starts: Flags = np.asarray(count[:, window:] - count[:, :-window] == window)
    found: Flags = np.asarray(starts.any(axis=1))
    first = starts.argmax(axis=1) + 1 if starts.shape[1] else np.zeros_like(observed)
    epoch = np.arange(1, holds.shape[1] + 1)
    away = np.where(~holds & (epoch <= observed[:, None]), epoch, 0).max(axis=1)
    epochs = np.where(found, first, np.minimum(away + 1, observed))
    return ConvergenceTimes(epochs.astype(np.int64), ~found)
