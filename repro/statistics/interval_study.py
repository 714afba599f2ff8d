"""A simulation study that chose the interval for the ratio of mean times, before any transfer run.

`python -m repro.statistics.interval_study` writes data/coverage.csv from a fixed seed, in about two minutes.

Design. A cell is a pair of distributions, a number of runs per arm and a censored fraction. Times
are log-normal with log-sd 0.3, 0.6, 0.9, 1.2, or exponential. The pairs have either equal spread in
both arms, or a numerator (the slow arm) of greater spread over a log-normal of log-sd 0.3. All means
are 1: a change of unit in one arm shifts every candidate's interval as much as the true value (a test
checks this), so a true ratio of 10 would give the same coverage as a true ratio of 1. Swapping the
arms only changes signs on the log scale, so the transposed pairs would give the same coverage too.
Censoring cuts the numerator off at its quantile of 1 - fraction, as a limit on epochs does. The
interval is [low, inf) if the data set has a censored run, and has both ends if not, as for real data.

Criterion, fixed before the study was first run. The cells that count are those with 10 runs per arm,
the size of the real arms at that time, and no censoring. A method's score is its worst coverage over the nine
pairs, where coverage above the nominal 95 % counts as 95 %. Methods within one percentage point of
the best score count as equal; of these the one with the smallest median log-width, averaged over the nine
pairs, is chosen. So coverage decides first; width only breaks ties.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from repro.statistics.interval_candidates import CANDIDATES
from repro.statistics.interval_coverage import Row, write

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SEED = 20210718
REPLICATIONS = 5000
CHUNK = 500
"""Data sets that share one draw of resamples, which makes the bootstraps matrix products."""

DISTRIBUTIONS = {f"lognormal-{sd}": sd for sd in (0.3, 0.6, 0.9, 1.2)} | {"exponential": None}
"""Log-sd of each distribution of times; the exponential has none."""
NARROW = "lognormal-0.3"
PAIRS = (*((d, d) for d in DISTRIBUTIONS), *((d, NARROW) for d in DISTRIBUTIONS if d != NARROW))
SIZES = (5, 10, 20)
LATER_SIZES = (30,)
"""Simulated when the paper tier got thirty runs per arm; the choice does not depend on them."""
FRACTIONS = (0.0, 0.1, 0.25, 0.5)


def draw(name: str, size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw times of mean 1 from the named distribution, float [size]."""
    log_sd = DISTRIBUTIONS[name]
    if log_sd is None:
        return rng.exponential(size=size)
    return rng.lognormal(-(log_sd**2) / 2, log_sd, size=size)


def quantile(name: str, probability: float) -> float:
    """Return a quantile of the named distribution of mean 1; infinite at probability 1."""
    log_sd = DISTRIBUTIONS[name]
    if log_sd is None:
        return float(stats.expon.ppf(probability))
    return float(stats.lognorm.ppf(probability, log_sd, scale=np.exp(-(log_sd**2) / 2)))


def simulate(
    pair: tuple[str, str],
    runs: int,
    censored: float,
    rng: np.random.Generator,
    replications: int = REPLICATIONS,
) -> list[Row]:
    """Simulate the data sets of one cell, and apply every candidate to the same data.

    Args:
        pair: distributions of numerator and denominator, keys of `DISTRIBUTIONS`.
        runs: number of runs in each arm, at least 2.
        censored: fraction of the numerator's distribution to cut off, from 0 to below 1.
        rng: source of the data and of the bootstraps.
        replications: number of data sets, a multiple of `CHUNK`.
    """
    cap = quantile(pair[0], 1 - censored)
    ends: dict[str, list[NDArray[np.float64]]] = {name: [] for name in CANDIDATES}
    cuts = []
    for _ in range(replications // CHUNK):
        numerator = draw(pair[0], (CHUNK, runs), rng)
        denominator = draw(pair[1], (CHUNK, runs), rng)
        cut = (numerator > cap).any(axis=1)
        cuts.append(cut)
        for name, interval in CANDIDATES.items():
            low, high = interval(np.minimum(numerator, cap), denominator, rng)
            ends[name].append(np.stack([low, np.where(cut, np.inf, high)]))
    rows = []
    for name, chunks in ends.items():
        low, high = np.concatenate(chunks, axis=1)
        above, below = float((low > 0).mean()), float((high < 0).mean())
        coverage = 1 - above - below
        rows.append(
            Row(
                *pair,
                runs=runs,
                censored=censored,
                method=name,
                replications=low.size,
                coverage=round(coverage, 4),
                standard_error=round(float(np.sqrt(coverage * (1 - coverage) / low.size)), 4),
                above=round(above, 4),
                below=round(below, 4),
                one_sided=round(float(np.mean(cuts)), 4),
                median_log_width=round(float(np.median(high - low)), 4),
                median_low=round(float(np.exp(np.median(low))), 4),
            )
        )
    return rows


def cells() -> list[tuple[tuple[str, str], int, float]]:
    """List the cells of the design: pair, runs per arm, censored fraction.

    Later cells are at the end, so that the others keep their random streams.
    """
    designs = (itertools.product(PAIRS, sizes, FRACTIONS) for sizes in (SIZES, LATER_SIZES))
    return list(itertools.chain(*designs))


def study() -> Iterable[Row]:
    """Simulate all cells, each with its own random stream."""
    for index, cell in enumerate(cells()):
        yield from simulate(*cell, np.random.default_rng([SEED, index]))


def main() -> None:
    """Write the table to the file named on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m repro.statistics.interval_study", description="Write the coverage table."
    )
    parser.add_argument("--out", type=Path, default=Path("data/coverage.csv"), help="CSV file")
    write(study(), parser.parse_args().out)


if __name__ == "__main__":
    main()
