"""How often the newly right action is tried when transfer starts: P₀, exactly, for each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.algorithms.cvs import CVS
from repro.statistics import winning_probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.records.record import Record

    Floats = NDArray[np.float64]


def chances(training: Record, state: int) -> Floats:
    """Return the probability of each action at a state after training, [runs, actions].

    In CVS it is the probability of winning the auction, by numerical integration over the Beta distributions;
    in PPO and PPOF that of the action.

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
