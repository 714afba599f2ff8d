"""Probabilities of actions, and what adjusted networks do: by hand, and from bids as from networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import algorithms, tasks
from repro.algorithms.cvs import CVS
from repro.algorithms.ppo import PPO
from repro.algorithms.ppof import PPOF
from repro.statistics import winning_probabilities
from repro.training.chances import adjusted, adjusted_bids, chances_at, log_chances
from repro.training.matches import Adjustment
from tests.algorithms.reference import rough_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.engine.networks import MLPSpec
    from repro.training.chances import Learner

TRAINING = "linear_chain.training"
TABLES = tasks.problem(TRAINING).merged
STATES, ACTIONS = TABLES.next_state.shape
NEW = 3
LEARNERS = [PPO(), PPOF(), CVS()]


def spec(learner: Learner) -> MLPSpec:
    return learner.policy_spec(TABLES.observation.shape[1], ACTIONS)


def bids(learner: Learner, policy: NDArray[np.float32]) -> dict[str, NDArray[np.float64]]:
    """Bids in all states, in float64."""
    observation = torch.tensor(TABLES.observation).double()
    outputs = spec(learner).forward(torch.from_numpy(policy).double(), observation)
    return {name: one.numpy() for name, one in learner.bids(outputs).items()}


def test_probabilities_of_a_softmax_by_hand() -> None:
    found = log_chances(PPO(), {"logit": np.array([[0, np.log(3)], [1000, 0]], np.float32)})
    np.testing.assert_allclose(np.exp(found[0]), [0.25, 0.75], rtol=1e-6)
    assert found[1].tolist() == [0, -1000]


def test_probabilities_of_an_auction_are_those_of_winning() -> None:
    given = {"bid": np.array([0.75, 0.5]), "concentration": np.array([4.0, 2.0])}
    expected = winning_probabilities(np.array([3.0, 1.0]), np.array([1.0, 1.0]), copies=2)
    np.testing.assert_allclose(np.exp(log_chances(CVS(), given)), expected)


def test_a_beta_that_cannot_be_integrated_has_no_probability() -> None:
    given = {"bid": np.full((2, 2), 0.5), "concentration": np.array([[4, 2], [4, 1e6]])}
    found = log_chances(CVS(), given)
    assert np.isfinite(found[0]).all()
    assert np.isnan(found[1]).all()


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda one: one.name)
def test_bids_say_what_adjusted_networks_bid(learner: Learner) -> None:
    policy = rough_weights(learner.name, TRAINING)["policy"]
    by = Adjustment(1.5, 0 if isinstance(learner, CVS) else -0.75)
    changed = bids(learner, adjusted(learner, spec(learner), policy, by, NEW))
    expected = adjusted_bids(learner, bids(learner, policy), by, NEW)
    for name, one in expected.items():
        np.testing.assert_allclose(changed[name], one, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("learner", LEARNERS[:2], ids=lambda one: one.name)
def test_a_shift_adds_to_one_logit_in_every_state(learner: PPO | PPOF) -> None:
    policy = rough_weights(learner.name, TRAINING)["policy"]
    kept = policy.copy()
    changed = adjusted(learner, spec(learner), policy, Adjustment(1, 2.5), NEW)
    difference = bids(learner, changed)["logit"] - bids(learner, policy)["logit"]
    expected = np.zeros((2, STATES, ACTIONS))
    expected[..., NEW] = 2.5
    np.testing.assert_allclose(difference, expected, atol=1e-6)
    assert (changed != policy).sum() == 2  # one bias in each run
    np.testing.assert_array_equal(policy, kept)


@pytest.mark.parametrize("name", ["ppo", "ppof", "cvs"])
def test_chances_at_a_state_are_those_of_its_bids(name: str) -> None:
    learner = algorithms.load(name)
    assert isinstance(learner, PPO | PPOF | CVS)
    policy = rough_weights(name, TRAINING)["policy"]
    found = chances_at(learner, spec(learner), policy, TABLES.observation[2])
    expected = log_chances(learner, {n: b[:, 2] for n, b in bids(learner, policy).items()})
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(np.exp(found).sum(-1), 1, rtol=1e-7)
