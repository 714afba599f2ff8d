"""What follows a state and an action: expectations, reachable states and optimal values, on arrays."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class Dynamics(Protocol):
    """Transitions and rewards of S states and A actions, as `Task` and `Tables` have them."""

    @property
    def next_state(self) -> NDArray[np.int64]:
        """[S, A], index of the state reached, or of the most likely one."""

    @property
    def probability(self) -> NDArray[np.float64] | None:
        """[S, A, S], probability of each state being reached; None: `next_state` is certain."""

    @property
    def reward(self) -> NDArray[np.floating]:
        """[S, A]."""


def expected_next(dynamics: Dynamics, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the expected value [..., S, A] of the state reached, given values [..., S]."""
    if dynamics.probability is None:
        return np.asarray(value[..., dynamics.next_state])
    # Not a product of matrices: its last digits depend on the processor.
    return np.asarray((dynamics.probability * value[..., None, None, :]).sum(axis=-1))


def action_values(dynamics: Dynamics, discount: float = 1.0) -> Iterator[NDArray[np.float64]]:
    """Yield the optimal action values [S, A] with 1, 2, 3, ... steps left.

    Terminal states need no mask, because they lead to themselves with reward 0.
    """
    value = np.zeros(len(dynamics.next_state))
    while True:
        action_value = dynamics.reward + discount * expected_next(dynamics, value)
        yield action_value
        value = action_value.max(axis=1)


def best_returns(dynamics: Dynamics, start: int, steps: int) -> NDArray[np.float64]:
    """Compute the largest expected undiscounted return in 1, 2, ..., `steps` steps, [steps]."""
    found = np.empty(steps)
    before = None
    for n, action_value in enumerate(islice(action_values(dynamics), steps)):
        found[n:] = action_value[start].max()
        if before is not None and np.array_equal(action_value, before):  # nothing changes any more
            break
        before = action_value
    return found


def regrets(dynamics: Dynamics, horizon: int) -> NDArray[np.float64]:
    """Compute how much less than the best action each action is worth after t steps, [horizon, S, A].

    These are the optimal advantages, undiscounted and with the sign changed.
    """
    left = list(islice(action_values(dynamics), horizon))
    return np.stack([q.max(axis=1, keepdims=True) - q for q in reversed(left)])


def reached_from(dynamics: Dynamics, states: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Flag the states [S] that an action in one of the flagged states [S] can lead to."""
    if dynamics.probability is not None:
        return np.asarray((dynamics.probability[states] > 0).any(axis=(0, 1)))
    reached = np.zeros_like(states)
    reached[dynamics.next_state[states]] = True
    return reached


def steps_to_reach(dynamics: Dynamics, start: int) -> NDArray[np.int64]:
    """Return the smallest number of steps from the start to each state, [S]; -1 if there is no way."""
    steps = np.full(len(dynamics.next_state), -1)
    new, n = np.arange(len(steps)) == start, 0
    while new.any():
        steps[new] = n
        new, n = reached_from(dynamics, new) & (steps < 0), n + 1
    return steps
