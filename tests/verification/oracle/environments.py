"""A problem's tables as environments of Gymnasium and Stable-Baselines3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

if TYPE_CHECKING:
    from repro.mdp.task import Tables

Observation: TypeAlias = NDArray[np.float32]


def _spaces(tables: Tables) -> tuple[spaces.Box, spaces.Discrete[Any]]:
    """Return the observation space and the action space."""
    _, observed = tables.observation.shape
    seen = spaces.Box(0.0, 1.0, (observed,), np.float32)
    return seen, spaces.Discrete(tables.next_state.shape[1])


class TaskEnv(gymnasium.Env[Observation, np.int64]):
    """One task of a problem: terminal states terminate, the horizon truncates.

    Attributes:
        tables: of the problem.
        start: row in which the next episode starts; it selects the task.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables, self.start = tables, int(tables.starts[0])
        self.observation_space, self.action_space = _spaces(tables)  # type: ignore[assignment]  # a Box holds arrays
        self._state, self._age = self.start, 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Return to the start."""
        super().reset(seed=seed, options=options)
        self._state, self._age = self.start, 0
        return self.tables.observation[self._state].copy(), {}

    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Look up the move in the tables."""
        reward = float(self.tables.reward[self._state, action])
        self._state = int(self.tables.next_state[self._state, action])
        self._age += 1
        terminated = bool(self.tables.terminal[self._state])
        truncated = not terminated and self._age == self.tables.horizon
        return self.tables.observation[self._state].copy(), reward, terminated, truncated, {}


class TaskVecEnv(VecEnv):
    """Many copies of one task, stepped by one look-up in the tables.

    Attributes:
        finished: undiscounted returns of the episodes that have ended, in order; the reader may
            empty the list.

    Args:
        tables: of a problem of one task.
        copies: number of copies.
    """

    def __init__(self, tables: Tables, copies: int) -> None:
        self.render_mode = None
        super().__init__(copies, *_spaces(tables))
        self.tables = tables
        self.finished: list[float] = []
        self._start = int(tables.starts[0])
        self._state = np.full(copies, self._start)
        self._age = np.zeros(copies, np.int64)
        self._return = np.zeros(copies)
        self._action = np.zeros(copies, np.int64)

    def reset(self) -> Observation:
        """Restart all copies."""
        self._state[:], self._age[:], self._return[:] = self._start, 0, 0
        return self._seen()

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Store the actions for `step_wait`."""
        self._action = actions

    def step_wait(
        self,
    ) -> tuple[Observation, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Step; copies that end restart, and report their last state."""
        reward = self.tables.reward[self._state, self._action]
        self._state = self.tables.next_state[self._state, self._action]
        self._age += 1
        self._return += reward
        terminated = self.tables.terminal[self._state]
        done = terminated | (self._age == self.tables.horizon)
        infos: list[dict[str, Any]] = [{} for _ in done]
        for copy in np.flatnonzero(done):
            infos[copy] = {
                "terminal_observation": self.tables.observation[self._state[copy]],
                "TimeLimit.truncated": not terminated[copy],
            }
            self.finished.append(float(self._return[copy]))
        self._state = np.where(done, self._start, self._state)
        self._age[done], self._return[done] = 0, 0
        return self._seen(), reward, done, infos

    def _seen(self) -> Observation:
        seen: Observation = self.tables.observation[self._state]
        return seen

    def close(self) -> None:
        """Do nothing; nothing is open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:  # noqa: ANN401 - theirs
        """Return the same value for every copy."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:  # noqa: ANN401 - theirs
        """Refuse: all copies are the same."""
        raise NotImplementedError

    def env_method(
        self,
        method_name: str,
        *args: Any,  # noqa: ANN401 - theirs
        indices: Any = None,  # noqa: ANN401 - theirs
        **kwargs: Any,  # noqa: ANN401 - theirs
    ) -> list[Any]:
        """Refuse: all copies are the same."""
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:  # noqa: ANN401 - theirs
        """Return False for every copy."""
        del wrapper_class
        return [False] * len(list(self._get_indices(indices)))
