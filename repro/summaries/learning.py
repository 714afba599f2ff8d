"""From records to what is drawn and tabled: statistics are taken here, ink goes on elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro import tasks
from repro.figures import (
    Arm,
    Curve,
    Panel,
    Picture,
    curve_grid,
    learning_curves,
    steps_per_seed,
)
from repro.protocol.blocks import STEPS_PER_EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from repro.records.record import Record

Row = tuple[str, str, int, int, bool]
POINTS = 300
"""Points of a drawn curve at most."""


def run_rows(records: Iterable[Record]) -> list[Row]:
    """One row a run: algorithm with any setting of its own, problem, seed, epochs, censored.

    Epochs of a censored run are a lower bound.
    """
    rows = []
    for record in records:
        block = record.block
        algorithm = " ".join([block.algorithm, *(f"{k}={v:g}" for k, v in block.hyperparameters)])
        runs = zip(block.seeds, record.times.epochs, record.times.censored, strict=True)
        rows += [(algorithm, block.problem, s, int(e), bool(c)) for s, e, c in runs]
    return rows


def curves(records: Sequence[Record]) -> Picture:
    """Learning curves of several algorithms on one problem.

    Args:
        records: one an algorithm, all of the same problem.
    """
    problem = tasks.problem(records[0].block.problem)
    what = "Training" if problem.pretraining is None else "Transfer"
    return learning_curves(
        f"curves.{problem.name}",
        [_curve(record) for record in records],
        title=f"{what}, {problem.name}",
        steps_per_epoch=STEPS_PER_EPOCH,
        log_x=problem.pretraining is not None,
    )


def all_curves(records: Mapping[str, Sequence[Record]]) -> Picture:
    """Learning curves of several algorithms on all problems, a row for each topology.

    Args:
        records: by problem, one an algorithm and in the same order; each topology's training problem
            first, and as many problems in each topology.
    """
    rows: dict[str, list[Panel]] = {}
    for name, arms in records.items():
        topology, part = spoken(name)
        transfer = tasks.problem(name).pretraining is not None
        title = f"transfer: {part}" if transfer else part
        panel = Panel(title, [_curve(record) for record in arms], log_x=transfer)
        rows.setdefault(topology, []).append(panel)
    return curve_grid("curves.all_problems", rows, steps_per_epoch=STEPS_PER_EPOCH)


def convergence(panels: Mapping[str, Sequence[Record]], name: str = "") -> Picture:
    """Steps to convergence of every seed, a panel for each group of records.

    Args:
        panels: records by the panel's title.
        name: of the figure's file, after "steps."; else the titles joined.
    """
    arms = {title: [arm(record) for record in records] for title, records in panels.items()}
    return steps_per_seed(f"steps.{name or '.'.join(panels)}", arms)


def arm(record: Record) -> Arm:
    """Steps to convergence of a record's runs, as figures take them."""
    return Arm(
        record.block.algorithm.upper(),
        record.times.epochs * float(STEPS_PER_EPOCH),
        record.times.censored,
        float(record.times.epochs.mean()) * STEPS_PER_EPOCH,
    )


def spoken(problem: str) -> tuple[str, str]:
    """Write "linear_chain.last" as the words "linear chain" and "last"."""
    topology, _, part = problem.replace("_", " ").partition(".")
    return topology, part


def _curve(record: Record) -> Curve:
    """Curve of a record: thinned, its mean over seeds with each run that left at its last return.

    A run that left had converged. Curves longer than `POINTS` epochs are thinned to that many bins at
    most, of equal width on the axis that they are drawn on: linear in training, logarithmic in
    transfer. Each point is the mean over a bin's epochs that the run has, drawn at the bin's last.
    """
    bins = bin_ends(record.returns.shape[1], log=record.block.parent is not None)
    mean = _carried_on(record.returns).mean(axis=0)
    return Curve(
        record.block.algorithm.upper(),
        binned(record.returns, bins),
        binned(mean[None, :], bins)[0],
        bins,
        record.times.censored,
    )


def bin_ends(epochs: int, *, log: bool, points: int = POINTS) -> NDArray[np.int64]:
    """Last epochs, counted from 1, of at most `points` bins that part epochs 1 to `epochs`.

    Bins are of equal width, on a logarithmic axis if `log`, but hold a whole epoch at least.
    """
    if epochs <= points:
        return np.arange(1, epochs + 1)
    ends = np.geomspace(1, epochs, points) if log else np.linspace(0, epochs, points + 1)[1:]
    return np.unique(np.round(ends)).astype(np.int64)


def binned(returns: NDArray[np.float64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Means [R, bins] of returns [R, epochs] over each bin's epochs; NaN where a run has none."""
    starts = np.concatenate([[0], ends[:-1]])
    present = ~np.isnan(returns)
    total = np.add.reduceat(np.where(present, returns, 0.0), starts, axis=1)
    many = np.add.reduceat(present.astype(np.int64), starts, axis=1)
    return np.asarray(np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0))


def _carried_on(returns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns [R, epochs] with each run's last one in place of the NaN behind it."""
    last = np.maximum.accumulate(
        np.where(np.isnan(returns), 0, np.arange(returns.shape[1])), axis=1
    )
    return np.take_along_axis(returns, last, axis=1)
