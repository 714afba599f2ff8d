"""Every discovered algorithm: what it declares, its networks, its samples, and that it learns.

A new file is tested without a change here. `test_conformance_updates.py` tests how it learns.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import algorithms
from repro.errors import UserError
from repro.mdp.edges import task_from_edges
from repro.mdp.task import Problem
from repro.training.loop import train
from repro.training.trainer import Trainer, init_weights
from tests.algorithms.reference import (
    WITH_ADVANTAGES,
    generators,
    make_trainer,
    rough_weights,
)

if TYPE_CHECKING:
    from repro.mdp.task import Tables

PROBLEM = "common_descendant.training"
WIDE = {torch.float32: torch.float64}
SMALL = {"steps": 256, "minibatch": 64}


@pytest.fixture(params=algorithms.algorithm_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def tiny() -> Tables:
    """One decision with four actions, and a second attempt after a mistake."""
    edge = ((0, 0), "C", (1, 0), 0.8)
    task = task_from_edges(
        "tiny", start=(0, 0), terminal=[(1, 0)], edges=[edge], actions="ABCD", horizon=2
    )
    return Problem("tiny.training", (task,), None).merged


def test_the_protocols_constants(name: str) -> None:
    """Arms are compared by epochs, so an epoch has the same data in all of them."""
    algorithm = algorithms.load(name)
    assert algorithm.name == name
    assert algorithm.display_name, "give the name that figures and tables show: display_name"
    shared = {"steps": 4096, "minibatch": 256, "decay": 0.99, "discount": 0.99, "hidden": 20}
    assert dataclasses.asdict(algorithm).items() >= shared.items(), "keep the protocol's defaults"


@pytest.mark.parametrize("talked_of", ["cvs", "ppo", "ppof"])
def test_constants_of_the_talks_algorithms(talked_of: str) -> None:
    algorithm = algorithms.load(talked_of)
    shared = {
        "policy_lr": 4e-5,
        "value_lr": 5e-3,
        "clip": 0.2,
        "entropy_bonus": 0.1,
        "max_grad_norm": 40.0,
        "value_penalty": 1e-3,
    }
    assert dataclasses.asdict(algorithm).items() >= shared.items()
    assert algorithm.display_name == talked_of.upper()
    spec = algorithm.value_spec(10)
    assert (spec.sizes, spec.relu) == ((10, 20, 20, 1), (True, True))


def test_a_hyperparameter_can_be_given_and_not_replaced(name: str) -> None:
    algorithm = algorithms.load(name, policy_lr=1.0)
    assert algorithm.policy_lr == 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        algorithm.policy_lr = 2.0  # type: ignore[misc] # the point of the test
    with pytest.raises(UserError, match=r"'policy_rat'; did you mean policy_lr"):
        algorithms.load(name, policy_rat=1.0)


@pytest.mark.parametrize("actions", [4, 6, 8])
def test_every_action_has_a_bid(name: str, actions: int) -> None:
    algorithm = algorithms.load(name)
    drawn = algorithm.init_policy(10, actions, np.random.default_rng(1))
    spec = algorithm.policy_spec(10, actions)
    assert drawn.shape[1:] == (spec.size,)
    again = algorithm.init_policy(10, actions, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn, again)
    bids = algorithm.bids(spec.forward(torch.from_numpy(drawn)[None], torch.eye(3, 10)))
    assert bids["bid"].shape == (1, 3, actions)
    if algorithm.bids_are_probabilities:
        assert ((bids["bid"] >= 0) & (bids["bid"] <= 1)).all(), (
            "bids lie outside [0, 1]; set bids_are_probabilities = False if they are none"
        )


def test_samples_match_the_collected_batch(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    tables, outputs = trainer.tables, trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, tables, outputs)
    assert batch.state.shape == batch.action.shape == batch.reward.shape == (2, 256)
    assert batch.bids.shape == (2, 256, 6 * trainer.algorithm.copies), (
        "copies is the number of bids of each mechanism in an auction, or 0 without auctions"
    )
    learners, critics = trainer.algorithm.learners(6), trainer.algorithm.critics(6)
    assert outputs.value.shape[1] == critics
    assert critics in {0, learners}, "a learner has one value function, or none has one"
    samples = trainer.algorithm.assign_credit(batch, tables, outputs)
    n = samples["state"].shape[-1]
    assert n % 256 == 0
    for column in samples.values():
        assert column.shape == (2, learners, n)
        assert torch.isfinite(column).all()
    # The epoch is repeated for each entry of a mechanism.
    state = batch.state[:, None].expand(-1, learners, -1)
    assert torch.equal(samples["state"], state.repeat(1, 1, n // 256))
    assert ("advantage" in samples) == trainer.algorithm.has_advantages, (
        "set has_advantages = False if the policy learns from something else than advantages"
    )


@pytest.mark.parametrize("name", WITH_ADVANTAGES)
def test_advantages_are_normalised_over_the_epoch(name: str) -> None:
    """For each learner, or over all learners of a run, as the algorithm says."""
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    samples, _ = trainer.experience(trainer.outputs())
    advantage = samples["advantage"]
    deviation, mean = torch.std_mean(advantage, dim=-1)
    if trainer.algorithm.normalised_together:
        assert mean.abs().max() > 0.01, "set normalised_together = False: each learner has mean 0"
        deviation, mean = torch.std_mean(advantage.flatten(1), dim=-1)
    says = (
        f"advantages: given mean {mean.flatten()[0]:.3g} and deviation {deviation.flatten()[0]:.3g} over an epoch; "
        "expected 0 and 1: make normalisation the last step of assign_credit, after any other function of them"
    )
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-5, rtol=0, msg=says)
    # Less than 1 where nearly all advantages are 0, because of `returns.STD_EPSILON`.
    torch.testing.assert_close(deviation, torch.ones_like(mean), atol=1e-3, rtol=0, msg=says)


def test_credit_is_differentiable_in_values_rewards_and_bids(name: str) -> None:
    """All of it is torch code: a tensor that requires a gradient cannot be converted to an array."""
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    algorithm, outputs = trainer.algorithm, trainer.outputs()
    batch = algorithm.collect(trainer.streams, trainer.tables, outputs)
    followed = dataclasses.replace(
        batch, reward=batch.reward.requires_grad_(), bids=batch.bids.requires_grad_()
    )
    read = [followed.reward]
    if batch.bids.numel():  # an auction
        read.append(followed.bids)
    if algorithm.critics(6):
        read.append(outputs.value.requires_grad_())
    elif not algorithm.has_advantages:  # the networks that act predict values
        read.append(outputs.policy.requires_grad_())
    samples = algorithm.assign_credit(followed, trainer.tables, outputs)
    numbers = torch.cat([x.flatten() for x in samples.values() if x.is_floating_point()])
    # A Monte Carlo target reads predictions only where an episode is cut.
    for gradient in torch.autograd.grad(numbers.square().sum(), read):
        assert gradient.any()


@pytest.mark.slow
def test_it_learns_a_single_decision(name: str) -> None:
    algorithm = algorithms.load(name, steps=256, minibatch=64, policy_lr=1e-2)
    epochs = 40
    if not algorithm.critics(4):
        # The second attempt makes the values of right and wrong actions 0.8 and 0.99 · 0.8.
        algorithm, epochs = dataclasses.replace(algorithm, policy_lr=1e-3), 400
    tables = tiny()
    weights = init_weights(algorithm, tables, generators(2))
    trainer = Trainer(algorithm, tables, generators(2), weights)
    found = train(trainer, epochs=epochs, run_ids=("one", "two")).returns
    assert found[:, -10:].mean(axis=1).min() > 0.7


def test_a_new_policy_is_nearly_uniform(name: str) -> None:
    """Unless it is judged by its greedy actions: random ones earn 0.8 with probability 1 - (3/4)²."""
    algorithm = algorithms.load(name, steps=4096, minibatch=64)
    tables = tiny()
    trainer = Trainer(
        algorithm, tables, generators(2), init_weights(algorithm, tables, generators(2))
    )
    outputs = trainer.outputs()
    batch = algorithm.collect(trainer.streams, tables, outputs)
    judged = algorithm.judged_return(batch, tables, outputs)
    if algorithm.judged_greedily:
        assert (np.isclose(judged, 0) | np.isclose(judged, 0.8)).all(), (
            "judged_return is not that of a deterministic policy; set judged_greedily = False unless it is"
        )
    else:
        np.testing.assert_array_equal(
            judged,
            batch.mean_return,
            "judged_return is not that of the episodes; set judged_greedily = True if it is that of the "
            "greedy policy",
        )
        assert np.abs(judged - 0.8 * (1 - 0.75**2)).max() < 0.2
