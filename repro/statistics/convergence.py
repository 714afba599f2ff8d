"""Epochs to convergence: when a run's return first settles at the optimum, or how long it has not.

An epoch is a fixed number of steps, the same in every arm, so ratios of epochs are ratios of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

OPTIMUM, TOLERANCE, WINDOW = 0.8, 0.01, 30
"""The protocol's rule: within 0.01 of the optimal return for 30 epochs in a row."""
ROUNDING = 1e-6
"""Slack on the tolerance, so that a return exactly at its edge counts as within.

A return is 0.8 k/m with m <= 4096 episodes. 0.8 - 0.79 exceeds 0.01 in binary, though not on paper.
Two such returns on different sides of an edge 0.8 (1 - 1/q) lie at least 0.8 / (4096 q) apart, which
for tolerances down to 0.005 (q = 160) is 1.2e-6; float32 returns err by less than 1e-7.
"""


@dataclass(frozen=True, eq=False)
class ConvergenceTimes:
    """Epochs to convergence of several independent runs.

    Attributes:
        epochs: int64 [runs], counted from 1. For a censored run the earliest epoch that its time can
            still turn out to be, at most the number of epochs observed: a lower bound of its time.
        censored: bool [runs]; true where the run was not seen to converge.

    Raises:
        UserError: if the arrays are not one-dimensional and equally long, or an epoch is below 1.
    """

    epochs: NDArray[np.int64]
    censored: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Check the two arrays against each other."""
        if self.epochs.ndim != 1 or self.epochs.shape != self.censored.shape:
            raise UserError(
                f"times: epochs {list(self.epochs.shape)} and censored {list(self.censored.shape)} "
                "must both be of one shape [runs]; give one epoch and one flag for each run"
            )
        if (self.epochs < 1).any():
            run = int(np.argmax(self.epochs < 1))
            raise UserError(
                f"times: run {run} has epoch {self.epochs[run]}; epochs count from 1, so give at least 1"
            )


def is_near(
    returns: NDArray[np.float64], optimum: float = OPTIMUM, tolerance: float = TOLERANCE
) -> NDArray[np.bool_]:
    """Tell which returns are within the tolerance of the optimum, edge included; NaN never is."""
    return np.asarray(np.abs(returns - optimum) <= tolerance + ROUNDING)


def epochs_to_convergence(
    returns: ArrayLike,
    *,
    optimum: float = OPTIMUM,
    tolerance: float = TOLERANCE,
    window: int = WINDOW,
) -> ConvergenceTimes:
    """First epoch from which the return stays near the optimum for a whole window.

    "Near" is |return - optimum| <= tolerance, edge included (see `ROUNDING`). Source: ours; the talk
    speaks of converging (talk:44) and gives no rule.

    A run whose return is near the optimum when its record ends, for s < window epochs so far, may
    turn out to have converged at the first of these s. This epoch is then the bound given for it;
    with s = 0 the bound is the number of epochs observed.

    Args:
        returns: float [runs, epochs]; the mean undiscounted return of each epoch. A run that left
            early is padded with NaN at its end.
        optimum: return of the best policy.
        tolerance: greatest distance from the optimum, in units of the return.
        window: number of epochs in a row that the return must stay near.

    Returns:
        The times, in the order of the rows.

    Raises:
        UserError: if the array is not two-dimensional, a run has no epoch or one that is not a
            finite number before its end, the tolerance is negative or the window below 1.
    """
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim != 2:  # noqa: PLR2004 - runs and epochs are two axes
        raise UserError(
            f"returns: given shape {list(values.shape)}, expected [runs, epochs]; "
            "put one run in each row"
        )
    if not tolerance >= 0 or window < 1:
        raise UserError(
            f"convergence: given tolerance {tolerance} and window {window}; "
            "the tolerance must be at least 0 and the window at least 1 epoch"
        )
    observed = _observed(values)
    near = is_near(values, optimum, tolerance)
    starts = _window_starts(near, window)
    converged = starts.any(axis=1)
    first = starts.argmax(axis=1) + 1 if starts.shape[1] else np.zeros_like(observed)
    epoch = np.arange(1, values.shape[1] + 1)
    last_away = np.where(~near & (epoch <= observed[:, None]), epoch, 0).max(axis=1, initial=0)
    pending = np.minimum(last_away + 1, observed)
    epochs = np.where(converged, first, pending).astype(np.int64)
    return ConvergenceTimes(epochs, np.logical_not(converged))


def _observed(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number of epochs of each run before its padding; raises where a run has a hole or no epoch."""
    present = ~np.isnan(values)
    epoch = np.arange(1, values.shape[1] + 1)
    observed = np.where(present, epoch, 0).max(axis=1, initial=0)
    if (observed == 0).any():
        run = int(np.argmax(observed == 0))
        raise UserError(
            f"returns: run {run} has no epoch; expected at least one return, leave the run out"
        )
    bad = ~np.isfinite(values) & (epoch <= observed[:, None])
    if bad.any():
        run, index = (int(i) for i in np.argwhere(bad)[0])
        raise UserError(
            f"returns: run {run} has {values[run, index]} in epoch {index + 1} of {observed[run]}; "
            "expected finite numbers up to a run's end and NaN only after it; recompute the run"
        )
    return np.asarray(observed, dtype=np.int64)


def _window_starts(near: NDArray[np.bool_], window: int) -> NDArray[np.bool_]:
    """Mark [runs, max(epochs - window + 1, 0)] each epoch that opens a window wholly near."""
    count = np.cumsum(np.pad(near, ((0, 0), (1, 0))), axis=1)
    return np.asarray(count[:, window:] - count[:, :-window] == window)
