"""What two algorithms can have in common at the start of a transfer, and how it is reached.

A match is a function in `MATCHES`. It looks at probabilities of actions at the changed state and returns a
factor, which makes a policy sharper or more uniform, and a shift of one action's logit. It knows no algorithm.

    >>> sorted(MATCHES)
    ['matched_exploration', 'matched_habit']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import logsumexp

from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Match = Callable[[Callable[[float], Floats], Floats, "ChangedDecision"], "Adjustment"]

DOUBLINGS = 10
"""Factors from 1/1024 to 1024 are tried."""
HALVINGS = 60
"""Steps of the bisection; float64 has 52 binary digits."""


class ChangedDecision(NamedTuple):
    """The decision that a transfer changes.

    Attributes:
        state: its row in the transfer problem's tables.
        old: index of the action that was right in training.
        new: index of the action that is right in transfer.
    """

    state: int
    old: int
    new: int


class Adjustment(NamedTuple):
    """How the weights of one run are changed.

    Attributes:
        factor: of the last layer, or in CVS of the outputs for concentrations.
        shift: added to the newly right action's bias; a logit.
    """

    factor: float
    shift: float = 0.0


def crossing(value: Callable[[float], float], wanted: float, what: str) -> float:
    """Find the factor, the nearest to 1 in powers of 2, at which a log-probability is as wanted.

    Args:
        value: log-probability at a factor; NaN where it has none.
        wanted: log-probability.
        what: has this probability, for the message.

    Raises:
        UserError: no factor from 1/1024 to 1024 reaches it.

    >>> round(crossing(lambda factor: -6 * factor, -9, "the probability"), 6)
    1.5
    """
    seen = {0: value(1.0)}
    for power in range(1, DOUBLINGS + 1):
        for outer, inner in ((power, power - 1), (-power, 1 - power)):
            seen[outer] = value(2.0**outer)
            if (seen[outer] - wanted) * (seen[inner] - wanted) <= 0:  # false for NaN
                return _bisected(value, wanted, (2.0**inner, 2.0**outer))
    reached = [one for one in seen.values() if not np.isnan(one)]
    least, most = (np.exp(end) for end in (min(reached), max(reached))) if reached else (0.0, 0.0)
    raise UserError(
        f"{what}: wanted {np.exp(wanted):.6g}, and factors from {2.0**-DOUBLINGS:g} to "
        f"{2.0**DOUBLINGS:g} reach {least:.6g} to {most:.6g}; leave this seed out, or match another block"
    )


def _bisected(value: Callable[[float], float], wanted: float, ends: tuple[float, float]) -> float:
    """Bisect between two factors, at one of which the value is too low and at the other too high."""
    low, high = ends if value(ends[0]) <= value(ends[1]) else ends[::-1]
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if value(middle) < wanted else (low, middle)
    return min((low, high), key=lambda factor: abs(value(factor) - wanted))


def match_exploration(
    chances: Callable[[float], Floats], wanted: Floats, decision: ChangedDecision
) -> Adjustment:
    """Match the probability of the newly right action.

    Args:
        chances: log-probabilities of all actions at the changed state, [A], at a factor.
        wanted: the reference's, [A].
        decision: that is changed.

    Raises:
        UserError: see `crossing`.
    """
    what = "the probability of the newly right action"
    new = decision.new
    return Adjustment(crossing(lambda factor: float(chances(factor)[new]), wanted[new], what))


def match_habit(
    chances: Callable[[float], Floats], wanted: Floats, decision: ChangedDecision
) -> Adjustment:
    """Match the probabilities of the action that was right and of the newly right one.

    The factor gives the old action its odds against all but the new one, which the shift leaves alone. Then the
    shift gives the new one its odds against all others.

    Args:
        chances: see `match_exploration`.
        wanted: likewise.
        decision: likewise.

    Raises:
        UserError: see `crossing`.
    """
    old, new = decision.old, decision.new

    def odds(one: Floats, action: int, without: Sequence[int]) -> float:
        return float(one[action] - logsumexp(np.delete(one, without)))

    factor = crossing(
        lambda factor: odds(chances(factor), old, (old, new)),
        odds(wanted, old, (old, new)),
        "the odds of the action that was right, against all but the newly right one",
    )
    return Adjustment(factor, odds(wanted, new, (new,)) - odds(chances(factor), new, (new,)))


MATCHES: dict[str, Match] = {"matched_exploration": match_exploration, "matched_habit": match_habit}
"""All matches by name."""
