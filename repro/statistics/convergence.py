"""Epochs to convergence: when a run's return first stays at the optimum, or how long it did not.

An epoch is a fixed number of steps, the same in every arm, so ratios of epochs are ratios of steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

OPTIMUM, TOLERANCE, WINDOW = 0.8, 0.01, 30
"""The protocol's rule: within 0.01 of the optimal return for 30 epochs in a row. Where the best return
is another, the tolerance is as large in relation to it, 1.25 %."""
ROUNDING = 1e-6
"""Slack on the tolerance, so that a return exactly at its edge counts as within.

A return is 0.8 k/m with m <= 4096 episodes. 0.8 - 0.79 exceeds 0.01 in binary, though not on paper.
Two such returns on different sides of an edge 0.8 (1 - 1/q) lie at least 0.8 / (4096 q) apart, which
for tolerances down to 0.005 (q = 160) is 1.2e-6; float32 returns err by less than 1e-7. Where the best
return is another, the slack is as large in relation to it.
"""


@dataclass(frozen=True, eq=False)
class ConvergenceTimes:
    """Epochs to convergence of several independent runs.

    Attributes:
        epochs: int64 [runs], counted from 1. For a censored run the earliest epoch in which it may
            have converged, at most the number of epochs observed: a lower bound of its time.
        censored: bool [runs]; true if the run was not observed to converge.

    Raises:
        UserError: the arrays are not both of one shape [runs], or an epoch is below 1.
    """

    epochs: NDArray[np.int64]
    censored: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Check the two arrays against each other."""
        if self.epochs.ndim != 1 or self.epochs.shape != self.censored.shape:
            raise UserError(
                f"convergence times: given epochs {list(self.epochs.shape)} and censored "
                f"{list(self.censored.shape)}; expected one shape [runs], give one epoch and one flag "
                "for each run"
            )
        if (self.epochs < 1).any():
            run = int(np.argmax(self.epochs < 1))
            raise UserError(
                f"convergence times: run {run} has epoch {self.epochs[run]}; expected at least 1, "
                "count epochs from 1"
            )


def tolerance_of(optimum: float) -> float:
    """Return the protocol's tolerance for a problem with this best return: 1.25 % of it.

    >>> tolerance_of(0.8), tolerance_of(-4.0)
    (0.01, 0.05)
    """
    return TOLERANCE * (abs(optimum) / OPTIMUM)


def is_near(
    returns: NDArray[np.float64], optimum: float = OPTIMUM, tolerance: float | None = None
) -> NDArray[np.bool_]:
    """Flag the returns within the tolerance of the optimum, edge included; NaN never is.

    Args:
        returns: of any shape.
        optimum: return of the best policy.
        tolerance: greatest distance; None: that of the protocol, see `tolerance_of`.
    """
    tolerance = tolerance_of(optimum) if tolerance is None else tolerance
    slack = ROUNDING * (abs(optimum) / OPTIMUM)
    return np.asarray(np.abs(returns - optimum) <= tolerance + slack)


def epochs_to_convergence(
    returns: ArrayLike,
    *,
    optimum: float = OPTIMUM,
    tolerance: float | None = None,
    window: int = WINDOW,
) -> ConvergenceTimes:
    """Find the first epoch from which the return stays near the optimum for a whole window.

    "Near" is |return - optimum| <= tolerance, edge included (see `ROUNDING`). Source: ours; the talk
    speaks of converging (talk:44) and gives no rule.

    A run whose return is near the optimum when its record ends, for s < window epochs so far, may
    have converged at the first of these s. This epoch is then its lower bound; with s = 0 the bound
    is the number of epochs observed.

        >>> times = epochs_to_convergence([[0.1, 0.8, 0.8], [0.1, 0.1, 0.8]], window=2)
        >>> times.epochs, times.censored
        (array([2, 3]), array([False,  True]))

    Args:
        returns: float [runs, epochs]; the mean undiscounted return of each epoch. A run that ended
            early is padded with NaN at its end.
        optimum: return of the best policy.
        tolerance: greatest distance from the optimum, in units of the return; None: that of the
            protocol, see `tolerance_of`.
        window: number of epochs in a row that the return must stay near.

    Returns:
        The times, in the order of the rows.

    Raises:
        UserError: the array is not [runs, epochs] with at least one epoch, a run has no epoch or
            a value that is not finite before its end, the optimum is not finite or 0, the tolerance
            is negative or the window is below 1.
    """
    values, observed = check_runs("returns", returns)
    if not (math.isfinite(optimum) and optimum):
        raise UserError(f"optimum: given {optimum}; expected a finite number other than 0")
    if tolerance is not None and not tolerance >= 0:
        raise UserError(f"tolerance: given {tolerance}; expected at least 0")
    near = is_near(values, optimum, tolerance)
    return first_lasting(near, observed, window)


def check_runs(what: str, given: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Check a figure of each epoch of each run, and count the epochs of each run.

    Args:
        what: name of the figure, for messages.
        given: float [runs, epochs]; a run that ended early is padded with NaN at its end.

    Returns:
        The array, and the number of epochs of each run, [runs].

    Raises:
        UserError: the array is not [runs, epochs] with at least one epoch, or a run has no epoch or
            a value that is not finite before its end.
    """
    values = np.asarray(given, dtype=np.float64)
    if values.ndim != 2 or not values.shape[1]:  # noqa: PLR2004 - runs and epochs are two axes
        raise UserError(
            f"{what}: given shape {list(values.shape)}; expected [runs, epochs] with at least one "
            "epoch, put one run in each row"
        )
    epoch = np.arange(1, values.shape[1] + 1)
    observed = np.where(np.isnan(values), 0, epoch).max(axis=1)
    if (observed == 0).any():
        run = int(np.argmax(observed == 0))
        raise UserError(
            f"{what}: run {run} has no epoch; expected at least one value, leave the run out"
        )
    bad = ~np.isfinite(values) & (epoch <= observed[:, None])
    if bad.any():
        run, index = (int(i) for i in np.argwhere(bad)[0])
        raise UserError(
            f"{what}: run {run} has {values[run, index]} in epoch {index + 1} of {observed[run]}; "
            "expected finite numbers up to a run's end and NaN only after it; recompute the run"
        )
    return values, np.asarray(observed, dtype=np.int64)


def first_lasting(
    holds: NDArray[np.bool_], observed: NDArray[np.int64], window: int
) -> ConvergenceTimes:
    """Find the first epoch from which a condition holds for a whole window.

    Args:
        holds: bool [runs, epochs]; false after a run's end.
        observed: number of epochs of each run, [runs].
        window: number of epochs in a row.

    Returns:
        The times. A run without such a window is censored, with the epoch after the last one in
        which the condition did not hold, at most the number of epochs observed.

    Raises:
        UserError: the window is below 1.
    """
    if window < 1:
        raise UserError(f"window: given {window} epochs; expected at least 1")
    count = np.cumsum(np.pad(holds, ((0, 0), (1, 0))), axis=1)
    starts: NDArray[np.bool_] = np.asarray(count[:, window:] - count[:, :-window] == window)
    found = starts.any(axis=1)
    first = starts.argmax(axis=1) + 1 if starts.shape[1] else np.zeros_like(observed)
    epoch = np.arange(1, holds.shape[1] + 1)
    last_failing = np.where(~holds & (epoch <= observed[:, None]), epoch, 0).max(axis=1)
    epochs = np.where(found, first, np.minimum(last_failing + 1, observed))
    return ConvergenceTimes(epochs.astype(np.int64), np.logical_not(found))
