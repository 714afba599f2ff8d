"""Named streams of resamples; draws are cached, because the same stream is used many times."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from repro.statistics.streams import seed_of, stream

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

KEPT = 512
"""Number of draws in the cache; one of 9999 resamples of ten runs takes 0.1 MB."""


class Resampling(np.random.Generator):
    """The stream of resamples with a given name, from its start.

    Streams of the same name give the same resamples, so these are drawn once: drawing them takes
    longer than all computations with them.

    Args:
        what: the stream's name, as "ppo/cvs".
    """

    def __init__(self, what: str) -> None:
        super().__init__(np.random.PCG64(seed_of(what)))
        self._what = what
        self._asked: tuple[tuple[int, int], ...] = ()

    def multinomial(  # type: ignore[override]  # resampling calls it in this form only
        self, n: int, pvals: ArrayLike, size: int
    ) -> NDArray[np.unsignedinteger]:
        """Draw the count of each of n runs in each of `size` resamples, [size, n].

        Raises:
            ValueError: the probabilities are not 1/n each.
        """
        if (np.asarray(pvals) != np.full(n, 1 / n)).any():
            raise ValueError(f"given {np.asarray(pvals)} for {n} runs; expected each with 1/{n}")
        self._asked = (*self._asked, (n, size))
        return _drawn(self._what, self._asked)

    def __deepcopy__(self, _memo: object) -> Resampling:
        """Copy the stream in its present state."""
        other = Resampling(self._what)
        other._asked = self._asked
        return other


@lru_cache(KEPT)
def _drawn(what: str, asked: tuple[tuple[int, int], ...]) -> NDArray[np.unsignedinteger]:
    """Return the last draw of a stream from which these (runs, resamples) were drawn in order.

    Counts are kept in the smallest type that they fit in.
    """
    rng = stream(what)
    for runs, size in asked[:-1]:
        rng.multinomial(runs, np.full(runs, 1 / runs), size=size)
    runs, size = asked[-1]
    drawn = rng.multinomial(runs, np.full(runs, 1 / runs), size=size)
    counts = drawn.astype(np.min_scalar_type(runs))
    counts.flags.writeable = False  # the cached array is shared
    return counts
