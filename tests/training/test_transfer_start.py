"""What a transfer begins with: each seed's own weights, and an optimiser that knows of no step."""

from __future__ import annotations

import numpy as np
import pytest

from repro import algorithms
from repro.protocol.blocks import Block
from repro.training.run import run

ONE_STEP = (("minibatch", 64), ("steps", 64))


# CVS learns from every bid and its clone's, so that no epoch of it has a single step.
@pytest.mark.parametrize("name", ["ppo", "ppof"])
def test_the_first_step_is_as_long_as_the_learning_rate(name: str) -> None:
    # By hand: Adam's means after its first gradient g, corrected, are g and g², so that a parameter
    # moves by rate · g / |g|, whatever g is. Means carried over would make steps of other lengths.
    before, _ = run(Block(name, "linear_chain.training", (0, 1), 5, hyperparameters=ONE_STEP), None)
    after, _ = run(
        Block(name, "linear_chain.last", (0, 1), 1, hyperparameters=ONE_STEP), before.weights
    )
    algorithm = algorithms.load(name)
    for part, rate in (("policy", algorithm.policy_lr), ("value", algorithm.value_lr)):
        moved = np.abs(after.weights[part] - before.weights[part]) / rate
        felt = moved[moved > 0]  # units that are off at all states have no gradient
        assert felt.size > moved.size / 10
        assert felt.max() < 1.01
        assert (felt > 0.99).mean() > 0.9  # but for gradients not far above Adam's ε


@pytest.mark.parametrize("name", ["ppo", "ppof", "cvs"])
def test_each_seed_goes_on_from_its_own_weights(name: str) -> None:
    # On one problem, what a run bids before its first update is what its weights bid at the end before.
    block = Block(name, "linear_chain.last", (3, 4, 5), 1, bids=True, hyperparameters=ONE_STEP)
    before, _ = run(block, None)
    after, _ = run(block, before.weights)
    np.testing.assert_array_equal(after.bids["bid"][:, 0], before.final_bids["bid"])
    rows = before.final_bids["bid"].reshape(3, -1)
    assert len({row.tobytes() for row in rows}) == 3
