"""The whole study: all cells, simulated on one or several cores."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.verification.operating_characteristics import bids, explanations, learners, transfers
from tests.verification.operating_characteristics.design import SIZES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from repro.verdicts import Characteristic
    from tests.verification.operating_characteristics.design import Cell


def cells() -> list[Cell]:
    """Return all cells; a claim has each combination of size, world and spread once, if it has sizes."""
    one_size = [*transfers.cells(), *bids.cells(), *explanations.cells()]
    by_size = [replace(cell, runs=runs) for runs in SIZES for cell in one_size]
    return [*by_size, *learners.cells()]  # of learners: their number of runs does not matter


def simulated(number: int) -> Characteristic:
    """Simulate the cell with this number."""
    return cells()[number].simulate()


def study(
    jobs: int,
    done: Callable[[str], None] = lambda _: None,
    claims: Collection[str] = (),
) -> dict[str, tuple[Characteristic, ...]]:
    """Simulate all cells, or those of some claims.

    Args:
        jobs: number of processes; the result does not depend on it.
        done: called with the name of each simulated cell.
        claims: their ids; none: all. A cell has its own random stream, so its row is the same either way.

    Returns:
        The rows of each claim, in the order of its cells.
    """
    chosen = [
        number
        for number, cell in enumerate(cells())
        if not claims or not set(cell.claims).isdisjoint(claims)
    ]
    every = [cells()[number] for number in chosen]
    rows: dict[str, tuple[Characteristic, ...]] = {}
    with ExitStack() as stack:
        made: Iterator[Characteristic] = map(simulated, chosen)
        if jobs > 1:
            # Several processes with several threads each take five times as long. A process that is started
            # reads this before it loads numpy.
            os.environ.setdefault("OMP_NUM_THREADS", "1")
            fresh = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(jobs, mp_context=fresh))
            made = pool.map(simulated, chosen)
        for cell, row in zip(every, made, strict=True):
            done(f"{', '.join(cell.claims)}, n = {cell.runs}: {cell.world}, {cell.spread}")
            for claim in cell.claims:
                rows[claim] = (*rows.get(claim, ()), row)
    return rows
