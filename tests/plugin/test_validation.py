"""Recorded numbers that are too large for a float."""

from __future__ import annotations

from fractions import Fraction

import pytest

from repro.errors import ClaimError
from repro.plugin import validation

HUGE = 10**400


@pytest.mark.parametrize("value", [HUGE, -HUGE, Fraction(HUGE)])
def test_a_point_too_large_for_a_float_is_refused(value: float) -> None:
    with pytest.raises(ClaimError, match="expected a finite number for each seed, or None"):
        validation.points("PPO", "epochs", [1.0, value])


def test_a_cell_may_be_a_whole_number_of_any_size() -> None:
    table = validation.table("A title", ["a", "b"], [[HUGE, Fraction(1, 2)]])
    assert table.rows == ((HUGE, 0.5),)
