"""Verdicts: the four words, what a claim measured, and the rules that lead from one to the other.

The rules are pure: an `Estimate` in, a `Verdict` out. Margins are arguments; each claim fixes its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a claim, or one of its negative controls, came out as."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Estimate:
    """A measured figure with its 95 % interval.

    Attributes:
        value: the point estimate, in `unit`. Where runs are censored it is a bound, see `bound`.
        low: lower end of the interval; -inf (0 for a ratio) where the data give none.
        high: upper end of the interval; inf where the data give none.
        unit: unit of all three, "" for a pure number.
        bound: "exact"; "lower" where the truth can only be above `value` (the numerator has
            censored runs); "upper" where it can only be below; "none" where both are censored.
    """

    value: float
    low: float
    high: float
    unit: str = ""
    bound: str = "exact"


@dataclass(frozen=True)
class Comparison:
    """A ratio, with what is needed to judge it as one of several.

    Attributes:
        estimate: the ratio with its two-sided 95 % interval.
        lower: one-sided 95 % lower bound of the ratio; 0 where the data give none.
        p_below: the smallest α for which the two-sided 1 - α interval lies wholly below 1; at most
            1, and 1 where the data give no upper end.
    """

    estimate: Estimate
    lower: float
    p_below: float
