"""A transfer starts with each seed's own weights and a new optimiser state."""

from __future__ import annotations

import numpy as np
import pytest

from repro import algorithms
from repro.protocol.blocks import Block
from repro.training.run import run

ONE_STEP = (("minibatch", 64), ("steps", 64))


# Not CVS: it learns from every bid and its clone's, so its epochs have several steps.
@pytest.mark.parametrize("name", ["ppo", "ppof"])
def test_the_first_step_has_the_size_of_the_learning_rate(name: str) -> None:
    # By hand: after the first gradient g, Adam's corrected means are g and g², so a parameter changes
    # by learning rate · g / |g|. With means kept from before, steps would have other sizes.
    before, _ = run(Block(name, "linear_chain.training", (0, 1), 5, hyperparameters=ONE_STEP), None)
    after, _ = run(
        Block(name, "linear_chain.last", (0, 1), 1, hyperparameters=ONE_STEP), before.weights
    )
    algorithm = algorithms.load(name)
    for part, rate in (("policy", algorithm.policy_lr), ("value", algorithm.value_lr)):
        moved = np.abs(after.weights[part] - before.weights[part]) / rate
        felt = moved[moved > 0]  # units that are 0 in all states have no gradient
        assert felt.size > moved.size / 10
        assert felt.max() < 1.01
        assert (felt > 0.99).mean() > 0.9  # except for gradients close to Adam's ε


@pytest.mark.parametrize("name", ["ppo", "ppof", "cvs"])
def test_each_seed_starts_from_its_own_weights(name: str) -> None:
    # On the same problem, the first bids of a run equal the last bids of its parent, rounded; bids are
    # recorded on the optimal path, which are the first three states.
    block = Block(name, "linear_chain.last", (3, 4, 5), 1, bids=True, hyperparameters=ONE_STEP)
    before, _ = run(block, None)
    after, _ = run(block, before.weights)
    expected = before.final_bids["bid"].astype(np.float16)
    np.testing.assert_array_equal(after.bids["bid"][:, 0, :3], expected[:, :3])
    assert np.isnan(after.bids["bid"][:, :, 3:]).all()
    rows = before.final_bids["bid"].reshape(3, -1)
    assert len({row.tobytes() for row in rows}) == 3
