"""How runs scatter in this run, and which simulated spread is nearest to it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from statistics import median, stdev
from typing import TYPE_CHECKING, Any

from repro.report.numbers import short
from repro.verdicts import Characteristic, PerSeedValues

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repro.verdicts import ClaimResult

_SPREAD = re.compile(r"(log-)?sd ([\d.]+)(?:, CVS's ([\d.]+))?(.*)")
"""Spreads as data/characteristics.csv writes them: "log-sd 0.9, CVS's 0.3, a tenth censored"."""
_CVS = re.compile(r"\bCVS\b")
_TENTH = 0.1
_FEWEST = 3
"""Values without which an arm has no spread."""


@dataclass(frozen=True)
class MeasuredSpread:
    """How the runs of a claim scatter: standard deviations over the runs of an arm, the median over arms.

    Attributes:
        log: whether of logarithms.
        cvs: of the arms of CVS; None if there is none.
        others: of all other arms; None if there is none.
        censored: share of all runs that are censored; they enter at their bound.
    """

    log: bool
    cvs: float | None
    others: float | None
    censored: float

    def __str__(self) -> str:
        """Format as "log-sd 0.97, CVS's 0.12; 2 % of runs censored"."""
        kind = "log-sd" if self.log else "sd"
        main = self.others if self.others is not None else self.cvs
        words = f"{kind} {short(main or 0.0)}"
        if self.others is not None and self.cvs is not None:
            words += f", CVS's {short(self.cvs)}"
        return f"{words}; {100 * self.censored:.0f}\N{NO-BREAK SPACE}% of runs censored"


def measured_spread(claim: ClaimResult) -> MeasuredSpread | None:
    """Measure how the runs of a claim scatter; None if it shows no seeds, or if learners and not runs are simulated.

    Times scatter on a logarithmic scale. The first quantity that the claim shows of each seed counts.
    """
    return spread_of(claim.points, claim.characteristics)


def spread_of(
    points: Sequence[PerSeedValues], worlds: Sequence[Characteristic]
) -> MeasuredSpread | None:
    """Measure how runs scatter, from the figures of each seed and the worlds whose spreads they are compared with."""
    parsed = [one for one in map(_SPREAD.fullmatch, {row.spread for row in worlds}) if one]
    if not points or not parsed or any("learners" in one[4] for one in parsed):
        return None
    log = parsed[0][1] is not None
    first = points[0].quantity
    arms = [arm for arm in points if arm.quantity == first]
    many = sum(len(arm.values) for arm in arms)
    found = MeasuredSpread(
        log,
        _median(arms, log, lambda label: bool(_CVS.search(label))),
        _median(arms, log, lambda label: not _CVS.search(label)),
        sum(sum(arm.censored) for arm in arms) / many,
    )
    return None if found.cvs is None and found.others is None else found


def published_spreads(claim: Mapping[str, Any]) -> list[str]:
    """Return the simulated spreads that are nearest to the measured one, of a claim of claims.json."""
    worlds = tuple(Characteristic(**row) for row in claim["characteristics"])
    points = tuple(PerSeedValues(**row) for row in claim["points"])
    return sorted(nearest(worlds, spread_of(points, worlds)))


def nearest(worlds: Sequence[Characteristic], measured: MeasuredSpread | None) -> set[str]:
    """Return the simulated spreads that are nearest to the measured one; several if they differ in something else."""
    if measured is None:
        return set()
    parsed = {row.spread: one for row in worlds if (one := _SPREAD.fullmatch(row.spread))}
    away = {spread: _distance(one, measured) for spread, one in parsed.items()}
    return {spread for spread, one in away.items() if one == min(away.values())}


def _distance(simulated: re.Match[str], measured: MeasuredSpread) -> tuple[float, float]:
    """Compare standard deviations, as ratios, and then the shares of censored runs."""
    others = float(simulated[2])
    pairs = ((measured.others, others), (measured.cvs, float(simulated[3] or others)))
    apart = sum(abs(math.log(found / given)) for found, given in pairs if found)
    censored = _TENTH if "tenth" in simulated[4] else 0.0
    return round(apart, 9), abs(measured.censored - censored)


def _median(
    arms: Sequence[PerSeedValues], log: bool, chosen: Callable[[str], bool]
) -> float | None:
    """Return the median over the chosen arms of the standard deviation of their values."""
    found = []
    for arm in arms:
        values = [one for one in arm.values if one is not None and (one > 0 or not log)]
        if chosen(arm.label) and len(values) >= _FEWEST:
            found.append(stdev(map(math.log, values) if log else values))
    return median(found) if found else None
