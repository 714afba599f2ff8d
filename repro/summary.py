"""From records to what is drawn and tabled: statistics are taken here, ink goes on elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro import tasks
from repro.experiment import STEPS_PER_EPOCH
from repro.figures import Arm, Curve, Picture, learning_curves, steps_per_seed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from repro.store import Record

Row = tuple[str, str, int, int, bool]
COLUMNS = ("algorithm", "problem", "seed", "epochs", "censored")


def run_rows(records: Iterable[Record]) -> list[Row]:
    """One row a run: algorithm with any setting of its own, problem, seed, epochs, censored.

    Epochs of a censored run are a lower bound.
    """
    rows = []
    for record in records:
        block = record.block
        algorithm = " ".join([block.algorithm, *(f"{k}={v:g}" for k, v in block.settings)])
        runs = zip(block.seeds, record.times.epochs, record.times.censored, strict=True)
        rows += [(algorithm, block.problem, s, int(e), bool(c)) for s, e, c in runs]
    return rows


def curves(records: Sequence[Record]) -> Picture:
    """Learning curves of several algorithms on one problem.

    A run that left had converged; from then on the mean counts it with its last return.

    Args:
        records: one an algorithm, all of the same problem.
    """
    problem = tasks.problem(records[0].block.problem)
    drawn = []
    for record in records:
        mean = _carried_on(record.returns).mean(axis=0)
        drawn.append(Curve(record.block.algorithm.upper(), record.returns, mean))
    what = "Training" if problem.pretraining is None else "Transfer"
    return learning_curves(
        f"curves.{problem.name}",
        drawn,
        title=f"{what}, {problem.name}",
        steps_per_epoch=STEPS_PER_EPOCH,
        log_x=problem.pretraining is not None,
    )


def convergence(panels: Mapping[str, Sequence[Record]]) -> Picture:
    """Steps to convergence of every seed, a panel for each group of records."""
    arms = {
        title: [
            Arm(
                record.block.algorithm.upper(),
                record.times.epochs * float(STEPS_PER_EPOCH),
                record.times.censored,
                float(record.times.epochs.mean()) * STEPS_PER_EPOCH,
            )
            for record in records
        ]
        for title, records in panels.items()
    }
    return steps_per_seed("steps." + ".".join(panels), arms)


def _carried_on(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns [R, epochs] with each run's last one in place of the NaN behind it."""
    last = np.maximum.accumulate(
        np.where(np.isnan(returns), 0, np.arange(returns.shape[1])), axis=1
    )
    return np.take_along_axis(returns, last, axis=1)
