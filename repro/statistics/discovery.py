"""Finding and adapting: when a run is rewarded for the first time, and how long it needs from then on.

A transfer has two parts. As long as the newly right action is hardly ever tried, there is nothing to learn
from; how long that takes depends on how often it is tried. What credit assignment does with the reward
shows only in the second part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.errors import UserError
from repro.statistics.convergence import ConvergenceTimes, check_runs

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def first_reaching(returns: ArrayLike, level: float) -> ConvergenceTimes:
    """Find the first epoch of each run whose mean return is at least a level.

    Args:
        returns: float [runs, epochs], NaN after a run's end.
        level: in units of the return.

    Returns:
        The epochs, counted from 1; censored, at the run's last epoch, where the level is never reached.

    Raises:
        UserError: as `epochs_to_convergence`.

    >>> first_reaching([[0.0, 0.03, 0.8], [0.0, 0.0, 0.0]], level=0.02).epochs
    array([2, 3])
    """
    values, observed = check_runs("returns", returns)
    reached = values >= level  # NaN is not
    found = np.asarray(reached.any(axis=1))
    return ConvergenceTimes(np.where(found, reached.argmax(axis=1) + 1, observed), ~found)


def from_then_on(found: ConvergenceTimes, converged: ConvergenceTimes) -> ConvergenceTimes:
    """Count the epochs from each run's discovery to its convergence, both included.

    Args:
        found: first rewarded epochs, as `first_reaching` finds them.
        converged: of the same runs.

    Returns:
        The epochs, at least 1; censored where the run did not converge.

    Raises:
        UserError: the arms differ in their number of runs, or a run converged before it was rewarded.
    """
    if found.epochs.size != converged.epochs.size:
        raise UserError(
            f"discovery: given {found.epochs.size} and {converged.epochs.size} runs; expected the same runs"
        )
    early = ~converged.censored & (found.censored | (found.epochs > converged.epochs))
    if early.any():
        run = int(early.argmax())
        raise UserError(
            f"discovery: run {run} converged in epoch {converged.epochs[run]} and was first rewarded in "
            f"epoch {found.epochs[run]}; expected a level below the return at which runs converge"
        )
    rest = np.maximum(converged.epochs - found.epochs + 1, 1)
    return ConvergenceTimes(rest, converged.censored)


def share_before(found: ConvergenceTimes, converged: ConvergenceTimes) -> float:
    """Compute the share of all runs' epochs to convergence that passes before the first rewarded epoch.

    Args:
        found: as `first_reaching` finds them.
        converged: of the same runs.
    """
    return float((found.epochs - 1).sum() / converged.epochs.sum())
