"""A stream of resamples equals numpy's with the seed of its name, each time it is started."""

from __future__ import annotations

import copy
import hashlib

import numpy as np
import pytest

from claims.transfer._resampling import Resampling
from repro.statistics import ConvergenceTimes, compare
from repro.statistics.ratio import resample


def plain(what: str) -> np.random.Generator:
    """Return numpy's stream; its seed is the first eight bytes of the name's SHA-256."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], "big"))


@pytest.mark.parametrize("sizes", [[(10, 99)], [(10, 99), (10, 99), (3, 7), (10, 99)]])
def test_draws_are_those_of_the_name_s_stream(sizes: list[tuple[int, int]]) -> None:
    expected = plain("ppo/cvs")
    for again in (Resampling("ppo/cvs"), Resampling("ppo/cvs")):
        expected = plain("ppo/cvs")
        for runs, resamples in sizes:
            assert (resample(runs, resamples, again) == resample(runs, resamples, expected)).all()
    assert (resample(4, 9, Resampling("a")) != resample(4, 9, Resampling("b"))).any()


def test_a_copy_continues_like_its_original() -> None:
    stream, expected = Resampling("x"), plain("x")
    resample(10, 5, stream)
    resample(10, 5, expected)
    second = resample(10, 5, expected)
    for one in (copy.deepcopy(stream), stream):
        assert (resample(10, 5, one) == second).all()


def test_draws_are_read_only() -> None:
    counts = Resampling("y").multinomial(3, [1 / 3] * 3, size=4)
    with pytest.raises(ValueError, match="read-only"):
        counts[0] = 0


def test_other_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="expected each with 1/2"):
        Resampling("z").multinomial(2, [0.25, 0.75], size=4)


def test_intervals_are_those_of_the_name_s_stream() -> None:
    slow = ConvergenceTimes(np.array([700, 900, 1500, 2800]), np.zeros(4, np.bool_))
    fast = ConvergenceTimes(np.array([80, 95, 100, 130, 60]), np.zeros(5, np.bool_))
    expected = compare(slow, fast, plain("ppo/cvs"))
    assert [compare(slow, fast, Resampling("ppo/cvs")) for _ in range(2)] == [expected] * 2
