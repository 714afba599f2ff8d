"""The whole study: all cells, simulated on one or several cores."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.verification.operating_characteristics import bids, explanations, transfers
from tests.verification.operating_characteristics.design import SIZES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from repro.verdicts import Characteristic
    from tests.verification.operating_characteristics.design import Cell


def cells() -> list[Cell]:
    """Return all cells; a claim has each combination of size, world and spread once."""
    one_size = [*transfers.cells(), *bids.cells(), *explanations.cells()]
    return [replace(cell, runs=runs) for runs in SIZES for cell in one_size]


def simulated(number: int) -> Characteristic:
    """Simulate the cell with this number."""
    return cells()[number].simulate()


def study(
    jobs: int, done: Callable[[str], None] = lambda _: None
) -> dict[str, tuple[Characteristic, ...]]:
    """Simulate all cells.

    Args:
        jobs: number of processes; the result does not depend on it.
        done: called with the name of each simulated cell.

    Returns:
        The rows of each claim, in the order of its cells.
    """
    every = cells()
    rows: dict[str, tuple[Characteristic, ...]] = {}
    with ExitStack() as stack:
        made: Iterator[Characteristic] = map(simulated, range(len(every)))
        if jobs > 1:
            fresh = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(jobs, mp_context=fresh))
            made = pool.map(simulated, range(len(every)))
        for cell, row in zip(every, made, strict=True):
            done(f"{', '.join(cell.claims)}, n = {cell.runs}: {cell.world}, {cell.spread}")
            for claim in cell.claims:
                rows[claim] = (*rows.get(claim, ()), row)
    return rows
