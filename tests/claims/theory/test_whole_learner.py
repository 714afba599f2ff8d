"""One whole update of a small learner, against Adam's formulas by hand."""

from __future__ import annotations

import math

import pytest
import torch

from claims.theory._learner import Learner
from claims.theory._shapes import Episodes, Shape
from claims.theory._whole_learner import (
    ADAM,
    CLIPPED,
    MAX_NORM,
    MEAN,
    SQUARE,
    STEPS_TAKEN,
    networks,
    stepped,
    whole_update,
)

AB = Shape((0, 1), (0, 1), 2)
BATCH = Episodes((AB, AB))


@pytest.mark.parametrize("name", ["ppo", "cvs", "sarsa"])
def test_the_step_is_adams_after_clipping(name: str) -> None:
    learner = Learner(name, BATCH)
    update = whole_update(learner)
    functions = dict(update.functions)
    gradients = learner.gradients(functions, update.data)
    found, after = stepped(learner, functions, update.data, update.data)
    for network in networks(learner):
        norm = math.sqrt(sum(float(gradients[part].square().sum()) for part in network))
        assert norm > MAX_NORM  # so that clipping binds
        for part in network:
            gradient = gradients[part] * MAX_NORM / (norm + 1e-6)
            mean = 0.9 * update.data[MEAN + part] + 0.1 * gradient
            square = 0.999 * update.data[SQUARE + part] + 0.001 * gradient**2
            torch.testing.assert_close(after[MEAN + part], mean, rtol=1e-9, atol=0)
            torch.testing.assert_close(after[SQUARE + part], square, rtol=1e-9, atol=0)
            mean = mean / (1 - 0.9 ** (STEPS_TAKEN + 1))
            square = square / (1 - 0.999 ** (STEPS_TAKEN + 1))
            expected = -learner.algorithm.policy_lr * mean / (square.sqrt() + 1e-8)
            torch.testing.assert_close(found[part], expected.detach(), rtol=1e-9, atol=0)


@pytest.mark.parametrize("together", [(CLIPPED,), (ADAM,)])
def test_the_controls_change_the_step(together: tuple[str, ...]) -> None:
    learner = Learner("cvs", BATCH)
    update = whole_update(learner)
    functions = dict(update.functions)
    data = update.data
    own, joined = (stepped(learner, functions, data, data, how)[0] for how in ((), together))
    assert any(not torch.allclose(own[name], joined[name], rtol=1e-6) for name in own)


def test_networks_of_a_shared_and_of_separate_policies() -> None:
    assert networks(Learner("ppo", AB)) == [("trunk", "A", "B"), ("critic",)]
    assert networks(Learner("ppof", AB)) == [("A",), ("B",), ("critic",)]
    assert networks(Learner("cvs", AB))[2:] == [("critic of A",), ("critic of B",)]
    assert networks(Learner("sarsa", AB)) == [("A",), ("B",)]
