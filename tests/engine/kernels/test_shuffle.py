"""Kernels: shuffles."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from repro.engine.kernels.shuffle import permute

if TYPE_CHECKING:
    from numpy.typing import NDArray


def orders(learners: int, samples: int, seed: int) -> NDArray[np.int32]:
    out = np.full((learners, samples), -1, np.int32)
    uniform = np.random.default_rng(seed).random((learners, samples))
    for numbers, row in zip(uniform, out, strict=True):
        permute(numbers, row)
    return out


@pytest.mark.parametrize("samples", [3, 4])
def test_all_orders_of_a_few_samples_are_equally_likely(samples: int) -> None:
    learners = 6000
    found = orders(learners, samples, seed=3)
    every = list(permutations(range(samples)))
    counts = np.array([(found == order).all(axis=1).sum() for order in every])
    # All of them are permutations.
    assert counts.sum() == learners
    assert stats.chisquare(counts).pvalue > 1e-3


def test_positions_in_a_long_order_are_uniform() -> None:
    samples = 64
    found = orders(20_000, samples, seed=4)
    assert (np.sort(found, axis=1) == np.arange(samples)).all()
    for sample in (0, 31, 63):
        places = np.argwhere(found == sample)[:, 1]
        assert stats.chisquare(np.bincount(places, minlength=samples)).pvalue > 1e-3


def test_an_order_by_hand() -> None:
    out = np.full(3, -1, np.int32)
    # 0 alone; 1 takes the place of 0; 2 stays behind.
    permute(np.array([0.5, 0.2, 0.9]), out)
    assert out.tolist() == [1, 0, 2]
