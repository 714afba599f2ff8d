"""Selection mechanisms: from the bids at a state to the choice made.

Compiled, and called from the compiled rollouts. Selection only ever picks; what learning needs to
know about it (who won) is recorded, and credit is computed elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BID_LOW, BID_HIGH = np.float32(1e-6), np.float32(1 - 1e-6)
"""Bids are kept from 0 and 1, where a Beta distribution's log-density has no value."""


@numba.njit
def sample_action(generator: np.random.Generator, cumulative: NDArray[np.float64]) -> int:
    """Draw an action by inversion.

    Args:
        generator: the run's own.
        cumulative: [K], cumulative probabilities of the actions.

    Returns:
        The action.
    """
    uniform, action = generator.random(), 0
    while action < cumulative.size - 1 and uniform >= cumulative[action]:
        action += 1
    return action


@numba.njit
def hold_auction(
    generator: np.random.Generator,
    alpha: NDArray[np.float64],
    beta: NDArray[np.float64],
    bids: NDArray[np.float32],
) -> int:
    """Let every mechanism and its clones bid, independently of each other; the highest bid wins.

    Args:
        generator: the run's own.
        alpha: [K], shape parameter of each mechanism's Beta distribution.
        beta: [K], likewise.
        bids: [E], filled here; E / K entries in a row belong to one mechanism.

    Returns:
        The winning entry, the first one on a tie.
    """
    copies, winner = bids.size // alpha.size, 0
    for entry in range(bids.size):
        k = entry // copies
        bid = np.float32(generator.beta(alpha[k], beta[k]))
        bids[entry] = min(max(bid, BID_LOW), BID_HIGH)
        if bids[entry] > bids[winner]:
            winner = entry
    return winner
