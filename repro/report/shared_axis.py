"""Axes that several intervals share, so that their drawings can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from repro.report.interval_svg import drawing, scale, sparkline
from repro.report.numbers import number
from repro.report.svg_axis import drawable, fit_axis
from repro.verdicts import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.report.svg_axis import Axis
    from repro.verdicts import ClaimResult, Margin, Measured


def is_ratio(claim: ClaimResult) -> bool:
    """Return whether a claim is judged by a positive number without a unit, whose margin is positive too."""
    one, margin = claim.measured, claim.margin
    return (
        one is not None
        and not one.unit
        and all(value > 0 for value in _values(one, margin))
        and (margin is None or max(margin.low, margin.high) > 0)
    )


def rerun(claim: ClaimResult) -> str:
    """Write where the ratio of a rerun with as many other seeds would fall; "" if the claim has no ratio."""
    one = claim.measured
    if (
        one is None
        or one.value is None
        or one.low is None
        or one.high is None
        or not is_ratio(claim)
    ):
        return ""
    from repro.statistics.prediction import prediction_interval  # noqa: PLC0415 - imports scipy

    low, high = prediction_interval(Estimate(one.value, one.low, one.high))
    return f"[{number(low)},\N{NO-BREAK SPACE}{number(high)}]"


def ratio_axis(claims: Iterable[ClaimResult]) -> Axis | None:
    """Return the logarithmic axis that shows the figures of all claims that are judged by ratios; None if none is."""
    values = [
        value
        for claim in claims
        if is_ratio(claim) and claim.measured is not None
        for value in _values(claim.measured, claim.margin)
    ]
    return fit_axis(values, log=True) if values else None


def control_axis(claim: ClaimResult) -> Axis | None:
    """Return the axis that shows a claim's figure, its margin and those of its controls; None if no control has one."""
    measured = [control.measured for control in claim.controls if control.measured is not None]
    if not measured:
        return None
    own = [] if claim.measured is None else [claim.measured]
    values = [value for one in (*own, *measured) for value in _values(one, claim.margin)]
    return fit_axis(values, log=min(values) > 0) if values else None


def ruler(axis: Axis | None) -> Markup:
    """Draw an axis alone, for the head of a table; screen readers skip it. "" without an axis."""
    return drawing("ruler", 22, scale(axis, 1)) if axis is not None else Markup()


def on_shared(claim: ClaimResult, axis: Axis | None) -> Markup:
    """Draw a claim's figure, on the shared axis if it is a ratio, else on its own; "" if it has none."""
    if claim.measured is None:
        return Markup()
    return sparkline(claim.measured, claim.margin, axis if is_ratio(claim) else None)


def _values(measured: Measured, margin: Margin | None) -> list[float]:
    """List the finite values; 0 as the lower end of a ratio is no bound."""
    ends = () if margin is None else (margin.low, margin.high, margin.target)
    low = None if measured.low == 0 else measured.low
    return [one for one in (measured.value, low, measured.high, *ends) if drawable(one)]
