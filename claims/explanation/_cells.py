"""Shared by the claim on modularity alone: its cells, their two arms, their blocks, and what is shown of each.

A cell is a way of giving credit. Both of its arms act in the same way; only how a mechanism learns differs.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from claims.explanation._exploration import TOUCHES, chances, in_words, phases
from claims.explanation._shared import audit_answers, mean, variant
from claims.transfer._arms import HEADLINE, censored
from claims.transfer._settings import label
from repro import algorithms
from repro.protocol import Block, pretraining
from repro.statistics import first_reaching
from repro.summaries.bids import path_decisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.protocol.blocks import Settings
    from repro.records.record import Record

INDEPENDENT, COUPLED = "gumbel_bids", "softmax_bids"
ARMS = (COUPLED, INDEPENDENT)
"""The arm expected to be slower, then the other."""
POLICY_LR = 4e-5
"""Learning rate of the policies in every arm: the protocol's, of 4e-5, 2e-4 and 1e-3 the one with which the chain's
training takes most nearly as long as that of PPOF (289 epochs) and CVS (373) in the protocol. Mean epochs of seeds
0 to 9, over the four cells: about 190 to 290 with 4e-5 (of seeds 0 to 4), 35 to 57 with 2e-4, 10 to 18 with 1e-3."""
TRAINED, LONGER = 400, 600
"""Epochs of training: the first epoch whose weights the protocol keeps, and a longer training that is only shown."""
CAPS = {TRAINED: 5_000, LONGER: 2_000}
"""Most epochs of a transfer, by epochs of training; a run that has not converged by then is a bound."""
MOST = 0.5
"""More than this share of an arm's runs must have converged in training for its cell to be judged."""
IN_PLACE = ("chain_in_place.last", "chain_in_place.first")
"""Settings of the cells that are only shown, and of the longer training."""
SETTINGS = (HEADLINE, "chain_in_place.last", "chain_in_place.middle", "chain_in_place.first")
"""Settings of the cell that is judged."""


class Cell(NamedTuple):
    """A way of giving credit.

    Attributes:
        gae_lambda: λ of generalised advantage estimation; 0: the error over one step.
        shared_value: whether all mechanisms share a value function.
    """

    gae_lambda: float
    shared_value: int

    def __str__(self) -> str:
        """Say what the cell is, as "single-step credit, own value functions"."""
        credit = f"λ = {self.gae_lambda:g}" if self.gae_lambda else "single-step"
        return f"{credit} credit, {'one value function' if self.shared_value else 'own value functions'}"

    @property
    def hyperparameters(self) -> dict[str, float]:
        """Those that differ from the algorithms' defaults."""
        given = {"gae_lambda": self.gae_lambda, "shared_value": self.shared_value}
        return {"policy_lr": POLICY_LR, **{name: value for name, value in given.items() if value}}


MAIN = Cell(0.0, 0)
CELLS = tuple(Cell(*one) for one in product((0.0, 0.95), (0, 1)))


def settings(cell: Cell) -> tuple[str, ...]:
    """List the transfers of a cell."""
    return SETTINGS if cell == MAIN else IN_PLACE


def training(arm: str, cell: Cell, seeds: tuple[int, ...], epochs: int = TRAINED) -> Block:
    """Return an arm's training on the chain."""
    given = cell.hyperparameters
    return replace(
        pretraining(arm, "linear_chain", seeds, hyperparameters=given, keep=()), epochs=epochs
    )


def block(
    arm: str, cell: Cell, problem: str, seeds: tuple[int, ...], epochs: int = TRAINED
) -> Block:
    """Return an arm's transfer to a problem, after so many epochs of training."""
    parent = training(arm, cell, seeds, epochs)
    made = variant(arm, problem, seeds, hyperparameters=cell.hyperparameters, parent=parent)
    return replace(made, epochs=CAPS[epochs])


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: two arms of each cell, their trainings, and the longer training of one cell."""
    lengths = [*((cell, TRAINED) for cell in CELLS), (MAIN, LONGER)]
    trainings = [training(arm, cell, seeds, epochs) for cell, epochs in lengths for arm in ARMS]
    transfers = [
        block(arm, cell, name, seeds, epochs) for cell, name, epochs in shown() for arm in ARMS
    ]
    return [*trainings, *transfers]


def learner(arm: str, cell: Cell) -> tuple[str, Settings]:
    """Return what is audited: an algorithm with the hyperparameters of a cell."""
    return arm, tuple(sorted(cell.hyperparameters.items()))


def switches_independence(cell: Cell) -> bool:
    """Return whether by the audit one arm's gradients are independent, and the other's are not.

    On one episode and on a batch of two, with sums as coded and at most.
    """
    independent, coupled = (audit_answers(*learner(arm, cell)) for arm in (INDEPENDENT, COUPLED))
    return all(one is True for one in independent) and all(one is False for one in coupled)


def trained(record: Record) -> float:
    """Return the share of runs that converged in training."""
    return 1 - censored(record.times).runs / len(record.times.epochs)


def name_of(arm: str) -> str:
    """Return an arm's name for people, such as "Gumbel bids"."""
    return algorithms.display_name(arm)


def show_trainings(
    record: Recorder, trainings: Mapping[tuple[str, Cell], Record], judged: Iterable[Cell]
) -> None:
    """Show what each arm did in training, and whether its cell is judged."""
    among = set(judged)
    record.table(
        f"Epochs to convergence in training, of at most {TRAINED}",
        ("cell", "arm", "mean epochs", "share of runs that converged", "independence switched"),
        [
            (
                str(cell),
                name_of(arm),
                mean(one.times),
                trained(one),
                "yes, judged" if cell in among else yes_or_no(cell),
            )
            for (arm, cell), one in trainings.items()
        ],
    )


def yes_or_no(cell: Cell) -> str:
    """Say why a cell is not judged."""
    return "yes, but an arm did not train" if switches_independence(cell) else "no, by the audit"


def show_transfers(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    """Show the times of each arm in each setting, and how often it tried the new action at first."""
    found = {
        (cell, name, arm, epochs): runs(block(arm, cell, name, seeds, epochs))
        for cell, name, epochs in shown()
        for arm in ARMS
    }
    record.table(
        "Epochs to convergence in transfer, and how they divide",
        (
            "cell",
            "setting",
            "arm",
            "mean epochs",
            "censored runs",
            "mean first epoch with a return of 0.02",
            "mean epochs from then on",
            *(f"mean first epoch with {level:g}" for level in TOUCHES),
        ),
        [
            (
                described(cell, epochs),
                label(name),
                name_of(arm),
                mean(one.times),
                str(censored(one.times)),
                *(mean(times) for times in phases(one)),
                *(mean(first_reaching(one.returns, level)) for level in TOUCHES),
            )
            for (cell, name, arm, epochs), one in found.items()
        ],
    )
    for (cell, name, arm, epochs), one in found.items():
        record.points(
            f"{name_of(arm)}, {described(cell, epochs)}, {label(name)}",
            "epochs to convergence",
            one.times.epochs,
            one.times.censored,
        )
    record.table(
        "Probability of the newly right action when transfer starts",
        ("cell", "setting", "arm", "median of the runs", "lowest", "highest"),
        [
            (
                described(cell, epochs),
                label(name),
                name_of(arm),
                *start(runs(training(arm, cell, seeds, epochs)), name),
            )
            for cell, name, arm, epochs in found
        ],
    )


def shown() -> list[tuple[Cell, str, int]]:
    """List cells, settings and epochs of training, in the order of the tables."""
    usual = [(cell, name, TRAINED) for cell in CELLS for name in settings(cell)]
    return [*usual, *((MAIN, name, LONGER) for name in IN_PLACE)]


def described(cell: Cell, epochs: int) -> str:
    """Name a cell, with the epochs of training if they are not the usual ones."""
    return str(cell) if epochs == TRAINED else f"{cell}, after {epochs} epochs of training"


def start(record: Record, problem: str) -> tuple[str, str, str]:
    """Format the chances of the new action at the changed state: median, lowest and highest of the runs."""
    (changed,) = (one for one in path_decisions(problem) if one.before != one.after)
    found = chances(record, changed.state)[:, changed.after]
    median, low, high = (float(f(found)) for f in (np.median, np.min, np.max))
    return in_words(median), in_words(low), in_words(high)
