"""Checks of a whole task: its entries, its ends, what can be reached, and its best return."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from repro.mdp.dynamics import Dynamics, best_returns, steps_to_reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.mdp.validation import Names

SAME = 1e-9
"""Relative difference up to which two returns are equal."""


class Fields(Dynamics, Protocol):
    """The fields of a `Task` that are checked here."""

    @property
    def terminal(self) -> NDArray[np.bool_]:
        """[S], whether the state ends the episode."""

    @property
    def observation(self) -> NDArray[np.float32]:
        """[S, O]."""

    @property
    def start(self) -> int:
        """Index of the first state."""

    @property
    def horizon(self) -> int:
        """Steps after which an episode is cut."""


def check_entries(task: Fields, names: Names) -> None:
    """Check every number of the arrays on its own.

    Raises:
        TaskError: a state does not exist, or a number is not finite or no probability.
    """
    S = len(names.states)
    outside = (task.next_state < 0) | (task.next_state >= S)
    expected = f"expected a state's index, 0 to {S - 1}"
    names.refuse("next_state", task.next_state, outside, expected)
    if task.probability is not None:
        names.check_probability(task.probability, task.next_state)
    with np.errstate(over="ignore"):
        finite = np.isfinite(task.reward.astype(np.float32))  # as the networks compute
    expected = "expected a number that is finite in float32"
    names.refuse("reward", task.reward, ~finite, expected)
    names.check_observations(task.observation)


def check_ends(task: Fields, names: Names) -> None:
    """Check the terminal states.

    Raises:
        TaskError: there is none, the start is one, or one can be left or gives a reward.
    """
    if not task.terminal.any():
        names.fail("terminal", "is False everywhere; mark the states that end an episode")
    if task.terminal[task.start]:
        names.fail(
            f"terminal[{names.states[task.start]}]",
            "is True at the start; an episode would have no steps, start elsewhere",
        )
    ends = task.terminal[:, None]
    leaves = task.next_state != np.arange(len(ends))[:, None]
    expected = "a terminal state must lead to itself"
    names.refuse("next_state", task.next_state, ends & leaves, expected)
    if task.probability is not None:
        itself = np.einsum("sas->sa", task.probability)
        left = (task.probability > 0).sum(axis=-1) > 1
        names.refuse("probability", itself, ends & left, f"{expected} with probability 1")
    expected = "a terminal state must give reward 0"
    names.refuse("reward", task.reward, ends & (task.reward != 0), expected)


def check_reached(task: Fields, names: Names) -> None:
    """Check that every state can be reached within the horizon.

    Raises:
        TaskError: one cannot.
    """
    steps = steps_to_reach(task, task.start)
    for s in np.flatnonzero((steps < 0) | (steps > task.horizon)):
        reason = "cannot be reached from the start; drop it or add a way there"
        if steps[s] > 0:
            reason = (
                f"is {steps[s]} steps from the start, and episodes are cut after {task.horizon}; "
                f"raise horizon= to at least {steps[s]}, or add a shorter way"
            )
        names.fail(f"state {names.states[s]}", reason)


def check_best_return(task: Fields, names: Names) -> None:
    """Check that a deterministic task reaches its best return, which convergence is judged by.

    What is best in S steps stays best in any number of steps,
    unless a cycle is rewarded, so that only the horizon limits the return. By chance, an episode of
    a stochastic task can have any length, so what counts there is the best return within the horizon.

    Raises:
        TaskError: the best return cannot be reached.
    """
    if task.probability is not None:
        return
    S, H = len(task.terminal), task.horizon
    by_steps = best_returns(task, task.start, max(H, 2 * S))
    best = float(by_steps[S - 1])
    limited = math.isclose(best, by_steps[2 * S - 1], rel_tol=SAME)
    slack = SAME * np.abs(task.reward).max()
    if limited and by_steps[H - 1] < best - slack:
        enough = 1 + int(np.argmax(by_steps >= best - slack))
        names.fail(
            "horizon",
            f"the best return {best:g} cannot be reached in {H} steps, only {by_steps[H - 1]:g}; "
            f"raise horizon= to at least {enough}",
        )


def check_rewards(task: Fields, names: Names) -> None:
    """Check that every reward can be earned within the horizon, and that the best return is not 0.

    Raises:
        TaskError: one cannot, or it is.
    """
    steps = steps_to_reach(task, task.start)
    for s, a in np.argwhere((task.reward != 0) & (steps == task.horizon)[:, None]):
        names.fail(
            f"reward[{names.states[s]}, {names.actions[a]}]",
            f"cannot be earned in {task.horizon} steps, since its state is as many steps from the "
            f"start; raise horizon= to at least {task.horizon + 1}",
        )
    best = float(best_returns(task, task.start, task.horizon)[-1])
    if abs(best) <= SAME * np.abs(task.reward).max():
        names.fail(
            "reward",
            f"the best return in {task.horizon} steps is 0, and convergence is judged relative to it; "
            "reward the best way",
        )
