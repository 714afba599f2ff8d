"""The talk's three algorithms train on every topology, transfer to each of its parts, and stay finite."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from repro import tasks
from repro.protocol.blocks import Block
from repro.training.run import run
from repro.training.start import check

pytestmark = pytest.mark.slow

SEEDS = (0, 1)
EPOCHS = 3
SMALL = (("minibatch", 64), ("steps", 256))
TOPOLOGIES = {
    topology: list(names)
    for topology, names in itertools.groupby(tasks.problem_names(), lambda n: n.partition(".")[0])
}


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("algorithm", ["cvs", "ppo", "ppof"])
def test_it_trains_and_transfers(algorithm: str, topology: str) -> None:
    training, *transfers = TOPOLOGIES[topology]
    parent = Block(algorithm, training, SEEDS, EPOCHS, hyperparameters=SMALL)
    before, _ = run(parent, None)
    for name in transfers:
        block = Block(algorithm, name, SEEDS, EPOCHS, hyperparameters=SMALL, parent=parent)
        check(block)
        after, times = run(block, before.weights)
        table = tasks.problem(name).merged
        assert after.returns.shape == (len(SEEDS), EPOCHS)
        assert (after.returns >= 0).all()
        assert (after.returns <= table.best_return + 1e-6).all()
        assert times.censored.all()  # too few epochs to show convergence
        for part, weights in after.weights.items():
            assert np.isfinite(weights).all()
            # Each seed's networks have learned something.
            changed = weights != before.weights[part]
            assert changed.reshape(len(SEEDS), -1).any(axis=1).all()
