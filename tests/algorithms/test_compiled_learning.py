"""Algorithms that learn in compiled code learn what `Algorithm.learn` does in torch."""

from __future__ import annotations

import numpy as np
import pytest

from repro import algorithms
from repro.algorithms.base import Algorithm
from repro.engine.rollout import shuffled
from tests.algorithms.reference import is_clipped_together, make_trainer, rough_weights

PROBLEM = "common_descendant.training"
SMALL = {"steps": 256, "minibatch": 64}
FASTER = {
    type(algorithms.load(n)).learn: n
    for n in reversed(algorithms.algorithm_names())
    if type(algorithms.load(n)).learn is not Algorithm.learn and not is_clipped_together(n)
}
COMPILED = sorted(FASTER.values())
"""An algorithm for each faster code that replaces `Algorithm.learn`, for the same numbers."""


@pytest.mark.slow
@pytest.mark.parametrize("rate", [4e-5, 2e-2])
@pytest.mark.parametrize(
    "sizes",
    [
        SMALL,
        {"steps": 259, "minibatch": 37},
        {"steps": 3, "minibatch": 1},
    ],
    ids=["64 samples", "odd sizes", "one sample"],
)
@pytest.mark.parametrize("compiled", COMPILED)
def test_compiled_learning_is_that_of_torch(
    compiled: str, sizes: dict[str, int], rate: float
) -> None:
    weights = rough_weights(compiled, PROBLEM, **sizes)
    one, two = (make_trainer(compiled, PROBLEM, weights, **sizes, policy_lr=rate) for _ in range(2))
    behaviour_policy = one.outputs()[0]
    samples, _ = one.experience(one.outputs())
    order = shuffled(one.streams, *samples["state"].shape[1:])
    for trainer, learn in ((one, type(one.algorithm).learn), (two, Algorithm.learn)):
        networks = trainer.policy, trainer.value
        learn(trainer.algorithm, networks, behaviour_policy, samples, order, trainer.tables)
    for kind, lr in (("policy", rate), ("value", 5e-3)):
        found, expected = getattr(one, kind), getattr(two, kind)
        assert found.steps == expected.steps
        # Rounding errors are far smaller than what a step changes.
        np.testing.assert_allclose(found.parameters, expected.parameters, rtol=0, atol=0.02 * lr)
        moved = np.abs(expected.parameters - weights[kind]).max(axis=-1)
        assert (moved > lr / 2).all()
        scale = np.abs(expected.moments).max(axis=-1, keepdims=True)
        error = np.abs(found.moments - expected.moments) / scale
        assert error.max() < 1e-4


def test_some_algorithm_is_compiled() -> None:
    assert "cvs" in COMPILED
