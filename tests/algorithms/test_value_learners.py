"""Value learners: their targets against loops over episodes, their gradient against autograd, their audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._rules import trainer_inputs, trainer_rule
from claims.theory._shapes import Shape
from repro import algorithms, tasks
from repro.algorithms.base import Outputs
from repro.algorithms.value_learner import ValueLearner
from repro.causal import audit
from repro.errors import UserError
from tests.algorithms.reference import make_trainer, rough_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from repro.engine.rollout import Batch

NAMES = [
    name for name in algorithms.algorithm_names() if isinstance(algorithms.load(name), ValueLearner)
]
PROBLEM = "linear_chain.training"
DISCOUNT, EPSILON = 0.99, 0.1

Episode = list[tuple[float, "Sequence[float]", int | None]]
"""For each step: the reward, the discounted predictions at the state reached (0 if it is terminal), and
the action taken there, None at the end."""


def mean(q: Sequence[float]) -> float:
    """The mean of the ε-greedy policy."""
    return (1 - EPSILON) * max(q) + EPSILON * sum(q) / len(q)


def following(episode: Episode, t: int) -> float:
    """The prediction after step t: of the next action, or of the policy where the episode is cut."""
    _, q, action = episode[t]
    return mean(q) if action is None else q[action]


def n_step(n: int) -> Callable[[Episode, int], float]:
    def target(episode: Episode, t: int) -> float:
        last = min(t + n, len(episode)) - 1
        rewards = sum(DISCOUNT ** (i - t) * episode[i][0] for i in range(t, last + 1))
        return rewards + DISCOUNT ** (last - t) * following(episode, last)

    return target


def mixed(episode: Episode, t: int, decay: float = 0.95) -> float:
    """The λ-return: n-step targets with geometric weights, the last with all the rest."""
    left = len(episode) - t
    parts = [(1 - decay) * decay ** (n - 1) * n_step(n)(episode, t) for n in range(1, left)]
    return sum(parts) + decay ** (left - 1) * n_step(left)(episode, t)


TARGETS: dict[str, Callable[[Episode, int], float]] = {
    "q_learning": lambda episode, t: episode[t][0] + max(episode[t][1]),
    "sarsa": n_step(1),
    "expected_sarsa": lambda episode, t: episode[t][0] + mean(episode[t][1]),
    "n_step_sarsa": n_step(3),
    "lambda_sarsa": mixed,
    "monte_carlo": lambda episode, t: n_step(len(episode))(episode, t),
}


def episodes(batch: Batch, run: int, q: np.ndarray, terminal: np.ndarray) -> list[Episode]:
    """Cut one run's batch into its episodes."""
    found: list[Episode] = [[]]
    for t in range(batch.state.shape[1]):
        reached, end = int(batch.next_state[run, t]), bool(batch.episode_end[run, t])
        values = [0.0] * q.shape[1] if terminal[reached] else list(DISCOUNT * q[reached])
        following_action = None if end else int(batch.action[run, t + 1])
        found[-1].append((float(batch.reward[run, t]), values, following_action))
        if end:
            found.append([])
    return found[:-1]


def test_every_value_learner_has_a_reference() -> None:
    assert set(TARGETS) <= set(NAMES)


@pytest.mark.parametrize("name", TARGETS)
def test_targets_against_loops_over_episodes(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    trainer = make_trainer(name, PROBLEM, weights, steps=509, minibatch=509)
    outputs = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    samples = trainer.algorithm.assign_credit(batch, trainer.tables, outputs)
    predictions = trainer.algorithm.bids(outputs.policy)["bid"].double().numpy()
    cut, ended = 0, 0
    for run in range(2):
        found = episodes(batch, run, predictions[run], trainer.tables.terminal)
        expected = [TARGETS[name](one, t) for one in found for t in range(len(one))]
        assert samples["target"][run, 0].tolist() == pytest.approx(expected, abs=2e-6)
        cut += sum(any(one[-1][1]) for one in found)
        ended += sum(not any(one[-1][1]) for one in found)
    assert cut > 5
    assert cut + ended > 50


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_that_of_the_mean_squared_error(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), steps=256, minibatch=64)
    samples, _ = trainer.experience(trainer.outputs())
    samples["target"] = samples["target"].double()
    statistics = trainer.algorithm.minibatch_statistics(samples, trainer.tables)
    policy = trainer.outputs().policy.double().requires_grad_()
    run = torch.arange(2)[:, None]
    acted = policy[run, samples["action"][:, 0], samples["state"][:, 0], 0]
    loss = (acted - samples["target"][:, 0]).square().mean(-1).sum()
    (expected,) = torch.autograd.grad(loss, policy)
    found = trainer.algorithm.policy_gradient(policy.detach(), policy.detach(), statistics)
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 1.0])
def test_actions_are_drawn_epsilon_greedily(epsilon: float) -> None:
    trainer = make_trainer(
        "sarsa",
        PROBLEM,
        rough_weights("sarsa", PROBLEM),
        steps=20_000,
        minibatch=250,
        epsilon=epsilon,
    )
    outputs = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    greedy = trainer.algorithm.bids(outputs.policy)["bid"].argmax(-1)
    as_greedy = (batch.action == greedy.gather(-1, batch.state)).double().mean().item()
    expected = 1 - epsilon + epsilon / 6
    assert as_greedy == pytest.approx(expected, abs=4 * (expected * (1 - expected) / 40_000) ** 0.5)


def test_convergence_is_judged_by_the_greedy_policy() -> None:
    """With ε = 1, all actions are random, but the return is that of the best predictions."""
    trainer = make_trainer("sarsa", PROBLEM, rough_weights("sarsa", PROBLEM), epsilon=1.0)
    outputs = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    right = torch.zeros_like(outputs.policy)
    for step in tasks.optimal_paths(PROBLEM, DISCOUNT)[0]:
        right[:, step.action, step.state] = 1
    assert batch.mean_return.max() < 0.5
    judged = trainer.algorithm.judged_return(batch, trainer.tables, Outputs(right, outputs.value))
    assert judged.tolist() == pytest.approx([0.8, 0.8])


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("q_learning", "modular"),
        ("sarsa", "modular"),
        ("expected_sarsa", "modular"),
        ("n_step_sarsa", "implementation-dependent"),
        ("lambda_sarsa", "implementation-dependent"),
        ("monte_carlo", "implementation-dependent"),
    ],
)
def test_audits_on_one_acyclic_episode(name: str, answer: str) -> None:
    """Single-step targets share nothing; longer ones share sums of rewards (talk:218-230)."""
    shape = Shape((0, 1, 2, 3), (0, 1, 2, 0))
    assert audit(trainer_rule(name), trainer_inputs(name, shape)).answer == answer


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("sarsa", {"epsilon": 1.5}, "sarsa: epsilon is 1.5; expected a probability from 0 to 1"),
        ("sarsa", {"epsilon": float("nan")}, "epsilon is nan"),
        ("sarsa", {"temperature": -1.0}, "temperature is -1.0; expected a finite number from 0 on"),
        ("sarsa", {"temperature": float("inf")}, "temperature is inf"),
        ("n_step_sarsa", {"n": 0}, "n is 0; expected a whole number above 0"),
        ("n_step_sarsa", {"n": 1.5}, "n is 1.5"),
        (
            "lambda_sarsa",
            {"trace_decay": -0.1},
            "trace_decay is -0.1; expected a number from 0 to 1",
        ),
    ],
)
def test_invalid_hyperparameters_are_named(name: str, wrong: dict[str, float], says: str) -> None:
    with pytest.raises(UserError, match=says):
        algorithms.load(name, **wrong)


@pytest.mark.parametrize(
    ("name", "hyperparameters"),
    [
        ("n_step_sarsa", {"n": 1}),
        ("n_step_sarsa", {"n": 1.0}),
        ("lambda_sarsa", {"trace_decay": 0.0}),
    ],
)
def test_the_shortest_window_is_sarsa(name: str, hyperparameters: dict[str, float]) -> None:
    small = {"steps": 256, "minibatch": 64}
    one = make_trainer(name, PROBLEM, rough_weights("sarsa", PROBLEM), **small, **hyperparameters)
    two = make_trainer("sarsa", PROBLEM, rough_weights("sarsa", PROBLEM), **small)
    for trainer in (one, two):
        trainer.epoch(trainer.outputs())
    np.testing.assert_allclose(one.policy.parameters, two.policy.parameters, rtol=0, atol=1e-6)
