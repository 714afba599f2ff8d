"""Finite MDPs as arrays, and training and transfer problems that consist of them.

All arrays are validated, copied and made read-only when an object is created, so the compiled engine
can index them without checks. Source: the MDP of talk:256-264, the topologies of talk:265-276.
Stochastic transitions and other sizes are ours.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from repro.errors import TaskError
from repro.mdp.dynamics import best_returns, regrets
from repro.mdp.task_checks import (
    SAME,
    check_best_return,
    check_ends,
    check_entries,
    check_reached,
    check_rewards,
)
from repro.mdp.validation import Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LONGEST = 4096
"""Largest horizon, in steps. An epoch has as many, so a longer episode would never be complete."""
EMPTY = np.empty((0, 0, 0))
"""An empty table, for deterministic problems: compiled code needs an array."""
EMPTY.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Task:
    """An MDP with S states, A actions and observations of length O.

    An episode starts in `start`, ends when it enters a terminal state, and is cut after `horizon`
    steps. Terminal states lead to themselves with reward 0, and every state can be reached. If a reward
    depends on the state reached, give its mean, or lead to an extra state that gives it.

    Attributes:
        name: as `repro.tasks.load` takes it.
        next_state: [S, A], index of the state reached; of the most likely one if there are several.
        reward: [S, A], reward for the action in the state.
        terminal: [S], whether the state ends the episode.
        observation: [S, O], input of the networks; different for any two states.
        start: index of the first state.
        horizon: steps after which an episode is cut, at most `LONGEST`.
        state_names: S distinct names, in the order of the rows.
        action_names: A distinct names, in the order of the columns.
        probability: [S, A, S], probability of each state being reached; None: the task is
            deterministic.

    Raises:
        TaskError: an entry contradicts this description, no reward can be earned, or a deterministic
            task has a better way that takes more steps than the horizon; the error names task, entry
            and reason.
    """

    name: str
    next_state: NDArray[np.int64]
    reward: NDArray[np.float64]
    terminal: NDArray[np.bool_]
    observation: NDArray[np.float32]
    start: int
    horizon: int
    state_names: tuple[str, ...]
    action_names: tuple[str, ...]
    probability: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        """Validate every entry and keep read-only copies of the arrays."""
        names = Names(self.name, self.state_names, self.action_names)
        names.check()
        S, A = len(self.state_names), len(self.action_names)
        arrays: dict[str, tuple[type[np.generic], tuple[int | None, ...]]] = {
            "next_state": (np.int64, (S, A)),
            "reward": (np.float64, (S, A)),
            "terminal": (np.bool_, (S,)),
            "observation": (np.float32, (S, None)),
        }
        if self.probability is not None:
            arrays["probability"] = np.float64, (S, A, S)
        for name, (dtype, shape) in arrays.items():
            copy = names.copy(name, getattr(self, name), dtype, shape)
            object.__setattr__(self, name, copy)  # the dataclass is frozen
        if type(self.start) is not int or self.start not in range(S):
            names.fail("start", f"is {self.start}; expected a state's index, 0 to {S - 1}")
        if not isinstance(self.horizon, int) or not 1 <= self.horizon <= LONGEST:
            names.fail("horizon", f"is {self.horizon}; expected a number of steps, 1 to {LONGEST}")
        check_entries(self, names)
        check_ends(self, names)
        check_reached(self, names)
        check_best_return(self, names)
        check_rewards(self, names)

    @property
    def transition(self) -> NDArray[np.float64]:
        """[S, A, S], probability of each state being reached, also of a deterministic task."""
        if self.probability is not None:
            return self.probability
        return np.eye(len(self.terminal))[self.next_state]

    @cached_property
    def best_return(self) -> float:
        """Largest expected undiscounted return of an episode, by dynamic programming."""
        return float(best_returns(self, self.start, self.horizon)[-1])


@dataclass(frozen=True, eq=False)
class Tables:
    """The tasks of one problem, concatenated to tables with S rows.

    A state that two tasks share by name has a row for each task, because its actions may differ.

    Attributes:
        next_state: [S, A], row of the state reached; always of the same task.
        reward: [S, A].
        terminal: [S].
        observation: [S, O].
        starts: [tasks], row of each task's first state, in the problem's order.
        horizon: steps after which an episode is cut; the same for all tasks.
        best_return: largest expected undiscounted return of an episode; the same for all tasks.
        probability: [S, A, S], probability of each row being reached; None if all tasks are
            deterministic.
        regret: [horizon, S, A], how much less than the best action an action is worth after t steps,
            undiscounted; `EMPTY` if all tasks are deterministic.
    """

    next_state: NDArray[np.int64]
    reward: NDArray[np.float32]
    terminal: NDArray[np.bool_]
    observation: NDArray[np.float32]
    starts: NDArray[np.int64]
    horizon: int
    best_return: float = 0.8
    probability: NDArray[np.float64] | None = None
    regret: NDArray[np.float64] = field(default_factory=lambda: EMPTY)

    @cached_property
    def cumulative(self) -> NDArray[np.float64]:
        """[S, A, S], cumulative probabilities of the rows; `EMPTY` if all tasks are deterministic."""
        if self.probability is None:
            return EMPTY
        cumulative = self.probability.cumsum(axis=-1)
        # Rounding must not leave anything to the rows after the last one that can be reached.
        later = self.probability[..., ::-1].cumsum(axis=-1)[..., ::-1]
        cumulative[later == self.probability] = 1.0
        cumulative.setflags(write=False)
        return cumulative


@dataclass(frozen=True, eq=False)
class Problem:
    """What one agent learns: one task, or several of which each epoch draws one.

    Attributes:
        name: topology and part, such as "linear_chain.last".
        tasks: at least one; all have the same actions, observation size O, horizon and best return.
        pretraining: name of the problem whose final weights a transfer starts from; None for a
            training problem, which starts from new weights.

    Raises:
        TaskError: there are no tasks, two have the same name, or one does not match the first.
    """

    name: str
    tasks: tuple[Task, ...]
    pretraining: str | None

    def __post_init__(self) -> None:
        """Check that one agent can learn all tasks."""
        if not self.tasks:
            raise TaskError(f"problem {self.name!r}: has no task; give it at least one")
        name, count = Counter(task.name for task in self.tasks).most_common(1)[0]
        if count > 1:
            raise TaskError(f"problem {self.name!r}: has task {name!r} {count} times; keep one")
        first = self.tasks[0]
        for task in self.tasks[1:]:
            for what, given, expected in (
                ("actions", task.action_names, first.action_names),
                ("observation size", task.observation.shape[1], first.observation.shape[1]),
                ("horizon", task.horizon, first.horizon),
            ):
                if given != expected:
                    raise TaskError(
                        f"problem {self.name!r}, task {task.name!r}: {what} {given}; expected "
                        f"{expected} as in {first.name!r}, since one agent learns both"
                    )

        for task in self.tasks[1:]:
            if not math.isclose(task.best_return, first.best_return, rel_tol=SAME):
                raise TaskError(
                    f"problem {self.name!r}, task {task.name!r}: best return {task.best_return:.9g}; "
                    f"expected {first.best_return:.9g} as in {first.name!r}, since each epoch draws "
                    "one of them and convergence is judged by one number; change the rewards"
                )

    @property
    def best_return(self) -> float:
        """Largest expected undiscounted return of an episode, the same for all tasks."""
        return self.tasks[0].best_return

    @cached_property
    def merged(self) -> Tables:
        """All tasks in one index space, with float32 rewards as the networks use them."""
        offsets = np.cumsum([0, *(len(task.terminal) for task in self.tasks)])[:-1]
        pairs = list(zip(self.tasks, offsets, strict=True))
        tables = Tables(
            next_state=np.concatenate([task.next_state + offset for task, offset in pairs]),
            reward=np.concatenate([task.reward for task in self.tasks]).astype(np.float32),
            terminal=np.concatenate([task.terminal for task in self.tasks]),
            observation=np.concatenate([task.observation for task in self.tasks]),
            starts=np.array([task.start + offset for task, offset in pairs]),
            horizon=self.tasks[0].horizon,
            best_return=self.best_return,
            **self._chance(),
        )
        for array in vars(tables).values():
            if isinstance(array, np.ndarray):
                array.setflags(write=False)
        return tables

    def _chance(self) -> dict[str, NDArray[np.float64]]:
        """Return the tables that only stochastic problems have."""
        if all(task.probability is None for task in self.tasks):
            return {}
        size, first = sum(len(task.terminal) for task in self.tasks), 0
        probability = np.zeros((size, len(self.tasks[0].action_names), size))
        for task in self.tasks:
            rows = slice(first, first + len(task.terminal))
            probability[rows, :, rows] = task.transition
            first = rows.stop
        regret = np.concatenate([regrets(task, task.horizon) for task in self.tasks], axis=1)
        return {"probability": probability, "regret": regret}


@dataclass(frozen=True, eq=False)
class Topology:
    """A causal structure of decisions: a training problem and the problems to transfer to.

    Attributes:
        training: the tasks of the training problem.
        transfer: the tasks of each transfer problem by its name, in the order of presentation.
    """

    training: tuple[Task, ...]
    transfer: Mapping[str, tuple[Task, ...]]

    def problems(self, topology: str) -> tuple[Problem, ...]:
        """Create the problems, named "`topology`.part"; the training problem is first.

        Raises:
            TaskError: a problem's tasks do not fit together, or a transfer is named "training".
        """
        source = f"{topology}.training"
        if "training" in self.transfer:
            raise TaskError(f"problem {source!r}: a transfer has the same name; rename it")
        transfers = (
            Problem(f"{topology}.{part}", tasks, source) for part, tasks in self.transfer.items()
        )
        return (Problem(source, self.training, None), *transfers)
