"""The rule that decides whether two arms of training runs agree; it needs no library of theirs.

The rule was fixed before any run of Stable-Baselines3, from runs of our PPO against each other. Run i of
both arms starts with the same weights. These affect a run far more than the actions drawn: the quantities
below have a correlation of 0.99 between two such arms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Returns = NDArray[np.float64]

LEVEL, SMOOTH, LAST = 0.4, 10, 20
CONFIDENCE = 0.975
"""Confidence of each of the two intervals; together they cover with at least 95 % (Bonferroni)."""


def last_returns(returns: Returns) -> Returns:
    """Return the mean return of each run's last 20 epochs, [runs], from returns [runs, epochs]."""
    return np.asarray(returns[:, -LAST:].mean(axis=1), np.float64)


def epochs_to_level(returns: Returns) -> Returns:
    """Return the first epoch at which the last ten average half the optimum, [runs].

    A run that never reaches it gets the number of epochs seen, a lower bound.
    """
    ten = np.lib.stride_tricks.sliding_window_view(returns, SMOOTH, axis=1).mean(axis=2)
    there = ten >= LEVEL
    first = np.where(there.any(axis=1), there.argmax(axis=1) + SMOOTH, returns.shape[1])
    return np.asarray(first, np.float64)


@dataclass(frozen=True)
class Quantity:
    """A quantity of a run, and the difference that does not matter.

    Attributes:
        name: in words.
        of: computes [runs] from returns [runs, epochs].
        margin: largest difference of means that does not matter.
    """

    name: str
    of: Callable[[Returns], Returns]
    margin: float


QUANTITIES = (
    Quantity("mean return of the last 20 epochs", last_returns, 0.03),
    Quantity("epochs until ten in a row average 0.4", epochs_to_level, 10.0),
)


@dataclass(frozen=True)
class Difference:
    """A mean paired difference, theirs minus ours, with its interval.

    Attributes:
        quantity: its name.
        ours: our mean.
        theirs: their mean.
        low: lower end of the interval of the difference of means.
        high: upper end.
        margin: see `Quantity`.
    """

    quantity: str
    ours: float
    theirs: float
    low: float
    high: float
    margin: float

    @property
    def agrees(self) -> bool:
        """Whether the interval contains 0 and lies within the margin."""
        return self.low <= 0 <= self.high and max(-self.low, self.high) <= self.margin


def differences(ours: Returns, theirs: Returns) -> tuple[Difference, ...]:
    """Compare two arms, each [runs, epochs]; run i of both starts with the same weights.

    The intervals are Student's t intervals of paired differences.
    """
    found = []
    for quantity in QUANTITIES:
        a, b = quantity.of(ours), quantity.of(theirs)
        gap, error = float((b - a).mean()), float(stats.sem(b - a))
        reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, len(a) - 1)) * error
        found.append(
            Difference(
                quantity.name,
                float(a.mean()),
                float(b.mean()),
                gap - reach,
                gap + reach,
                quantity.margin,
            )
        )
    return tuple(found)


def agree(ours: Returns, theirs: Returns) -> bool:
    """Return True if two arms agree in every quantity."""
    return all(difference.agrees for difference in differences(ours, theirs))
