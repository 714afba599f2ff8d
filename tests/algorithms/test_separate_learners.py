"""Learners with nothing in common: advantages by loops over steps, an epoch on plain modules, audits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Gumbel

from claims.theory._learner import Learner, iteration
from claims.theory._rules import trainer_inputs, trainer_rule
from claims.theory._shapes import Shape
from repro import algorithms
from repro.causal import audit
from repro.credit import returns
from repro.engine.rollout import shuffled
from repro.errors import UserError
from tests.algorithms.reference import (
    Network,
    assert_moved_alike,
    make_trainer,
    normalised,
    policy_steps,
    rough_weights,
    value_step,
)
from tests.support.recorded import arrays

if TYPE_CHECKING:
    from types import SimpleNamespace

    from repro.mdp.task import Tables

NAMES = ("gumbel_bids", "sigmoid_policy_gradient")
PROBLEM = "common_descendant.training"
SIZES = (10, 20, 20, 1)
SMALL = {"steps": 256, "minibatch": 64}
FAST = 2e-2
"""A learning rate at which ratios leave the clip range on both sides within an epoch."""


def advantages(
    batch: SimpleNamespace, tables: Tables, run: int, value: list[float], decay: float
) -> list[float]:
    """Errors over one step, summed backwards with γλ; a cut bootstraps, a terminal state does not."""
    found, advantage = [], 0.0
    for t in reversed(range(batch.state.shape[1])):
        here, there = batch.state[run, t], batch.next_state[run, t]
        mask = 0 if tables.terminal[there] else 1
        error = float(batch.reward[run, t]) + 0.99 * mask * value[there] - value[here]
        advantage = error + (0 if batch.episode_end[run, t] else 0.99 * decay * advantage)
        found.append(advantage)
    return found[::-1]


@pytest.mark.parametrize("name", NAMES)
def test_networks(name: str) -> None:
    algorithm = algorithms.load(name)
    spec = algorithm.policy_spec(10, 6)
    assert (spec.sizes, spec.relu) == (SIZES, (True, True))
    assert algorithm.init_policy(10, 6, np.random.default_rng(0)).shape == (6, 661)
    assert algorithm.learners(6) == algorithm.critics(6) == 6
    assert not hasattr(algorithm, "entropy_bonus")


@pytest.mark.parametrize("decay", [0.0, 0.95])
@pytest.mark.parametrize("name", NAMES)
def test_samples_by_loops_over_steps(name: str, decay: float) -> None:
    weights = rough_weights(name, PROBLEM)
    trainer = make_trainer(name, PROBLEM, weights, **SMALL, gae_lambda=decay)
    outputs = trainer.outputs()
    collected = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    samples = trainer.algorithm.assign_credit(collected, trainer.tables, outputs)
    batch = arrays(collected)
    for run, k in np.ndindex(2, 6):
        value = outputs.value[run, k].tolist()
        plain = advantages(batch, trainer.tables, run, value, decay)
        target = [a + value[s] for a, s in zip(plain, batch.state[run], strict=True)]
        assert samples["target"][run, k].tolist() == pytest.approx(target, abs=1e-5)
        acted = batch.action[run] == k
        assert acted.any()
        own = np.array(plain) * (acted if name == "gumbel_bids" else 1)
        np.testing.assert_allclose(
            samples["advantage"][run, k], normalised(own.tolist()), atol=2e-3, rtol=1e-3
        )
        if name == "gumbel_bids":
            np.testing.assert_array_equal(samples["bid"][run, k], batch.bids[run, :, k])
        else:
            np.testing.assert_array_equal(samples["acted"][run, k], acted)


def test_a_mechanism_that_never_wins_learns_nothing_but_its_values() -> None:
    weights = rough_weights("gumbel_bids", PROBLEM)
    weights["policy"][:, 0, -1] = -60  # its bid without noise
    trainer = make_trainer("gumbel_bids", PROBLEM, weights, **SMALL)
    trainer.epoch(trainer.outputs())
    changed = (trainer.policy.parameters != weights["policy"]).any(-1)
    assert changed.tolist() == [[False] + [True] * 5] * 2
    assert (trainer.value.parameters != weights["value"]).any(-1).all()


def test_bids() -> None:
    """The probability of winning, or of deciding to act."""
    for name in NAMES:
        trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM))
        policy = trainer.outputs().policy
        bids = trainer.algorithm.bids(policy)
        logit = policy[..., 0].transpose(1, 2)
        expected = logit.softmax(-1) if name == "gumbel_bids" else torch.sigmoid(logit)
        assert torch.equal(bids["logit"], logit)
        torch.testing.assert_close(bids["bid"], expected)


def test_selection_is_in_proportion_to_the_sigmoids() -> None:
    name = "sigmoid_policy_gradient"
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), steps=20_000, minibatch=250)
    outputs = trainer.outputs()
    batch = arrays(trainer.algorithm.collect(trainer.streams, trainer.tables, outputs))
    decided = trainer.algorithm.bids(outputs.policy)["bid"].numpy()
    for run in range(2):
        state = np.bincount(batch.state[run]).argmax()
        chosen = batch.action[run][batch.state[run] == state]
        expected = decided[run, state] / decided[run, state].sum() * len(chosen)
        found = np.bincount(chosen, minlength=6)
        # 5 degrees of freedom: a sum above 25 has probability 1/7000.
        assert ((found - expected) ** 2 / expected).sum() < 25


@pytest.mark.parametrize("rate", [4e-5, FAST])
@pytest.mark.parametrize("name", NAMES)
def test_an_epoch_against_plain_modules(name: str, rate: float) -> None:
    weights = rough_weights(name, PROBLEM)
    trainer, twin = (
        make_trainer(name, PROBLEM, weights, **SMALL, policy_lr=rate) for _ in range(2)
    )
    batch = arrays(twin.algorithm.collect(twin.streams, twin.tables, twin.outputs()))
    order = shuffled(twin.streams, 6, 256)
    trainer.epoch(trainer.outputs())
    tables = twin.tables
    observation = torch.from_numpy(tables.observation.copy()).double()
    seen = []
    for run, k in np.ndindex(2, 6):
        before = {kind: w[run, k] for kind, w in weights.items()}
        network = Network(before["policy"], SIZES, (0, 1), rate, 40.0)
        value = Network(before["value"], SIZES, (0, 1), 5e-3)
        with torch.no_grad():
            v = value(observation).squeeze(-1).tolist()
            location = network(observation).squeeze(-1)
        plain = advantages(batch, tables, run, v, 0.0)
        state, acted = torch.from_numpy(batch.state[run]), torch.from_numpy(batch.action[run] == k)
        own = [a * won for a, won in zip(plain, acted.tolist(), strict=True)]
        advantage = normalised(own if name == "gumbel_bids" else plain)
        for at in order[run, k].reshape(-1, 64):
            target = torch.tensor([plain[i] + v[batch.state[run, i]] for i in at])
            value_step(value, observation[state[at]], target.double(), penalty=0.0)
            output = network(observation[state[at]]).squeeze(-1)
            if name == "gumbel_bids":
                bid = torch.from_numpy(batch.bids[run, at, k]).double()
                old = Gumbel(location[state[at]], 1.0).log_prob(bid)
                policy = Gumbel(output, 1.0)  # with an entropy that has no gradient
                seen.append(policy_steps([network], policy, bid, old, advantage[at]))
            else:
                decision = Bernoulli(logits=output)
                (-(decision.log_prob(acted[at].double()) * advantage[at]).mean()).backward()
                network.step()
        assert_moved_alike(trainer.value.parameters[run, k], value, before["value"], 5e-3)
        assert_moved_alike(trainer.policy.parameters[run, k], network, before["policy"], rate)
    if name == "gumbel_bids":
        ratios = torch.cat(seen)
        assert (ratios.min() < 0.8 and ratios.max() > 1.2) == (rate == FAST)


ACYCLIC = Shape((0, 1, 2, 3), (0, 1, 2, 0))


def two_episodes(name: str) -> dict[str, torch.Tensor]:
    """Draw inputs of two episodes through the same three states, in which other mechanisms act."""
    drawn = trainer_inputs(name, Shape((0, 1, 2, 0, 1, 2), (0, 1, 2, 1, 1, 0)))
    return drawn | {
        "next_state": torch.tensor([[1, 2, 3, 1, 2, 3]]),
        "episode_end": torch.tensor([[False, False, True] * 2]),
    }


@pytest.mark.parametrize(
    ("name", "answer"),
    [("gumbel_bids", "modular"), ("sigmoid_policy_gradient", "implementation-dependent")],
)
def test_audits(name: str, answer: str) -> None:
    """A Gumbel bid learns only from rewards of its own steps; these are no other mechanism's.

    Each decision of the sigmoid policy learns from the rewards of all steps, and so all mechanisms could share
    the sum of rewards that their normalisations subtract.
    """
    for given in (trainer_inputs(name, ACYCLIC), two_episodes(name)):
        audited = audit(trainer_rule(name), given)
        assert audited.answer == answer
        assert not audited.joined_as_coded
        assert not audited.limits
        assert {one.name for one in audited.witnesses} <= {"sum"}


def test_without_normalisation_separate_decisions_share_no_sum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On one acyclic episode. Several episodes share the rewards after a state that all learn from."""
    name = "sigmoid_policy_gradient"
    monkeypatch.setattr(returns, "normalised", lambda advantage: advantage)
    assert audit(trainer_rule(name), trainer_inputs(name, ACYCLIC)).answer == "modular"
    assert audit(trainer_rule(name), two_episodes(name)).answer == "implementation-dependent"


@pytest.mark.parametrize("name", NAMES)
def test_value_functions_can_share_a_sum_of_rewards(name: str) -> None:
    """If a mechanism's value function counts as part of it: each learns from the rewards of all steps."""
    audited = iteration(Learner(name, Shape((0, 1, 2), (0, 1, 2)))).verdict
    assert audited.answer == "implementation-dependent"
    assert not audited.joined_as_coded
    assert {one.name for one in audited.witnesses} == {"sum"}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", [-0.1, 1.5, float("nan")])
def test_an_invalid_lambda_is_an_error(name: str, wrong: float) -> None:
    with pytest.raises(
        UserError, match=f"^{name}: gae_lambda is .*; expected a number from 0 to 1"
    ):
        algorithms.load(name, gae_lambda=wrong)
