"""Finite deterministic MDPs as arrays, and training and transfer problems that consist of them.

All arrays are validated, copied and made read-only when an object is created, so the compiled engine
can index them without checks. Source: the MDP of talk:256-264, the topologies of talk:265-276.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from repro.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Task:
    """A deterministic MDP with S states, A actions and observations of length O.

    An episode starts in `start`, ends when it enters a terminal state, and is cut after `horizon`
    steps. Terminal states lead to themselves with reward 0, and every state can be reached.

    Attributes:
        name: as `repro.tasks.load` takes it.
        next_state: [S, A], index of the state reached.
        reward: [S, A], reward for the action in the state.
        terminal: [S], whether the state ends the episode.
        observation: [S, O], input of the networks; different for any two states.
        start: index of the first state.
        horizon: steps after which an episode is cut.
        state_names: S distinct names, in the order of the rows.
        action_names: A distinct names, in the order of the columns.

    Raises:
        TaskError: an entry contradicts this description; the error names task, entry and reason.
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

    def __post_init__(self) -> None:
        """Validate every entry and keep read-only copies of the arrays."""
        self._check_names()
        S, A = len(self.state_names), len(self.action_names)
        self._keep("next_state", np.int64, (S, A))
        self._keep("reward", np.float64, (S, A))
        self._keep("terminal", np.bool_, (S,))
        self._keep("observation", np.float32, (S, None))
        if type(self.start) is not int or self.start not in range(S):
            self._fail("start", f"is {self.start}; expected a state's index, 0 to {S - 1}")
        if not isinstance(self.horizon, int) or self.horizon < 1:
            self._fail("horizon", f"is {self.horizon}; expected a whole number of steps above 0")
        self._check_entries()
        self._check_ends()
        self._check_observations()

    def _fail(self, entry: str, reason: str) -> NoReturn:
        raise TaskError(f"task {self.name!r}, {entry}: {reason}")

    def _check_names(self) -> None:
        if not isinstance(self.name, str):
            self._fail("name", f"is a {type(self.name).__name__}; expected text")
        for field in ("state_names", "action_names"):
            names = getattr(self, field)
            if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
                self._fail(field, f"is {names!r}; expected a tuple of names")
            if not names:
                self._fail(field, "is empty; expected at least one name")
            name, count = Counter(names).most_common(1)[0]
            if count > 1:
                self._fail(field, f"has {name!r} {count} times; give each its own name")

    def _keep(self, field: str, dtype: type[np.generic], shape: tuple[int | None, ...]) -> None:
        given = getattr(self, field)
        wanted = f"an array of {dtype.__name__}, shape {shape}".replace("None", "any")
        if not isinstance(given, np.ndarray):
            self._fail(field, f"is a {type(given).__name__}; expected {wanted}")
        fits = given.ndim == len(shape) and all(
            size in {None, actual} for size, actual in zip(shape, given.shape, strict=True)
        )
        if given.dtype != dtype or not fits:
            self._fail(field, f"is of {given.dtype}, shape {given.shape}; expected {wanted}")
        copy = given.copy()
        copy.setflags(write=False)
        object.__setattr__(self, field, copy)  # the dataclass is frozen

    def _refuse(self, field: str, wrong: NDArray[np.bool_], expected: str) -> None:
        """Raise for the first True entry of `wrong`, [S, A] or [S, O]."""
        for s, column in np.argwhere(wrong):
            label = column if field == "observation" else self.action_names[column]
            given = getattr(self, field)[s, column]
            self._fail(f"{field}[{self.state_names[s]}, {label}]", f"is {given}; {expected}")

    def _check_entries(self) -> None:
        S = len(self.state_names)
        outside = (self.next_state < 0) | (self.next_state >= S)
        self._refuse("next_state", outside, f"expected a state's index, 0 to {S - 1}")
        with np.errstate(over="ignore"):
            finite = np.isfinite(self.reward.astype(np.float32))  # as the networks compute
        self._refuse("reward", ~finite, "expected a number that is finite in float32")
        self._refuse("observation", ~np.isfinite(self.observation), "expected a finite number")

    def _check_ends(self) -> None:
        if not self.terminal.any():
            self._fail("terminal", "is False everywhere; mark the states that end an episode")
        if self.terminal[self.start]:
            self._fail(
                f"terminal[{self.state_names[self.start]}]",
                "is True at the start; an episode would have no steps, start elsewhere",
            )
        ends = self.terminal[:, None]
        leaves = self.next_state != np.arange(len(ends))[:, None]
        self._refuse("next_state", ends & leaves, "a terminal state must lead to itself")
        self._refuse("reward", ends & (self.reward != 0), "a terminal state must give reward 0")
        reached = np.arange(len(ends)) == self.start
        for _ in range(min(self.horizon, len(ends))):
            reached[self.next_state[reached]] = True
        for s in np.flatnonzero(~reached):
            self._fail(
                f"state {self.state_names[s]}",
                f"cannot be reached from the start in {self.horizon} steps; drop it or add a way there",
            )

    def _check_observations(self) -> None:
        alike = (self.observation[:, None] == self.observation).all(axis=-1)
        for first, second in np.argwhere(np.triu(alike, k=1)):
            self._fail(
                f"observation[{self.state_names[second]}]",
                f"equals that of {self.state_names[first]}; make the states distinguishable",
            )


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
    """

    next_state: NDArray[np.int64]
    reward: NDArray[np.float32]
    terminal: NDArray[np.bool_]
    observation: NDArray[np.float32]
    starts: NDArray[np.int64]
    horizon: int


@dataclass(frozen=True, eq=False)
class Problem:
    """What one agent learns: one task, or several of which each epoch draws one.

    Attributes:
        name: topology and part, such as "linear_chain.last".
        tasks: at least one; all have the same actions, observation size O and horizon.
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
        )
        for array in vars(tables).values():
            if isinstance(array, np.ndarray):
                array.setflags(write=False)
        return tables


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
