"""What came out for one claim: a number, and a sentence that says how it compares with what was expected."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from repro.report.interval_svg import estimate_words, margin_words
from repro.report.ladder import written_figure
from repro.report.numbers import allowed, count, interval, short
from repro.report.recorded_outcome import censored_of
from repro.verdicts import Detail, Verdict

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult, Control, Margin, Measured


def found_number(claim: ClaimResult) -> str:
    """Format the number that stands for a claim's outcome; "" if it was not run or has none.

    The judged figure with its interval; or of a claim that judges cases, how many there are if all of them hold, else
    the first of its further figures.
    """
    if claim.verdict is Verdict.NOT_RUN:
        return ""
    if claim.measured is not None and claim.measured.value is not None:
        one = claim.measured
        return interval(one.value, one.low, one.high, one.unit)
    if claim.checked is not None and claim.verdict is Verdict.REPRODUCED:
        return f"{count(claim.checked, 'case')}, no exception"
    return written_figure(vars(claim.details[0])) if claim.details else ""


def found_sentence(claim: ClaimResult) -> str:
    """Say how the outcome compares with what was expected, without a full stop."""
    if claim.verdict is Verdict.NOT_RUN:
        return "was not judged in this run"
    held = parts_held(claim)
    if claim.measured is not None and claim.measured.value is not None:
        if claim.margin is None:
            return f"expected: {claim.expected}"
        said = against_margin(claim.measured, claim.margin, claim.verdict)
        if claim.measured.high == math.inf and claim.verdict is Verdict.INCONCLUSIVE:
            said = f"{said}; runs that did not converge: {censored_of(claim) or 0}"
        return f"{said}; {held}" if held else said
    if claim.verdict is Verdict.REPRODUCED and claim.checked is not None:
        return "each case is as derived by hand or as the talk says"
    if claim.details:
        of = f", of {count(claim.checked, 'case')}" if claim.checked is not None else ""
        return f"{claim.details[0].label}{of}"
    return held or "no single figure decides"


def against_margin(measured: Measured | Detail, margin: Margin, verdict: Verdict) -> str:
    """Say where an interval lies relative to its margin: "above 1, as expected"."""
    low, high = measured.low, measured.high
    where = margin_words(margin)
    inside = (
        f"within {where}" if math.isfinite(margin.low) and math.isfinite(margin.high) else where
    )
    if verdict is Verdict.REPRODUCED:
        return f"all of the interval is {inside}, as expected"
    if low is None or high is None:
        return f"expected {inside}"
    if low > margin.high or high < margin.low:
        side = "above" if low > margin.high else "below"
        edge = margin.high if low > margin.high else margin.low
        return f"all of the interval is {side} {short(edge)}; expected {inside}"
    if margin.low <= low and high <= margin.high:
        return f"this figure is {inside}, as expected, and another part decides"
    if math.isinf(high) or low in {0.0, -math.inf}:
        return f"the interval is open at one end; expected {inside}"
    return f"the interval reaches beyond what is expected: {inside}"


def parts_held(claim: ClaimResult) -> str:
    """Count the parts of a criterion that hold: "3 of 6 parts hold"; "" if it has fewer than two parts."""
    parts = parts_of(claim)
    if len(parts) <= 1:
        return ""
    held = sum(one.verdict is Verdict.REPRODUCED for one in parts)
    return f"{held} of {len(parts)} parts hold"


def parts_of(claim: ClaimResult) -> list[Detail]:
    """Return the parts of the claim's criterion: those that it records, or those of a margin that has two."""
    recorded = [one for one in claim.details if one.part]
    one, margin = claim.measured, claim.margin
    if recorded or one is None or one.value is None or margin is None or margin.estimate is None:
        return recorded
    ends = (one.low, one.high)
    inside = None not in ends and margin.low <= one.low and one.high <= margin.high  # type: ignore[operator]  # not None
    verdicts = {
        f"the estimate is within {estimate_words(margin)}": _estimate_inside(one, margin, claim),
        f"its interval is within {margin_words(margin)}": Verdict.REPRODUCED
        if inside
        else claim.verdict,
    }
    return [Detail(name, one.value, *ends, said, part=True) for name, said in verdicts.items()]


def _estimate_inside(one: Measured, margin: Margin, claim: ClaimResult) -> Verdict:
    """Judge whether the estimate alone is where it must be; a bound is if all that it allows is."""
    least, most = allowed(one.value or 0.0, one.low, one.high)
    if margin.allows(least) and margin.allows(most):
        return Verdict.REPRODUCED
    low, high = margin.estimate or (margin.low, margin.high)
    return claim.verdict if most < low or high < least else Verdict.INCONCLUSIVE


def control_note(control: Control, margin: Margin | None) -> str:
    """Say why a control has no figure, or why it is not "reproduced" although its figure is where it should be."""
    one = control.measured
    if one is None:
        return control.why
    if (
        margin is None
        or one.low is None
        or one.high is None
        or control.verdict is Verdict.REPRODUCED
    ):
        return ""
    inside = margin.low <= one.low and one.high <= margin.high
    return "another part of the criterion decides" if inside else ""
