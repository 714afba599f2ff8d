"""Products of which two gradients can share a part, against a comparison of all pairs."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from repro.causal.symbolic.expressions import ExpressionGraph
from repro.causal.symbolic.shared_products import shared_product


@pytest.mark.parametrize("seed", range(200))
def test_a_shared_product_is_found_if_two_products_have_two_common_factors(seed: int) -> None:
    """A factor that occurs twice in both counts twice."""
    rng = np.random.default_rng(seed)
    e = ExpressionGraph()
    inputs = [e.root("input", 0, i) for i in range(rng.integers(3, 8))]
    products = [
        e.apply("product", tuple(rng.choice(inputs, rng.integers(2, 5)).tolist()))
        for _ in range(rng.integers(2, 9))
    ]
    first, second = products[: len(products) // 2], products[len(products) // 2 :]
    expected = [
        (common, i, j)
        for i in first
        for j in second
        if (common := Counter(e.parents[i]) & Counter(e.parents[j])).total() > 1
    ]
    found = shared_product(e, first, second)
    if not expected:
        assert found is None
    else:
        common, i, j = expected[0]
        assert found is not None
        assert found[1] == (i, j)
        assert Counter(e.parents[found[0]]) == common
