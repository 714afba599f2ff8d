"""The rules from estimates to verdicts. Margins are arguments.

Each claim fixes its own before the runs that it judges.

All rules look at intervals. If censored runs leave an end open, it is infinite (0 for the lower end of
a ratio) and lies outside every margin, so only the other end can decide.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from repro.errors import ClaimError, UserError
from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.verdicts.verdict import Comparison, Estimate


def direction(estimate: Estimate, threshold: float = 1.0) -> Verdict:
    """Judge whether a figure exceeds a threshold; by default, whether a ratio is above 1.

    Reproduced if the interval lies above the threshold, not reproduced if below, else inconclusive.
    An interval that touches the threshold is inconclusive.

        >>> from repro.verdicts import Estimate, direction
        >>> direction(Estimate(1.4, 1.2, 1.7))
        <Verdict.REPRODUCED: 'reproduced'>
        >>> direction(Estimate(1.1, 0.9, 1.3))
        <Verdict.INCONCLUSIVE: 'inconclusive'>

    Raises:
        UserError: the estimate or the threshold contains a NaN.
        ClaimError: the estimate contradicts itself.
    """
    _check(estimate)
    _check_numbers("direction", threshold=threshold)
    if estimate.low > threshold:
        return Verdict.REPRODUCED
    if estimate.high < threshold:
        return Verdict.NOT_REPRODUCED
    return Verdict.INCONCLUSIVE


def near(estimate: Estimate, target: float, factor: float, interval_factor: float) -> Verdict:
    """Judge whether a positive figure equals a given number up to a factor.

    Reproduced if the value lies within `factor` of the target, edges included, and the interval
    within `interval_factor`; never for a bound. Not reproduced if the interval lies entirely outside
    `factor`. Else inconclusive.

    Raises:
        UserError: the estimate or a margin contains a NaN.
        ClaimError: the estimate contradicts itself, the target is not positive, or a factor is
            below 1 or infinite.
    """
    _check(estimate)
    _check_numbers("near", target=target, factor=factor, interval_factor=interval_factor)
    if (
        not 0 < target < math.inf
        or not 1 <= factor < math.inf
        or not 1 <= interval_factor < math.inf
    ):
        raise ClaimError(
            f"near: given target {target}, factor {factor}, interval_factor {interval_factor}; "
            "expected a positive target and finite factors of at least 1"
        )
    if estimate.low > target * factor or estimate.high < target / factor:
        return Verdict.NOT_REPRODUCED
    value_near = target / factor <= estimate.value <= target * factor
    if value_near and _within(estimate, target / interval_factor, target * interval_factor):
        return Verdict.REPRODUCED
    return Verdict.INCONCLUSIVE


def equivalent(estimates: Sequence[Estimate], low: float, high: float) -> Verdict:
    """Judge whether all figures lie within margins, as in a test of equivalence.

    Reproduced if every interval lies within [low, high], edges included. Not reproduced if one
    interval lies entirely outside. Else inconclusive.

        >>> from repro.verdicts import Estimate, equivalent
        >>> equivalent([Estimate(1.1, 0.9, 1.3), Estimate(0.9, 0.4, 1.8)], 0.5, 2.0)
        <Verdict.INCONCLUSIVE: 'inconclusive'>

    Raises:
        UserError: an estimate or a margin contains a NaN.
        ClaimError: there is no estimate, one contradicts itself, or the margins are not in order.
    """
    if not estimates:
        raise ClaimError("equivalent: given no estimate; expected at least one to judge")
    for estimate in estimates:
        _check(estimate)
    _check_numbers("equivalent", low=low, high=high)
    if not -math.inf < low < high < math.inf:
        raise ClaimError(
            f"equivalent: given [{low}, {high}]; expected finite margins, low below high"
        )
    if any(estimate.low > high or estimate.high < low for estimate in estimates):
        return Verdict.NOT_REPRODUCED
    if all(_within(estimate, low, high) for estimate in estimates):
        return Verdict.REPRODUCED
    return Verdict.INCONCLUSIVE


def above_in_all(comparisons: Sequence[Comparison], alpha: float = 0.05) -> Verdict:
    """Judge whether all ratios are above their thresholds, mostly 1: one ratio per setting.

    Reproduced if every one-sided lower bound is above its threshold: an intersection-union test, which
    needs no correction (Berger, 1982). Not reproduced if one interval lies entirely below it after Holm's
    correction (1979) over all of them. Else inconclusive.

    Raises:
        UserError: a comparison contains a NaN, or `alpha` is one.
        ClaimError: there is no comparison, one contradicts itself, or `alpha` is not a probability.
    """
    if not comparisons:
        raise ClaimError("above_in_all: given no comparison; expected at least one to judge")
    for comparison in comparisons:
        _check_comparison(comparison)
    _check_numbers("above_in_all", alpha=alpha)
    if not 0 < alpha < 1:
        raise ClaimError(
            f"above_in_all: given alpha {alpha}; expected a probability between 0 and 1"
        )
    if all(comparison.lower > comparison.threshold for comparison in comparisons):
        return Verdict.REPRODUCED
    if min(holm([comparison.p_below for comparison in comparisons])) <= alpha:
        return Verdict.NOT_REPRODUCED
    return Verdict.INCONCLUSIVE


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p-values for their number by Holm's step-down rule (1979).

    The hypotheses whose adjusted p-value is at most α are those that Holm's rule rejects at level α,
    whatever the dependence between their tests.

        >>> from repro.verdicts import holm
        >>> holm([0.01, 0.04, 0.03])
        (0.03, 0.06, 0.06)

    Args:
        p_values: one per hypothesis, in any order.

    Returns:
        The adjusted p-values, in the order given.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    reached = 0.0
    for rank, index in enumerate(order):
        reached = max(reached, min(1.0, (len(order) - rank) * p_values[index]))
        adjusted[index] = reached
    return tuple(adjusted)


def _within(estimate: Estimate, low: float, high: float) -> bool:
    return low <= estimate.low and estimate.high <= high


def _check(estimate: Estimate) -> None:
    """Refuse an estimate that contains a NaN, or whose ends are not in order or contradict its bound."""
    _check_numbers("estimate", value=estimate.value, low=estimate.low, high=estimate.high)
    if estimate.low > estimate.high:
        raise ClaimError(
            f"estimate: given the interval [{estimate.low}, {estimate.high}]; "
            "expected low <= high, swap the ends"
        )
    open_ends = {"exact": "", "lower": "high", "upper": "low", "none": "low high"}.get(
        estimate.bound
    )
    if open_ends is None:
        raise ClaimError(
            f"estimate: given bound {estimate.bound!r}; expected 'exact', 'lower', 'upper' or 'none'"
        )
    if ("high" in open_ends and estimate.high != math.inf) or (
        "low" in open_ends and estimate.low not in {0, -math.inf}
    ):
        raise ClaimError(
            f"estimate: given bound {estimate.bound!r} with the interval [{estimate.low}, "
            f"{estimate.high}]; expected high = inf where the numerator is censored, low = 0 or -inf "
            "where the denominator is"
        )


def _check_comparison(comparison: Comparison) -> None:
    """Refuse a comparison whose lower bound or p-value contradicts its estimate."""
    _check(comparison.estimate)
    lower, p_below, bound = comparison.lower, comparison.p_below, comparison.estimate.bound
    _check_numbers("comparison", lower=lower, p_below=p_below, threshold=comparison.threshold)
    if bound in {"upper", "none"} and lower > 0:
        raise ClaimError(
            f"comparison: given the lower bound {lower} of a ratio whose denominator is censored; "
            "expected 0"
        )
    if not 0 < p_below <= 1 or (bound in {"lower", "none"} and p_below < 1):
        raise ClaimError(
            f"comparison: given p_below {p_below} and bound {bound!r}; expected a probability above "
            "0, and 1 where the numerator is censored"
        )


def _check_numbers(what: str, **numbers: float) -> None:
    for name, number in numbers.items():
        if math.isnan(number):
            raise UserError(
                f"{what}: {name} is not a number; expected a figure that was measured, "
                "look for the run without a value"
            )
