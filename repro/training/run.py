"""Train one block: from its hyperparameters to its trained runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro import algorithms, tasks
from repro.algorithms.base import Algorithm
from repro.statistics.convergence import epochs_to_convergence
from repro.training.loop import train
from repro.training.start import started
from repro.training.trainer import Trainer, init_weights, stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from repro.engine.networks import Weights
    from repro.protocol.blocks import Block
    from repro.statistics.convergence import ConvergenceTimes
    from repro.training.loop import Trained


def run(
    block: Block,
    parent: Weights | None,
    on_epoch: Callable[[int, int], None] = lambda _epoch, _runs: None,
    checkpoint: Path | None = None,
) -> tuple[Trained, ConvergenceTimes]:
    """Train one block.

    Args:
        block: what to train.
        parent: weights of `block.parent`, to start from; None: new weights.
        on_epoch: called after each epoch with its number and the number of runs still training.
        checkpoint: see `repro.training.loop.train`; use a file for one block only.

    Raises:
        UserError: the block names an algorithm or a problem that does not exist, a change that does not
            apply, or its networks are not of the parent's sizes.
        TrainingError: an output is not a finite number.
    """
    algorithm = algorithms.load(block.algorithm, **dict(block.hyperparameters))
    tables = tasks.problem(block.problem).merged
    generators = tuple(stream(block.algorithm, block.problem, seed) for seed in block.seeds)
    weights = (
        init_weights(algorithm, tables, generators) if parent is None else started(block, parent)
    )
    trained = train(
        Trainer(algorithm, tables, generators, weights),
        epochs=block.epochs,
        extra_epochs=block.extra_epochs,
        # Claims and figures read bids at no other states.
        bid_states=tasks.optimal_states(block.problem, Algorithm.discount) if block.bids else (),
        keep=block.keep,
        run_ids=tuple(f"{block.name}, seed {seed}" for seed in block.seeds),
        on_epoch=on_epoch,
        checkpoint_path=checkpoint,
    )
    return trained, epochs_to_convergence(trained.returns, optimum=tables.best_return)
