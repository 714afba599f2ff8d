"""The four verdicts, and what is judged: a figure with its interval, or a ratio among several."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """The outcome of judging a claim, or one of its negative controls."""

    REPRODUCED = "reproduced"
    NOT_REPRODUCED = "not reproduced"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Estimate:
    """A measured figure with its 95 % interval.

    Attributes:
        value: the point estimate, in `unit`. If runs are censored it is a bound, see `bound`.
        low: lower end of the interval; -inf (0 for a ratio) if the data give none.
        high: upper end of the interval; inf if the data give none.
        unit: unit of all three; "" for a pure number.
        bound: "exact"; "lower" if the true value can only be above `value`, because the numerator
            has censored runs; "upper" if it can only be below; "none" if both have censored runs.
        note: why the data give no interval, if they do not and no run is censored; the reason of an
            inconclusive verdict.
    """

    value: float
    low: float
    high: float
    unit: str = ""
    bound: str = "exact"
    note: str = field(default="", repr=False)


@dataclass(frozen=True)
class Comparison:
    """A ratio, with the figures that are needed to judge it as one of several.

    Attributes:
        estimate: the ratio with its two-sided 95 % interval.
        lower: one-sided 95 % lower bound of the ratio; 0 if the data give none.
        p_below: the smallest α for which the two-sided 1 - α interval lies entirely below the threshold; at
            most 1, and 1 if the data give no upper end.
        threshold: what the ratio is to exceed.
    """

    estimate: Estimate
    lower: float
    p_below: float
    threshold: float = 1.0
