"""How often the newly right action is tried when transfer starts, P₀, and when its reward is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.algorithms.cvs import CVS
from repro.statistics import first_reaching, from_then_on, winning_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.records.record import Record
    from repro.statistics import ConvergenceTimes

    Floats = NDArray[np.float64]

REWARDED = 0.02
"""Mean return of an epoch that counts as a reward: one episode in forty."""
TOUCHES = (0.4, 0.7, 0.76, 0.79)
"""Mean returns whose first epochs are shown: the time to converge is a threshold."""


def phases(record: Record, level: float = REWARDED) -> tuple[ConvergenceTimes, ConvergenceTimes]:
    """Return each run's first rewarded epoch, and its epochs from there to convergence."""
    found = first_reaching(record.returns, level)
    return found, from_then_on(found, record.times)


def chances(training: Record, state: int) -> Floats:
    """Return the probability of each action at a state after training, [runs, actions].

    In CVS it is the probability of winning the auction, by numerical integration over the Beta distributions;
    in learners with a softmax over actions that of the action.

    Args:
        training: a record of a training problem.
        state: its row in the problem's tables.
    """
    final = {name: bids[:, state].astype(np.float64) for name, bids in training.final_bids.items()}
    if "concentration" not in final:
        return final["bid"]
    mean, concentration = final["bid"], final["concentration"]
    return winning_probabilities(mean * concentration, (1 - mean) * concentration, CVS.copies)


def in_words(chance: float) -> str:
    """Format a probability that may be tiny: "1 in 2,300"."""
    return f"1 in {1 / chance:,.0f}" if chance > 0 else "0"
