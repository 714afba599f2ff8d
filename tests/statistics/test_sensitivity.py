"""The headline ratio under other rules, on returns whose times are known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from repro.statistics import epochs_to_convergence, ratio_of_means, sensitivity

# Each run rises through 0.76, 0.785 and 0.793 to 0.8: within 0.05 from the first value on, 0.02 from
# the second, 0.01 from the third, 0.005 from the last.


def climb(*lengths: int) -> list[float]:
    levels = [0.1, 0.76, 0.785, 0.793, 0.8]
    return [level for level, length in zip(levels, lengths, strict=True) for _ in range(length)]


# Every run has 145 epochs.
SLOW = [climb(40, 20, 20, 20, 45), climb(60, 20, 20, 20, 25)]
FAST = [climb(4, 5, 5, 5, 126), climb(6, 5, 5, 5, 124)]


def test_every_rule_by_hand() -> None:
    rows = {
        (row.tolerance, row.window): row.estimate
        for row in sensitivity(SLOW, FAST, np.random.default_rng(1))
    }
    assert list(rows) == [(t, w) for t in (0.005, 0.01, 0.02, 0.05) for w in (10, 30, 50)]
    means = {0.005: (111, 21), 0.01: (91, 16), 0.02: (71, 11), 0.05: (51, 6)}
    for (tolerance, _), estimate in rows.items():
        slow, fast = means[tolerance]
        assert estimate.value == pytest.approx(slow / fast)
    # With tolerance 0.005 the slow runs are near for 45 and 25 epochs only; with 0.01 the second
    # run is near for 45.
    lower = {rule for rule, estimate in rows.items() if estimate.bound == "lower"}
    assert lower == {(0.005, 30), (0.005, 50), (0.01, 50)}
    assert all(rows[rule].high == math.inf for rule in lower)
    assert {estimate.bound for rule, estimate in rows.items() if rule not in lower} == {"exact"}


def test_each_row_is_the_plain_ratio_from_the_same_state() -> None:
    rng = np.random.default_rng(9)
    rows = sensitivity(SLOW, FAST, rng, tolerances=[0.02, 0.01], windows=[30])
    times = [epochs_to_convergence(returns) for returns in (SLOW, FAST)]
    assert rows[1].estimate == ratio_of_means(times[0], times[1], np.random.default_rng(9))
    assert rng.random() == np.random.default_rng(9).random()
