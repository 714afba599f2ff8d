"""Evidence that cannot be drawn correctly is refused when it is created."""

from __future__ import annotations

import math

import pytest

from repro.errors import ClaimError
from repro.verdicts import Margin, PerSeedValues


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, math.inf), (-math.inf, 0.05), (9.2, 20.8), (-0.05, 0.05)]
)
def test_a_margin_has_an_end(low: float, high: float) -> None:
    margin = Margin(low, high)
    assert (margin.low, margin.high, margin.target) == (low, high, None)


@pytest.mark.parametrize(
    ("low", "high"),
    [(-math.inf, math.inf), (2.0, 1.0), (1.0, 1.0), (math.nan, 1.0), (1.0, math.nan)],
)
def test_a_margin_that_contains_nothing_or_everything_is_refused(low: float, high: float) -> None:
    with pytest.raises(ClaimError, match="expected low below high"):
        Margin(low, high)


def test_a_target_lies_in_its_margin() -> None:
    assert Margin(9.0, 21.0, 13.9).target == 13.9
    two = Margin(4.6, 41.7, 13.9, estimate=(9.2, 20.9))
    assert [two.allows(value) for value in (9.1, 9.2, 13.9, 20.9, 21.0)] == [0, 1, 1, 1, 0]
    assert Margin(low=1.0).allows(1.0)
    assert not Margin(low=1.0).allows(0.9)
    with pytest.raises(ClaimError, match="expected the first within the second"):
        Margin(9.0, 21.0, 13.9, estimate=(8.9, 15.0))
    with pytest.raises(ClaimError, match="expected the target inside"):
        Margin(1.0, 2.0, 13.9)


def test_each_value_has_a_flag() -> None:
    assert PerSeedValues("PPO", "epochs", (3.0, None), (False, True)).values == (3.0, None)
    for values, censored in [((), ()), ((1.0,), ()), ((1.0,), (False, True))]:
        with pytest.raises(ClaimError, match="a flag for each"):
            PerSeedValues("PPO", "epochs", values, censored)
