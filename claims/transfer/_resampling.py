"""Streams of resamples, each with a name; what has been drawn from one is kept for the next time."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

KEPT = 64
"""Draws that are kept at most; one of 9999 resamples of ten runs takes 0.8 MB."""


class Resampling(np.random.Generator):
    """The stream that belongs to a comparison's name, from its beginning.

    A stream of one name gives the same resamples however often it is begun again, so these are drawn
    once: drawing them takes longer than all that is made of them.
    """

    def __init__(self, what: str) -> None:
        """Begin the stream named `what`."""
        super().__init__(np.random.PCG64(_seed(what)))
        self._what = what
        self._asked: tuple[tuple[int, int], ...] = ()

    def multinomial(  # type: ignore[override]  # resampling asks for nothing else
        self, n: int, pvals: ArrayLike, size: int
    ) -> NDArray[np.int64]:
        """Draw how often each of n runs enters each of `size` resamples, [size, n].

        Raises:
            ValueError: the probabilities are not one for each run, all alike.
        """
        if (np.asarray(pvals) != np.full(n, 1 / n)).any():
            raise ValueError(f"given {np.asarray(pvals)} for {n} runs; expected each with 1/{n}")
        self._asked = (*self._asked, (n, size))
        return _drawn(self._what, self._asked)

    def __deepcopy__(self, _memo: object) -> Resampling:
        """Make another stream that goes on from where this one is."""
        other = Resampling(self._what)
        other._asked = self._asked
        return other


def _seed(what: str) -> int:
    return int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], "big")


@lru_cache(KEPT)
def _drawn(what: str, asked: tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
    """What the stream gives when it was asked for these (runs, resamples), the last of them."""
    rng = np.random.default_rng(_seed(what))
    for runs, size in asked[:-1]:
        rng.multinomial(runs, np.full(runs, 1 / runs), size=size)
    runs, size = asked[-1]
    counts = rng.multinomial(runs, np.full(runs, 1 / runs), size=size)
    counts.flags.writeable = False  # it is handed out again
    return counts
