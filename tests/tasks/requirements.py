"""What the conformance suite asks of every task, as functions whose errors say what its author should do.

They compute values on their own, by iteration to a fixed point, so that they also test the project's
dynamic programming.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro.engine.rollout import collect_sampled
from repro.protocol import STEPS_PER_EPOCH
from repro.statistics.convergence import is_near, tolerance_of
from tests.support.recorded import streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.mdp.task import Problem, Task

GAMMA = 0.99
TIE = 1e-9
INFORMATIVE = 0.5
"""Episodes of a random policy, in an epoch, that must earn more than the others, on average. The chain of
five decisions has 0.63, and CVS, PPO and PPOF have learned it within 1700 epochs."""


def ahead(task: Task, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected value [S, A] of the state reached; terminal states are worth 0."""
    value = np.where(task.terminal, 0.0, value)
    if task.probability is None:
        return np.asarray(value[task.next_state])
    return np.asarray(np.einsum("sat,t->sa", task.probability, value))


def optimal_values(task: Task, gamma: float = GAMMA) -> NDArray[np.float64]:
    """Iterate the optimality equation to its fixed point [S, A]."""
    q = np.zeros_like(task.reward)
    for _ in range(5000):
        before, q = q, task.reward + gamma * ahead(task, q.max(axis=1))
        if np.abs(before - q).max() <= 1e-13 * np.abs(q).max():
            return q
    raise AssertionError(f"{task.name}: values do not converge")


def best_actions(task: Task) -> NDArray[np.bool_]:
    """Flag the best actions at γ = 0.99, [S, A]; several if they are equally good."""
    q = optimal_values(task)
    return np.asarray(q >= q.max(axis=1, keepdims=True) - TIE * np.abs(q).max())


def greedy_policy(task: Task) -> NDArray[np.float64]:
    """Return the policy [S, A] that takes the first of the best actions."""
    return np.asarray(np.eye(len(task.action_names))[best_actions(task).argmax(axis=1)])


def visited(task: Task) -> list[int]:
    """Return the states in which the greedy policy acts within the horizon, nearest first."""
    transition = task.transition
    found, new = [task.start], [task.start]
    policy = greedy_policy(task).argmax(axis=1)
    for _ in range(task.horizon - 1):
        reached = {int(t) for s in new for t in np.flatnonzero(transition[s, policy[s]])}
        new = sorted(t for t in reached if t not in found and not task.terminal[t])
        found += new
    return found


def policy_return(task: Task, policy: NDArray[np.float64]) -> float:
    """Compute the expected undiscounted return of a policy [S, A], backwards over the steps left."""
    value = np.zeros(len(task.terminal))
    for _ in range(task.horizon):
        value = (policy * (task.reward + ahead(task, value))).sum(axis=1)
    return float(value[task.start])


def uniform_policy(task: Task) -> NDArray[np.float64]:
    """Return the policy [S, A] that takes every action with the same probability."""
    return np.full_like(task.reward, 1 / len(task.action_names))


def informative_episodes(task: Task) -> float:
    """Return how many episodes of the uniform policy in an epoch earn more than others, at least.

    An episode earns more if it has a reward above the smallest one; if all rewards are equal, if it
    reaches the end. An epoch has at least as many episodes as its steps hold whole horizons.
    """
    rewards = task.reward[~task.terminal]
    better, ends_count = task.reward > rewards.min(), bool((rewards == rewards.min()).all())
    missed = np.ones(len(task.terminal))
    for _ in range(task.horizon):
        if ends_count:
            missed = np.where(task.terminal, 0.0, missed)
            value = np.einsum("sat,t->sa", task.transition, missed)
        else:
            value = np.where(better, 0.0, np.einsum("sat,t->sa", task.transition, missed))
        missed = value.mean(axis=1)
    return float((1 - missed[task.start]) * STEPS_PER_EPOCH / task.horizon)


def check_best_return(task: Task) -> None:
    """The best policy at γ = 0.99, which is what is learned, earns the best return, nearly.

    Half of the convergence tolerance is left for what is learned inexactly.
    """
    found, best = policy_return(task, greedy_policy(task)), task.best_return
    assert best - found <= tolerance_of(best) / 2, (
        f"{task.name}: the best return in {task.horizon} steps is {best:g}, but the best policy at "
        f"γ = {GAMMA} earns {found:g}, so that a run cannot converge; bring the largest rewards nearer, "
        "or raise horizon="
    )


def check_unique(task: Task) -> None:
    """In every state that the best policy visits, one action is best, or there is nothing to decide."""
    best = best_actions(task)
    for state in visited(task):
        actions = [task.action_names[a] for a in np.flatnonzero(best[state])]
        assert len(actions) in {1, len(task.action_names)}, (
            f"{task.name}: in state {task.state_names[state]} the actions {', '.join(actions)} are "
            f"equally good at γ = {GAMMA}; make one of them better, since bids are compared with it"
        )


def check_learnable(task: Task) -> None:
    """A random policy has not converged yet, and its episodes differ, so that learning can start.

    The networks begin near it. If few of its episodes earn more than the others, most epochs have nothing to
    learn from.
    """
    found, best = policy_return(task, uniform_policy(task)), task.best_return
    assert found < best - tolerance_of(best), (
        f"{task.name}: a random policy earns {found:g}, within the tolerance of the best return {best:g}; "
        "make wrong actions worse"
    )
    episodes = informative_episodes(task)
    assert episodes >= INFORMATIVE, (
        f"{task.name}: at random, {episodes:.2g} episodes in an epoch of {STEPS_PER_EPOCH} steps earn "
        f"more than the others, expected at least {INFORMATIVE}, or learning does not start; give fewer "
        "decisions or actions, raise horizon=, or add a reward on the way"
    )


def check_chance(task: Task) -> None:
    """A task with probabilities is stochastic."""
    if task.probability is not None:
        assert ((task.probability > 0) & (task.probability < 1)).any(), (
            f"{task.name}: every probability is 0 or 1; leave out probability=, since returns and "
            "random numbers of a deterministic task are treated more simply"
        )


def check_observations(task: Task) -> None:
    """Observations are of the size that new networks are made for."""
    largest = float(np.abs(task.observation).max())
    assert 0.1 <= largest <= 10, (
        f"{task.name}: the largest number in an observation is {largest:g}; scale observations to "
        "about 1, as one-hot codes are"
    )


def check_converged(problem: Problem) -> None:
    """An epoch of the best policy counts as converged, as the engine computes its return."""
    policy = np.concatenate([greedy_policy(task) for task in problem.tasks])
    many = np.tile(policy, (8, 1, 1))
    batch = collect_sampled(streams(*range(8)), problem.merged, many, STEPS_PER_EPOCH)
    far = batch.mean_return[~is_near(batch.mean_return, problem.best_return)]
    assert not far.size, (
        f"{problem.name}: an epoch of the best policy has the return {far[:1]}, too far from the best "
        f"return {problem.best_return:g} to converge; make it less dependent on how many steps are left"
    )
