"""Bids along optimal paths, computed from records: curves, marks, tables and discounted values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from repro import tasks
from repro.algorithms.cvs import CVS
from repro.figures import BAND, BidPanel, BidRow, PathBids, bid_trajectories, bids_and_values
from repro.statistics.bid_intervals import mean_of_runs
from repro.statistics.bid_times import change, recovery, switch
from repro.summaries.arms import arm_labels
from repro.summaries.learning import carry_forward

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from repro.figures import Picture
    from repro.records.record import Record

    Floats = NDArray[np.floating]

POINTS = 200
"""Maximum number of epochs drawn, evenly spaced on the log axis, including both ends."""
QUANTITIES = {"cvs": "mean of the Beta", "ppof": "probability", "ppo": "probability"}


class Decision(NamedTuple):
    """A state on a transfer's optimal path, with its optimal actions.

    Attributes:
        state: its row in the problem's tables; index of the third axis of recorded bids.
        before: the optimal action in training; index of the fourth axis of recorded bids.
        after: the optimal action in transfer.
    """

    state: int
    before: int
    after: int


def path_decisions(problem: str) -> tuple[Decision, ...]:
    """Return the decisions on the optimal path of a transfer problem, from start to end.

    Paths are optimal for the protocol's discount. If the problem has several tasks, the first
    one is used.
    """
    transfer = tasks.problem(problem)
    training = tasks.problem(transfer.pretraining or problem)
    before, after = (tasks.optimal_paths(one.name, CVS.discount)[0] for one in (training, transfer))
    return tuple(
        Decision(new.state, old.action, new.action) for old, new in zip(before, after, strict=True)
    )


class PathState(NamedTuple):
    """A state on the optimal path of one of a problem's tasks, and its discounted value.

    Attributes:
        problem: the problem's name.
        task: the optimal actions of the path, such as "A → C".
        place: number of decisions before it.
        left: number of decisions after it.
        state: its row in the problem's tables.
        action: the optimal action.
        letter: the action's name.
        value: 0.8 γ^left.
    """

    problem: str
    task: str
    place: int
    left: int
    state: int
    action: int
    letter: str
    value: float


def path_states(problem: str) -> tuple[PathState, ...]:
    """Return the states on the optimal paths of a problem's tasks, one task after another."""
    found = []
    paths = tasks.optimal_paths(problem, CVS.discount)
    for task, path in zip(tasks.problem(problem).tasks, paths, strict=True):
        letters = [task.action_names[step.action] for step in path]
        found += [
            PathState(
                problem=problem,
                task=" → ".join(letters),
                place=place,
                left=len(path) - 1 - place,
                state=step.state,
                action=step.action,
                letter=letter,
                value=step.value,
            )
            for place, (step, letter) in enumerate(zip(path, letters, strict=True))
        ]
    return tuple(found)


def unused_actions(problem: str) -> tuple[int, ...]:
    """Return the actions that are not on the optimal path, in training or in transfer."""
    path = path_decisions(problem)
    used = {step.before for step in path} | {step.after for step in path}
    return tuple(a for a in range(len(_letters(problem))) if a not in used)


def trajectories(records: Sequence[Record]) -> Picture:
    """Draw the bids, and logits if recorded, of several algorithms on one problem.

    A run that has converged counts in the mean with its last bids. Marks are the epochs in which the new
    action's bid overtook the old one's, or in which a disturbed bid had recovered.

    Args:
        records: one per arm, all of the same problem, with recorded bids.
    """
    problem = records[0].block.problem
    path, letters = path_decisions(problem), _letters(problem)
    rows = []
    labels = arm_labels([record.block for record in records])
    for record, label in zip(records, labels, strict=True):
        for kind, bids in _shown(record):
            quantity = _quantity(record.block.algorithm, kind)
            panels = tuple(_panel(record.bids["bid"], bids, step, letters) for step in path)
            rows.append(BidRow(label, quantity, panels))
    optimal = [
        letters[step.after]
        if step.before == step.after
        else f"{letters[step.after]} instead of {letters[step.before]}"
        for step in path
    ]
    return bid_trajectories(
        f"bids.{problem}",
        rows,
        title=f"Bids in transfer, {problem}",
        states=[f"state {place}: {what} is optimal" for place, what in enumerate(optimal)],
        letters=letters,
    )


def endpoints(records: Sequence[Record]) -> tuple[str, tuple[str, ...], list[tuple[object, ...]]]:
    """Tabulate the bids and logits of the old and new optimal actions; return title, head and rows.

    Values are means over runs: at epoch 1, of the lowest value after it, and at the last epoch.
    """
    problem = records[0].block.problem
    letters = _letters(problem)
    rows: list[tuple[object, ...]] = []
    labels = arm_labels([record.block for record in records])
    for record, label in zip(records, labels, strict=True):
        for kind, bids in _shown(record):
            quantity = _quantity(record.block.algorithm, kind)
            for place, step in enumerate(path_decisions(problem)):
                for action in dict.fromkeys((step.before, step.after)):
                    bid = bids[:, :, step.state, action]
                    found = recovery(bid)
                    means = (found.baseline, found.trough, found.baseline + change(bid))
                    rows.append(
                        (
                            label,
                            quantity,
                            f"state {place}",
                            letters[action],
                            *(float(mean.mean()) for mean in means),
                        )
                    )
    head = ("algorithm", "quantity", "state", "action", "epoch 1", "lowest after", "last epoch")
    return "Bids and logits, means over seeds", head, rows


def bids_against_values(bids: Mapping[str, Floats], margin: float) -> Picture:
    """Draw bids after the last epoch against discounted values.

    Args:
        bids: by problem, [R, S, K].
        margin: half the width of the band around the values.
    """
    panels: dict[str, list[PathBids]] = {}
    for problem, table in bids.items():
        path = path_states(problem)
        heading = problem.partition(".")[0].replace("_", " ")
        panels[heading] = []
        for task in dict.fromkeys(step.task for step in path):
            steps = [step for step in path if step.task == task]
            seeds = np.stack([table[:, step.state, step.action] for step in steps], axis=1)
            panels[heading].append(
                PathBids(
                    labels=[step.letter for step in steps],
                    values=np.array([step.value for step in steps]),
                    seeds=seeds,
                    means=[mean_of_runs(one) for one in seeds.T],
                )
            )
    return bids_and_values(
        "bids.value", panels, title="CVS after training: bids and discounted values", margin=margin
    )


def _shown(record: Record) -> list[tuple[str, Floats]]:
    """The recorded bids that are drawn, with their kind: concentrations are not."""
    return [(kind, record.bids[kind]) for kind in ("bid", "logit") if kind in record.bids]


def _quantity(algorithm: str, kind: str) -> str:
    return QUANTITIES.get(algorithm, kind) if kind == "bid" else kind


def _panel(judged: Floats, drawn: Floats, step: Decision, letters: Sequence[str]) -> BidPanel:
    """Make the panel of a state from bids [R, epochs, S, K]; marks are events of the judged bids."""
    bids = drawn[:, :, step.state]
    kept = np.unique(np.geomspace(1, bids.shape[1], POINTS).round().astype(np.int64))
    old, new = (judged[:, :, step.state, action] for action in (step.before, step.after))
    if step.before != step.after:
        times, counted = switch(old, new), np.ones(len(old), dtype=np.bool_)
        marked = f"{letters[step.after]} over {letters[step.before]}"
    else:
        found = recovery(new)
        times, counted = found.times, found.disturbed
        marked = f"{letters[step.after]} back"
    carried = carry_forward(bids)[:, kept - 1]
    return BidPanel(
        epochs=kept,
        seeds=bids[:, kept - 1],
        mean=carried.mean(axis=0, dtype=np.float64),
        bold=tuple(dict.fromkeys((step.before, step.after))),
        marks=times.epochs[counted & ~times.censored],
        marked=marked,
        band=np.quantile(carried, BAND, axis=0),
    )


def _letters(problem: str) -> tuple[str, ...]:
    return tasks.problem(problem).tasks[0].action_names
