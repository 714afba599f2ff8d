"""Factors of products stay sorted, so that equal products are the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repro.causal.symbolic.expansion import Factors, merged

FACTORS = st.lists(st.integers(-5, 5), max_size=4).map(lambda ids: tuple(sorted(ids)))


@given(FACTORS, FACTORS)
def test_factors_of_two_products_are_sorted_together(one: Factors, other: Factors) -> None:
    assert merged(one, other) == merged(other, one) == tuple(sorted([*one, *other]))
