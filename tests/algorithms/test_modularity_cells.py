"""Gumbel bids and softmax bids: the same behaviour with and without independent gradients, in eight cells.

A cell is a way of learning (by bid or by softmax), errors over one step or generalised advantages, and a value
function for each mechanism or one for all.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._learner import Learner, iteration
from claims.theory._readings import Sums, dependent_pairs
from claims.theory._rules import trainer_inputs, trainer_rule
from claims.theory._shapes import Episodes, Shape
from repro import algorithms
from repro.causal import audit
from repro.engine.rollout import shuffled
from repro.errors import UserError
from repro.protocol import Block
from tests.algorithms.reference import (
    Network,
    assert_moved_alike,
    make_trainer,
    normalised,
    rough_weights,
    value_step,
)
from tests.credit.losses import softmax_policy_loss
from tests.support.recorded import arrays

if TYPE_CHECKING:
    from types import SimpleNamespace

    from repro.mdp.task import Tables
    from repro.training.trainer import Trainer

PROBLEM = "common_descendant.training"
SMALL = {"steps": 256, "minibatch": 64}
NAMES = ("gumbel_bids", "softmax_bids")
CELLS = list(itertools.product(NAMES, (0.0, 0.95), (0, 1)))
SHARED = {False: 6, True: 1}
"""Number of value functions."""


def cell(name: str, decay: float, shared: int, **more: float) -> Trainer:
    given = {"gae_lambda": decay, "shared_value": shared}
    weights = rough_weights(name, PROBLEM, 2, **given)
    return make_trainer(name, PROBLEM, weights, **SMALL, **given, **more)


def advantages(
    batch: SimpleNamespace, tables: Tables, run: int, value: list[float], decay: float
) -> list[float]:
    """Errors over one step, summed backwards with γλ; a cut bootstraps, a terminal state does not."""
    found, advantage = [], 0.0
    for t in reversed(range(batch.state.shape[1])):
        here, there = batch.state[run, t], batch.next_state[run, t]
        after = 0.0 if tables.terminal[there] else value[there]
        error = float(batch.reward[run, t]) + 0.99 * after - value[here]
        advantage = error + (0 if batch.episode_end[run, t] else 0.99 * decay * advantage)
        found.append(advantage)
    return found[::-1]


def test_names_of_blocks() -> None:
    settings = (("gae_lambda", 0.95), ("shared_value", True))
    block = Block("gumbel_bids", "linear_chain.training", (0,), 2450, hyperparameters=settings)
    assert block.name == "gumbel_bids/linear_chain.training/gae_lambda=0.95/shared_value=1"


def test_the_arms_differ_in_nothing_but_their_gradients() -> None:
    gumbel, softmax = map(algorithms.load, NAMES)
    for name in ("policy_lr", "value_lr", "clip", "max_grad_norm", "gae_lambda", "shared_value"):
        assert getattr(gumbel, name) == getattr(softmax, name)
    for algorithm in (gumbel, softmax):
        assert algorithm.value_penalty == getattr(algorithm, "entropy_bonus", 0) == 0
        assert algorithm.policy_spec(10, 6) == gumbel.policy_spec(10, 6)
        assert algorithm.value_spec(10) == gumbel.value_spec(10)
    policy = cell("gumbel_bids", 0.0, 0).outputs().policy
    assert torch.equal(gumbel.bids(policy)["bid"], softmax.bids(policy)["bid"])


@pytest.mark.parametrize(("name", "decay", "shared"), CELLS)
def test_samples_by_loops_over_steps(name: str, decay: float, shared: int) -> None:
    trainer = cell(name, decay, shared)
    algorithm, outputs = trainer.algorithm, trainer.outputs()
    assert outputs.value.shape[:2] == (2, SHARED[bool(shared)])
    assert algorithm.critics(6) == SHARED[bool(shared)]
    collected = algorithm.collect(trainer.streams, trainer.tables, outputs)
    samples = algorithm.assign_credit(collected, trainer.tables, outputs)
    learners = 1 if shared and name == "softmax_bids" else 6
    assert algorithm.learners(6) == samples["state"].shape[1] == learners
    batch = arrays(collected)
    for run, k in np.ndindex(2, learners):
        value = outputs.value[run, 0 if shared else k].tolist()
        plain = advantages(batch, trainer.tables, run, value, decay)
        target = [a + value[s] for a, s in zip(plain, batch.state[run], strict=True)]
        assert samples["target"][run, k].tolist() == pytest.approx(target, abs=1e-5)
        acted = batch.action[run] == k
        own = np.array(plain) * (acted if name == "gumbel_bids" else 1)
        np.testing.assert_allclose(
            samples["advantage"][run, k], normalised(own.tolist()), atol=2e-3, rtol=1e-3
        )


def test_with_one_value_function_softmax_bids_are_ppof() -> None:
    given = {"policy_lr": 2e-2, "gae_lambda": 0.95, "value_penalty": 0.0, "entropy_bonus": 0.0}
    weights = rough_weights("ppof", PROBLEM)
    one = make_trainer("ppof", PROBLEM, weights, **SMALL, **given)
    two = make_trainer("softmax_bids", PROBLEM, weights, **SMALL, **given, shared_value=True)
    for _ in range(2):
        for trainer in (one, two):
            trainer.epoch(trainer.outputs())
        for kind, found in two.weights().items():
            np.testing.assert_allclose(found, one.weights()[kind], rtol=0, atol=1e-5)
    assert np.abs(two.policy.parameters - weights["policy"]).max() > 0.1


@pytest.mark.parametrize("shared", [0, 1])
def test_each_mechanism_follows_its_own_loss(shared: int) -> None:
    """Against autograd through torch's Categorical: one loss for each set of advantages, one output of each."""
    trainer = cell("softmax_bids", 0.95, shared)
    algorithm = trainer.algorithm
    samples, _ = trainer.experience(trainer.outputs())
    wide = {k: x.double() if x.is_floating_point() else x for k, x in samples.items()}
    old = trainer.outputs().policy.double()
    noise = torch.from_numpy(np.random.default_rng(0).normal(size=old.shape))
    policy = (old + noise).requires_grad_()
    bids, old_bids = (x.squeeze(-1).transpose(1, 2) for x in (policy, old))
    expected = torch.zeros_like(old)
    for k in range(6):
        learner = 0 if shared else k
        state, action, advantage = (wide[x][:, learner] for x in ("state", "action", "advantage"))
        loss = softmax_policy_loss(
            bids, old_bids, state, action, advantage, clip=0.2, entropy_bonus=0.0
        )
        (gradient,) = torch.autograd.grad(loss.sum(), policy, retain_graph=True)
        expected[:, k] = gradient[:, k]
    statistics = algorithm.minibatch_statistics(wide, trainer.tables)
    found = algorithm.policy_gradient(policy.detach(), old, statistics)
    torch.testing.assert_close(found, expected, atol=1e-10, rtol=1e-8)


@pytest.mark.parametrize("name", ["gumbel_bids", "sigmoid_policy_gradient"])
def test_a_shared_value_function_learns_from_the_first_learners_minibatches(name: str) -> None:
    trainer, twin = (cell(name, 0.0, 1, value_lr=5e-3) for _ in range(2))
    before = trainer.value.parameters.copy()
    samples, _ = twin.experience(twin.outputs())
    order = shuffled(twin.streams, 6, 256)
    assert (order[:, 0] != order[:, 1]).any()
    trainer.epoch(trainer.outputs())
    observation = torch.from_numpy(twin.tables.observation.copy()).double()
    for run in range(2):
        value = Network(before[run, 0], (10, 20, 20, 1), (0, 1), 5e-3)
        for at in order[run, 0].reshape(-1, 64):
            state, target = samples["state"][run, 0, at], samples["target"][run, 0, at]
            value_step(value, observation[state], target.double(), penalty=0.0)
        assert_moved_alike(trainer.value.parameters[run, 0], value, before[run, 0], 5e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "decay", "shared"), CELLS)
def test_it_learns_in_every_cell(name: str, decay: float, shared: int) -> None:
    trainer = cell(name, decay, shared)
    returns = [trainer.epoch(trainer.outputs()) for _ in range(120)]
    assert returns[0].max() < 0.7 < np.mean(returns[-10:], axis=0).min()


ACYCLIC = Shape((0, 1, 2, 3), (0, 1, 2, 0))
TWO = Episodes((Shape((0, 1, 2), (0, 1, 2)), Shape((0, 1, 2), (1, 1, 0))))
EVERY_PAIR = frozenset({("A", "B"), ("A", "C"), ("B", "C")})


def expected_answer(name: str, decay: float) -> str:
    """Return the answer of a cell's audit, which does not depend on the value functions."""
    if name == "softmax_bids":
        return "not modular"
    return "implementation-dependent" if decay else "modular"


@pytest.mark.parametrize("shape", [ACYCLIC, TWO], ids=["an episode", "two episodes"])
@pytest.mark.parametrize(("name", "decay", "shared"), CELLS)
def test_audits(name: str, decay: float, shared: int, shape: Shape | Episodes) -> None:
    """Of the gradients of bids; values are given."""
    given = {"gae_lambda": decay, "shared_value": shared}
    audited = audit(trainer_rule(name, **given), trainer_inputs(name, shape, 0, **given))
    assert audited.answer == expected_answer(name, decay)
    assert not audited.limits
    joined = name == "softmax_bids" or (decay and shared)
    assert dependent_pairs(audited, Sums.AS_CODED) == (EVERY_PAIR if joined else frozenset())


@pytest.mark.parametrize("decay", [0.0, 0.95])
def test_a_shared_value_function_is_joined_to_gumbel_bids_by_its_errors(decay: float) -> None:
    """If value functions count as learners. By one step, no two mechanisms are joined by it."""
    settings = (("gae_lambda", decay), ("shared_value", True))
    audited = iteration(Learner("gumbel_bids", Shape((0, 1, 2), (0, 1, 2)), 2, settings)).verdict
    assert audited.answer == "not modular"
    critic = frozenset({("A", "critic"), ("B", "critic"), ("C", "critic")})
    joined = dependent_pairs(audited, Sums.AS_CODED)
    assert joined == (critic | EVERY_PAIR if decay else critic)


@pytest.mark.parametrize("name", [*NAMES, "sigmoid_policy_gradient"])
@pytest.mark.parametrize(
    ("setting", "wrong", "expected"),
    [("shared_value", 2, "0 or 1"), ("gae_lambda", 1.5, "a number from 0 to 1")],
)
def test_an_invalid_cell_is_an_error(name: str, setting: str, wrong: float, expected: str) -> None:
    with pytest.raises(UserError, match=f"^{name}: {setting} is {wrong}; expected {expected}"):
        algorithms.load(name, **{setting: wrong})
