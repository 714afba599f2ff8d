"""How much a transfer disturbs decisions that stay right: how far their probabilities fall, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from repro.algorithms.cvs import CVS
from repro.protocol import BIDS_PROBLEM
from repro.statistics import ConvergenceTimes, winning_probabilities
from repro.statistics.winning_probability import LARGEST, SMALLEST
from repro.summaries.bids import path_decisions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.records.record import Record

    Floats = NDArray[np.float64]

STRIDE = 5
"""Every fifth epoch is looked at, from the first on: probabilities of winning are integrals."""
UNIT = 1000
"""Areas are compared in thousandths of an epoch, because times are whole numbers."""
DECISIONS = path_decisions(BIDS_PROBLEM)
UNCHANGED = tuple((one.state, one.after) for one in DECISIONS if one.before == one.after)
"""State and action of the decisions that stay right: A at the first state and B at the second."""
CHANGED = tuple((one.state, one.before) for one in DECISIONS if one.before != one.after)
"""State and action of the decision that becomes wrong: C at the third state."""


@dataclass(frozen=True)
class Disturbance:
    """What a transfer does to the probabilities of some decisions, in each run.

    Attributes:
        start: probability when transfer starts, [runs, decisions].
        lowest: lowest probability along the transfer, as a fraction of the start, [runs, decisions].
        area: sum over epochs of how much lower than at the start it is, and over decisions, [runs]; in epochs.
        censored: [runs], whether the run did not converge, so that its area is a lower bound.
    """

    start: Floats
    lowest: Floats
    area: Floats
    censored: NDArray[np.bool_]

    @property
    def areas(self) -> ConvergenceTimes:
        """The areas, in thousandths of an epoch and at least 1, to be compared as times are."""
        whole = np.maximum(np.rint(UNIT * self.area), 1).astype(np.int64)
        return ConvergenceTimes(whole, self.censored)


def disturbance(record: Record, places: tuple[tuple[int, int], ...] = UNCHANGED) -> Disturbance:
    """Measure the disturbance of decisions, each a state and an action, in a transfer with recorded bids."""
    chances = _probabilities(record, places)
    return from_probabilities(chances, record.times.censored)


def from_probabilities(chances: Floats, censored: NDArray[np.bool_]) -> Disturbance:
    """Measure the disturbance, given probabilities [runs, every fifth epoch, decisions], NaN after the end."""
    start = chances[:, 0]
    lost = np.nan_to_num(np.maximum(start[:, None] - chances, 0))
    return Disturbance(
        start,
        np.nanmin(chances, axis=1) / start,
        STRIDE * lost.sum(axis=(1, 2)),
        censored,
    )


def _probabilities(record: Record, places: tuple[tuple[int, int], ...]) -> Floats:
    """Return probabilities of decisions, [runs, every fifth epoch, decisions]."""
    bids = record.bids["bid"][:, ::STRIDE]
    if "concentration" not in record.bids:  # a bid is its action's probability
        return np.stack([bids[:, :, state, action] for state, action in places], -1).astype(
            np.float64
        )
    widths = record.bids["concentration"][:, ::STRIDE]
    return np.stack(
        [
            [
                _won(mean[:, state].tobytes(), width[:, state].tobytes(), bids.shape[-1])[:, action]
                for mean, width in zip(bids, widths, strict=True)
            ]
            for state, action in places
        ],
        -1,
    )


@lru_cache(256)
def _won(bids: bytes, concentrations: bytes, mechanisms: int) -> Floats:
    """Return the probability that each mechanism wins each auction, [auctions, mechanisms]; NaN for NaN.

    One run at one state at a time, so that groups of seeds find in the cache what all seeds needed.
    """
    mean, concentration = (
        np.frombuffer(given, np.float16).astype(np.float64).reshape(-1, mechanisms)
        for given in (bids, concentrations)
    )
    won = np.full_like(mean, np.nan)
    held = np.isfinite(mean).all(axis=1)
    # Shapes beyond these are those of bids next to 0 or 1.
    alpha, beta = (
        np.clip(part[held] * concentration[held], SMALLEST, LARGEST) for part in (mean, 1 - mean)
    )
    won[held] = winning_probabilities(alpha, beta, CVS.copies)
    return won
