"""One epoch of PPO here and in Stable-Baselines3 on the same experience gives the same numbers.

Their code acts, estimates advantages, cuts minibatches, differentiates and takes the steps. Only its two
random draws are replaced by ours: the actions, and the order of the samples.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from stable_baselines3.common.distributions import CategoricalDistribution

from tests.verification.oracle import ours, record, theirs
from tests.verification.oracle.environments import TaskEnv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stable_baselines3 import PPO

TOLERANCE = 1e-3
"""Largest difference of a parameter, as a share of the largest move in that network.

Rounding changes a number by a factor of 1e-7. If a gradient is near 0, Adam's quotient turns this into 1e-4
of a move. The smallest deliberate mismatch below makes 6e-3. Much later in training this comparison is
impossible: the penalty drives the weights of inactive units of the value network to 1e-22, rounding then
decides on which side of the ReLU a unit is, and their code in double precision differs from itself by more.
"""
NETWORKS = ("policy", "value")
FAST = 5e-3
"""A policy rate with which ratios are clipped within an epoch; with the protocol's they are not."""


@dataclass(frozen=True)
class Case:
    """One comparison.

    Attributes:
        name: in words.
        problem: its name.
        after: number of epochs of training before the comparison; both sides start from its weights.
        epochs: number of epochs compared, one after another.
        settings: hyperparameters of ours that differ from the protocol's.
        other: arguments of theirs that override the matching ones.
        other_adam: arguments of their Adam that override the matching ones.
    """

    name: str
    problem: str = "linear_chain.training"
    after: int = 0
    epochs: int = 1
    settings: dict[str, float] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)
    other_adam: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Gap:
    """The differences between both sides after one epoch.

    Attributes:
        log_prob: largest difference of the log-probabilities of the actions taken.
        advantage: largest difference of the normalised advantages.
        target: largest difference of the value targets.
        parameters: largest difference of the parameters afterwards, per network.
        move: largest move of a parameter of ours, per network.
        clipped: share of their ratios that were clipped.
    """

    log_prob: float
    advantage: float
    target: float
    parameters: dict[str, float]
    move: dict[str, float]
    clipped: float

    def share(self, network: str) -> float:
        """Return the difference of the parameters as a share of the move."""
        return self.parameters[network] / self.move[network]


def gaps(case: Case) -> list[Gap]:
    """Run the epochs of a case on both sides."""
    algorithm = ours.ppo(**case.settings)
    run = ours.trainer(algorithm, case.problem, seed=0, after=case.after)
    env = TaskEnv(ours.tables(case.problem))
    model = theirs.make(
        algorithm, env, ours.networks(run), other=case.other, other_adam=case.other_adam
    )
    return [_gap(model, env, ours.epoch(run)) for _ in range(case.epochs)]


def _gap(model: PPO, env: TaskEnv, epoch: ours.Epoch) -> Gap:
    """Run our epoch with their code, and compare."""
    env.start = int(epoch.state[0])
    buffer = model.rollout_buffer
    with pytest.MonkeyPatch.context() as draws:
        actions = iter(epoch.action)
        draws.setattr(CategoricalDistribution, "sample", lambda _: torch.tensor([next(actions)]))
        draws.setattr(np.random, "permutation", lambda _: epoch.order)
        # Every epoch of ours starts with a new episode, so theirs must too.
        _, callback = model._setup_learn(len(epoch.state), reset_num_timesteps=True)
        model.collect_rollouts(model.get_env(), callback, buffer, len(epoch.state))  # type: ignore[arg-type]  # it has one
        seen = env.tables.observation[epoch.state]
        np.testing.assert_array_equal(buffer.observations[:, 0], seen)
        columns = (
            (buffer.log_probs, epoch.old_log_prob),
            (buffer.advantages, epoch.advantage),
            (buffer.returns, epoch.target),
        )
        apart = [float(np.abs(there[:, 0] - here).max()) for there, here in columns]
        log_prob, advantage, target = apart
        model.train()
    logged = model.logger.name_to_value
    after = theirs.networks(model)
    return Gap(
        log_prob,
        advantage,
        target,
        parameters={n: float(np.abs(after[n] - epoch.after[n]).max()) for n in NETWORKS},
        move={n: float(np.abs(epoch.after[n] - epoch.before[n]).max()) for n in NETWORKS},
        clipped=float(logged["train/clip_fraction"]),
    )


CASES = (
    Case("three epochs from fresh weights", epochs=3),
    Case("after ten epochs", after=10, epochs=2),
    Case("the other last letter", "linear_chain.last", after=10, epochs=2),
    Case("two tasks, common ancestor", "common_ancestor.training", epochs=3),
    Case("two tasks, common descendant", "common_descendant.training", epochs=3),
    Case("ratios that are clipped", settings={"policy_lr": FAST}),
)


@pytest.fixture(scope="module")
def rows() -> Iterator[list[tuple[str | float, ...]]]:
    """Collect the measurements of all cases, and write them at the end."""
    found: list[tuple[str | float, ...]] = []
    yield found
    head = ("case", "problem", "epochs", *(f"{n}: {w}" for n in NETWORKS for w in ("move", "gap")))
    record.write("update", {"head": head, "rows": found, "tolerance": TOLERANCE})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_same_experience_gives_the_same_networks(
    case: Case, rows: list[tuple[str | float, ...]]
) -> None:
    found = gaps(case)
    for gap in found:
        assert gap.log_prob < 1e-5
        assert gap.target < 1e-5
        assert gap.advantage < 1e-4
        assert max(gap.share(network) for network in NETWORKS) < TOLERANCE
    if case.settings:
        assert found[0].clipped > 0.01
    sizes = [
        max(getattr(gap, what)[n] for gap in found)
        for n in NETWORKS
        for what in ("move", "parameters")
    ]
    rows.append((case.name, case.problem, case.epochs, *sizes))


def test_clipped_gradients_agree() -> None:
    """Without a value loss, their joint norm is the norm of the policy."""
    case = Case(
        "clipped", settings={"max_grad_norm": 0.05}, other={"max_grad_norm": 0.05, "vf_coef": 0.0}
    )
    (gap,) = gaps(case)
    assert gap.share("policy") < TOLERANCE
    (unclipped,) = gaps(Case("not clipped there", settings={"max_grad_norm": 0.05}))
    assert unclipped.share("policy") > TOLERANCE


FAST_RATE = {"policy_lr": FAST}


@pytest.mark.parametrize(
    ("network", "case"),
    [
        ("policy", Case("gae_lambda", other={"gae_lambda": 0.9})),
        ("policy", Case("gamma", other={"gamma": 0.98})),
        ("policy", Case("clip_range", settings=FAST_RATE, other={"clip_range": 0.1})),
        ("policy", Case("ent_coef", other={"ent_coef": 0.0})),
        ("policy", Case("normalize_advantage", other={"normalize_advantage": True})),
        ("policy", Case("plain buffer", other={"rollout_buffer_class": None})),
        ("policy", Case("batch_size", other={"batch_size": 128})),
        ("policy", Case("n_epochs", other={"n_epochs": 2})),
        ("policy", Case("Adam's ε", other_adam={"eps": 1e-5})),
        ("policy", Case("Adam's β", other_adam={"betas": (0.9, 0.99)})),
        ("policy", Case("rate", other_adam={"lr": 3e-4})),
        ("value", Case("vf_coef", other={"vf_coef": 0.5})),
        ("value", Case("clip_range_vf", other={"clip_range_vf": 0.05})),
        ("value", Case("no penalty", other_adam={"weight_decay": 0.0})),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_each_mismatch_of_a_setting_is_detected(network: str, case: Case) -> None:
    (gap,) = gaps(case)
    assert gap.share(network) > 3 * TOLERANCE
