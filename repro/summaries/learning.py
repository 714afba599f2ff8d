"""Learning curves, steps to convergence and the table of runs, computed from records."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from repro import algorithms, tasks
from repro.figures import (
    BAND,
    Arm,
    Curve,
    Panel,
    Picture,
    curve_grid,
    learning_curves,
    steps_per_seed,
)
from repro.protocol.blocks import STEPS_PER_EPOCH
from repro.summaries.arms import arm_labels
from repro.summaries.problems import shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from repro.mdp.task import Problem
    from repro.records.record import Record

Row = tuple[str, str, int, int, bool]
POINTS = 300
"""Maximum number of points of a drawn curve."""
COARSE = 1.15
"""Ratio of a point's epoch to that before, in small panels with a logarithmic axis."""


def run_rows(records: Iterable[Record]) -> list[Row]:
    """Return one row per run: algorithm and what is not the protocol's, problem, seed, epochs, censored.

    The epochs of a censored run are a lower bound.
    """
    rows = []
    for record in records:
        block = record.block
        algorithm = " ".join([block.algorithm, *block.differences])
        runs = zip(block.seeds, record.times.epochs, record.times.censored, strict=True)
        rows += [(algorithm, block.problem, s, int(e), bool(c)) for s, e, c in runs]
    return rows


def curves(records: Sequence[Record]) -> Picture:
    """Draw learning curves of several algorithms on one problem.

    Args:
        records: one per algorithm, all of the same problem.
    """
    problem = tasks.problem(records[0].block.problem)
    what = "Training" if problem.pretraining is None else "Transfer"
    return learning_curves(
        f"curves.{problem.name}",
        _curves(records),
        title=f"{what}, {problem.name}",
        steps_per_epoch=STEPS_PER_EPOCH,
        optimum=problem.best_return,
        log_x=problem.pretraining is not None,
    )


def all_curves(records: Mapping[str, Sequence[Record]]) -> Picture:
    """Draw learning curves of several algorithms on all problems, one row per topology.

    Args:
        records: by problem, one per algorithm in the same order. Each topology has the same number of
            problems, its training problem first.
    """
    rows: dict[str, list[Panel]] = {}
    for name, arms in records.items():
        topology, part = problem_words(name)
        problem = tasks.problem(name)
        transfer = problem.pretraining is not None
        title = f"transfer: {part}" if transfer else part
        panel = Panel(
            title,
            _curves(arms, coarse=True),
            log_x=transfer,
            optimum=problem.best_return,
            mixed=changes_some_tasks(problem),
        )
        rows.setdefault(topology, []).append(panel)
    note = (
        f"In transfer, a point is the mean over about the last {1 - 1 / COARSE:.0%} of the epochs until then, since single "
        "epochs fluctuate."
    ).replace("%", " %")
    return curve_grid("curves.all_problems", rows, steps_per_epoch=STEPS_PER_EPOCH, note=note)


def changes_some_tasks(problem: Problem) -> bool:
    """Return whether some tasks of a transfer have the same optimal path as in training, and some have not."""
    if problem.pretraining is None:
        return False
    before = shape(tasks.problem(problem.pretraining)).solutions
    kept = [old == new for old, new in zip(before, shape(problem).solutions, strict=False)]
    return any(kept) and not all(kept)


def convergence(panels: Mapping[str, Sequence[Record]], name: str = "") -> Picture:
    """Draw steps to convergence of every seed, one panel per group of records.

    Args:
        panels: records by the panel's title.
        name: the figure's name after "steps."; by default the joined titles.
    """
    arms = {}
    for title, records in panels.items():
        labels = arm_labels([record.block for record in records])
        arms[title] = [arm(*one) for one in zip(records, labels, strict=True)]
    return steps_per_seed(f"steps.{name or '.'.join(panels)}", arms)


def arm(record: Record, label: str = "") -> Arm:
    """Convert a record's times to convergence to environment steps, for figures.

    Args:
        record: of the arm.
        label: of the arm; "": the algorithm.
    """
    return Arm(
        label or algorithms.display_name(record.block.algorithm),
        record.times.epochs * float(STEPS_PER_EPOCH),
        record.times.censored,
        float(record.times.epochs.mean()) * STEPS_PER_EPOCH,
        record.block.algorithm,
    )


def problem_words(problem: str) -> tuple[str, str]:
    """Split "linear_chain.last" into the words "linear chain" and "last"."""
    topology, _, part = problem.replace("_", " ").partition(".")
    return topology, part


def _curves(records: Sequence[Record], *, coarse: bool = False) -> list[Curve]:
    """Make the curves of several arms on one problem."""
    labels = arm_labels([record.block for record in records])
    pairs = zip(records, labels, strict=True)
    return [_curve(record, label, coarse=coarse) for record, label in pairs]


def _curve(record: Record, label: str, *, coarse: bool) -> Curve:
    """Make the curve of a record, with at most `POINTS` points; `coarse` makes bins of a transfer wider.

    A run that has converged counts in the mean and in the band with its last return. Longer curves are averaged over
    bins of equal width on the axis, which is linear in training and logarithmic in transfer. A point is
    the mean over the epochs of a bin that the run has, drawn at the bin's last epoch.
    """
    epochs, log = record.returns.shape[1], record.block.parent is not None
    few = 1 + math.ceil(math.log(epochs) / math.log(COARSE))
    bins = bin_ends(epochs, log=log, points=min(few, POINTS) if coarse and log else POINTS)
    carried = carry_forward(record.returns)
    return Curve(
        label,
        binned(record.returns, bins),
        binned(carried.mean(axis=0)[None, :], bins)[0],
        bins,
        record.times.censored,
        record.block.algorithm,
        np.quantile(binned(carried, bins), BAND, axis=0),
    )


def bin_ends(epochs: int, *, log: bool, points: int = POINTS) -> NDArray[np.int64]:
    """Return the last epochs, counted from 1, of at most `points` bins that divide epochs 1 to `epochs`.

    Bins have equal width, on a logarithmic axis if `log`, but at least one epoch.
    """
    if epochs <= points:
        return np.arange(1, epochs + 1)
    ends = np.geomspace(1, epochs, points) if log else np.linspace(0, epochs, points + 1)[1:]
    return np.unique(np.round(ends)).astype(np.int64)


def binned(returns: NDArray[np.floating], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Average returns [R, epochs] over bins; the result [R, bins] is NaN where a run has no epoch."""
    starts = np.concatenate([[0], ends[:-1]])
    present = ~np.isnan(returns)
    total = np.add.reduceat(np.where(present, returns, 0.0), starts, axis=1)
    many = np.add.reduceat(present.astype(np.int64), starts, axis=1)
    return np.asarray(np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0))


def carry_forward(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Fill the NaN after each run's last epoch with its values of that epoch; [R, epochs, ...]."""
    runs, epochs = values.shape[:2]
    known = ~np.isnan(values.reshape(runs, epochs, -1)[:, :, 0])
    last = np.maximum.accumulate(np.where(known, np.arange(epochs), 0), axis=1)
    return np.take_along_axis(values, last.reshape(runs, epochs, *[1] * (values.ndim - 2)), axis=1)
