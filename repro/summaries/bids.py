"""From recorded bids to what is drawn and tabled: the path's decisions, thinned curves, marks, and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from repro import tasks
from repro.algorithms.cvs import CVS
from repro.figures.bids import BidPanel, BidRow, bid_trajectories
from repro.figures.bids_value import PathBids, bids_against_worth
from repro.mdp.dynamic_programming import optimal_path
from repro.statistics.bids import change, recovery, switch
from repro.statistics.bids_intervals import mean_of_runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from repro.figures import Picture
    from repro.records.record import Record

    Floats = NDArray[np.floating]

POINTS = 200
"""Of a run at most so many epochs are drawn, evenly spaced on the log axis, both ends among them."""
QUANTITIES = {"cvs": "mean of the Beta", "ppof": "probability", "ppo": "probability"}


class Decided(NamedTuple):
    """A state of a transfer's optimal path, and the actions that are right there.

    Attributes:
        state: its row in the problem's tables, the third axis of recorded bids.
        before: the right action in training, the fourth axis of recorded bids.
        after: the right action in transfer.
    """

    state: int
    before: int
    after: int


def decided(problem: str) -> tuple[Decided, ...]:
    """List the decisions of a transfer problem of one task, from the start to the end.

    The paths are those of its training problem and of itself that are greedy at the protocol's
    discount; where the problem has several tasks, those of the first.
    """
    transfer = tasks.problem(problem)
    training = tasks.problem(transfer.pretraining or problem)
    before, after = (optimal_path(one.tasks[0], CVS.discount) for one in (training, transfer))
    return tuple(
        Decided(new.state, old.action, new.action) for old, new in zip(before, after, strict=True)
    )


class Worth(NamedTuple):
    """A state on the optimal path of one of a problem's tasks, and its discounted value.

    Attributes:
        problem: the problem's name.
        task: the right letters of its path, as "A → C".
        place: how many decisions come before.
        left: how many decisions are still to come.
        state: its row in the problem's tables.
        action: the action that is right.
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


def worths(problem: str) -> tuple[Worth, ...]:
    """List the states of the optimal paths of a problem's tasks, one task after another."""
    found, offset = [], 0
    for task in tasks.problem(problem).tasks:
        path = optimal_path(task, CVS.discount)
        letters = [task.action_names[step.action] for step in path]
        found += [
            Worth(
                problem=problem,
                task=" → ".join(letters),
                place=place,
                left=len(path) - 1 - place,
                state=offset + step.state,
                action=step.action,
                letter=letter,
                value=step.value,
            )
            for place, (step, letter) in enumerate(zip(path, letters, strict=True))
        ]
        offset += len(task.terminal)
    return tuple(found)


def bystanders(problem: str) -> tuple[int, ...]:
    """List the actions that no state of the optimal path asks for, in training or in transfer."""
    path = decided(problem)
    asked = {step.before for step in path} | {step.after for step in path}
    return tuple(a for a in range(len(_letters(problem))) if a not in asked)


def trajectories(records: Sequence[Record]) -> Picture:
    """Draw the bids of several algorithms on one problem, and their logits where they have them.

    A run that left counts in the mean with its last bids from then on. The marks are the epochs in
    which the new action's bid overtook the old one's, or in which a disturbed one had recovered.

    Args:
        records: one an algorithm, all of the same problem; they record bids.
    """
    problem = records[0].block.problem
    path, letters = decided(problem), _letters(problem)
    rows = []
    for record in records:
        algorithm = record.block.algorithm
        for kind, bids in record.bids.items():
            quantity = QUANTITIES.get(algorithm, kind) if kind == "bid" else kind
            panels = tuple(_panel(record.bids["bid"], bids, step, letters) for step in path)
            rows.append(BidRow(algorithm.upper(), quantity, panels))
    asked = [
        letters[step.after]
        if step.before == step.after
        else f"{letters[step.after]} instead of {letters[step.before]}"
        for step in path
    ]
    return bid_trajectories(
        f"bids.{problem}",
        rows,
        title=f"Bids in transfer, {problem}",
        states=[f"state {place}: {what} is right" for place, what in enumerate(asked)],
        letters=letters,
    )


def endpoints(records: Sequence[Record]) -> tuple[str, tuple[str, ...], list[tuple[object, ...]]]:
    """Tabulate the bids and logits of all right actions, old and new: title, head and rows.

    Figures are means over runs: of epoch 1, of the lowest value after it, and of the last epoch.
    """
    problem = records[0].block.problem
    letters = _letters(problem)
    rows: list[tuple[object, ...]] = []
    for record in records:
        algorithm = record.block.algorithm
        for kind, bids in record.bids.items():
            quantity = QUANTITIES.get(algorithm, kind) if kind == "bid" else kind
            for place, step in enumerate(decided(problem)):
                for action in dict.fromkeys((step.before, step.after)):
                    bid = bids[:, :, step.state, action]
                    found = recovery(bid)
                    means = (found.baseline, found.trough, found.baseline + change(bid))
                    rows.append(
                        (
                            algorithm.upper(),
                            quantity,
                            f"state {place}",
                            letters[action],
                            *(float(mean.mean()) for mean in means),
                        )
                    )
    head = ("algorithm", "quantity", "state", "action", "epoch 1", "lowest after", "last epoch")
    return "Bids and logits, means over seeds", head, rows


def against_worth(bids: Mapping[str, Floats], margin: float) -> Picture:
    """Draw bids after the last epoch against discounted values.

    Args:
        bids: [R, S, K] of each problem by its name.
        margin: half the width of the band around the values.
    """
    panels: dict[str, list[PathBids]] = {}
    for problem, table in bids.items():
        path = worths(problem)
        heading = problem.partition(".")[0].replace("_", " ")
        panels[heading] = []
        for task in dict.fromkeys(step.task for step in path):
            steps = [step for step in path if step.task == task]
            seeds = np.stack([table[:, step.state, step.action] for step in steps], axis=1)
            panels[heading].append(
                PathBids(
                    labels=[step.letter for step in steps],
                    worth=np.array([step.value for step in steps]),
                    seeds=seeds,
                    means=[mean_of_runs(one) for one in seeds.T],
                )
            )
    return bids_against_worth(
        "bids.value", panels, title="CVS after training: bids and discounted values", margin=margin
    )


def _panel(judged: Floats, drawn: Floats, step: Decided, letters: Sequence[str]) -> BidPanel:
    """Thin the bids [R, epochs, S, K] at a state; marks are of the bids that are judged."""
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
    return BidPanel(
        epochs=kept,
        seeds=bids[:, kept - 1],
        mean=_carried_on(bids).mean(axis=0)[kept - 1],
        bold=tuple(dict.fromkeys((step.before, step.after))),
        marks=times.epochs[counted & ~times.censored],
        marked=marked,
    )


def _carried_on(bids: Floats) -> Floats:
    """Bids [R, epochs, K] with each run's last ones in place of the NaN behind them."""
    there = ~np.isnan(bids[:, :, 0])
    last = np.maximum.accumulate(np.where(there, np.arange(there.shape[1]), 0), axis=1)
    return np.take_along_axis(bids, last[:, :, None], axis=1)


def _letters(problem: str) -> tuple[str, ...]:
    return tasks.problem(problem).tasks[0].action_names
