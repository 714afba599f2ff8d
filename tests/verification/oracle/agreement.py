"""The rule by which two arms of training runs agree; no library of theirs is needed for it.

It was written down before any run of Stable-Baselines3, from runs of PPO here against other ones
of PPO here. Run i of both arms begins with the same weights, which the course of a run hangs on far
more than on the actions drawn: between two such arms the quantities below correlate to 0.99.
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
"""Of each of the two intervals; both cover at once with 95 % or more (Bonferroni)."""


def last_returns(returns: Returns) -> Returns:
    """Mean return of each run's last 20 epochs, [runs], from returns [runs, epochs]."""
    return np.asarray(returns[:, -LAST:].mean(axis=1), np.float64)


def epochs_to_level(returns: Returns) -> Returns:
    """Epoch at whose end the last ten first average half the optimum, [runs].

    A run that never gets there has the number of epochs seen, a lower bound.
    """
    ten = np.lib.stride_tricks.sliding_window_view(returns, SMOOTH, axis=1).mean(axis=2)
    there = ten >= LEVEL
    first = np.where(there.any(axis=1), there.argmax(axis=1) + SMOOTH, returns.shape[1])
    return np.asarray(first, np.float64)


@dataclass(frozen=True)
class Quantity:
    """One quantity of a run, and the difference in it that would not matter.

    Attributes:
        name: in words.
        of: [runs] from returns [runs, epochs].
        margin: largest difference of means that counts as none.
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
    """A mean paired difference, theirs less ours, with its interval.

    Attributes:
        quantity: what differs.
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
        """Whether the interval holds 0 and lies within the margin: no difference, and none hidden."""
        return self.low <= 0 <= self.high and max(-self.low, self.high) <= self.margin


def differences(ours: Returns, theirs: Returns) -> tuple[Difference, ...]:
    """Compare two arms, each [runs, epochs], run i of which began with the same weights.

    The intervals are Student's, of paired differences.
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
    """Whether two arms agree in every quantity."""
    return all(difference.agrees for difference in differences(ours, theirs))
