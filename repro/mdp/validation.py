"""Checks of a task's fields; each error names the task, the entry and the reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from repro.errors import TaskError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUM_TOLERANCE = 1e-9
"""Rounding allowed in a sum of probabilities."""


@dataclass(frozen=True)
class Names:
    """The names of a task, its S states and A actions: they label the entries of its arrays.

    Attributes:
        task: name of the task.
        states: S names.
        actions: A names.
    """

    task: str
    states: tuple[str, ...]
    actions: tuple[str, ...]

    def fail(self, entry: str, reason: str) -> NoReturn:
        """Raise a `TaskError` about an entry."""
        raise TaskError(f"task {self.task!r}, {entry}: {reason}")

    def check(self) -> None:
        """Check that the names are distinct texts.

        Raises:
            TaskError: they are not.
        """
        if not isinstance(self.task, str):
            self.fail("name", f"is a {type(self.task).__name__}; expected text")
        for field, names in (("state_names", self.states), ("action_names", self.actions)):
            if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
                self.fail(field, f"is {names!r}; expected a tuple of names")
            if not names:
                self.fail(field, "is empty; expected at least one name")
            name, count = Counter(names).most_common(1)[0]
            if count > 1:
                self.fail(field, f"has {name!r} {count} times; give each its own name")

    def copy(
        self, field: str, given: object, dtype: type[np.generic], shape: tuple[int | None, ...]
    ) -> NDArray[np.generic]:
        """Return a read-only copy of an array.

        Args:
            field: where it belongs.
            given: the array.
            dtype: the type that it must have.
            shape: the shape that it must have; None: any size.

        Raises:
            TaskError: it is no such array.
        """
        wanted = f"an array of {dtype.__name__}, shape {shape}".replace("None", "any")
        if not isinstance(given, np.ndarray):
            self.fail(field, f"is a {type(given).__name__}; expected {wanted}")
        fits = given.ndim == len(shape) and all(
            size in {None, actual} for size, actual in zip(shape, given.shape, strict=True)
        )
        if given.dtype != dtype or not fits:
            self.fail(field, f"is of {given.dtype}, shape {given.shape}; expected {wanted}")
        copy: NDArray[np.generic] = given.copy()
        copy.setflags(write=False)
        return copy

    def refuse(
        self, field: str, values: NDArray[np.generic], wrong: NDArray[np.bool_], expected: str
    ) -> None:
        """Raise a `TaskError` about the first entry of `values` that is wrong.

        Args:
            field: where the values belong.
            values: [S, A], or [S, O] if the field is "observation".
            wrong: which of them are wrong.
            expected: what was expected instead.
        """
        for s, column in np.argwhere(wrong):
            label = column if field == "observation" else self.actions[column]
            self.fail(f"{field}[{self.states[s]}, {label}]", f"is {values[s, column]}; {expected}")

    def check_observations(self, observation: NDArray[np.float32]) -> None:
        """Check that observations [S, O] are finite, and different for any two states.

        Raises:
            TaskError: they are not.
        """
        wrong = ~np.isfinite(observation)
        self.refuse("observation", observation, wrong, "expected a finite number")
        alike = (observation[:, None] == observation).all(axis=-1)
        for first, second in np.argwhere(np.triu(alike, k=1)):
            self.fail(
                f"observation[{self.states[second]}]",
                f"equals that of {self.states[first]}; make the states distinguishable",
            )

    def check_probability(
        self, probability: NDArray[np.float64], next_state: NDArray[np.int64]
    ) -> None:
        """Check probabilities [S, A, S], and that `next_state` [S, A] is the most likely state.

        Raises:
            TaskError: a probability is negative or no number, those of a state and action do not add
                up to 1, or another state is more likely than `next_state`.
        """
        for s, a, target in np.argwhere(~(probability >= 0) | np.isinf(probability)):
            self.fail(
                f"probability[{self.states[s]}, {self.actions[a]}, {self.states[target]}]",
                f"is {probability[s, a, target]}; expected a number from 0 to 1",
            )
        total = probability.sum(axis=-1)
        for s, a in np.argwhere(np.abs(total - 1) > SUM_TOLERANCE):
            self.fail(
                f"probability[{self.states[s]}, {self.actions[a]}]",
                f"adds up to {total[s, a]:.12g}; expected 1: give the state itself the rest, or "
                "divide by the sum",
            )
        given = np.take_along_axis(probability, next_state[..., None], axis=-1)[..., 0]
        for s, a in np.argwhere(given < probability.max(axis=-1)):
            likely = self.states[probability[s, a].argmax()]
            self.fail(
                f"next_state[{self.states[s]}, {self.actions[a]}]",
                f"is {next_state[s, a]}; expected the most likely state, {likely}: give "
                "probability.argmax(axis=-1)",
            )
