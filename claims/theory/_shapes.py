"""Shapes of trajectories: which states coincide, and which mechanism acts at each step.

An audit's answer depends on the shape alone. So claims quantify over shapes: all of up to three steps
and three mechanisms, and a few large random ones.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STEPS, MECHANISMS = 3, 3


@dataclass(frozen=True)
class Shape:
    """A trajectory of T steps that ends in a terminal state.

    Attributes:
        states: number of the state at each step; states are numbered in the order of first visits.
        actions: number of the mechanism that acts at each step.
        mechanisms: K, number of mechanisms.
    """

    states: tuple[int, ...]
    actions: tuple[int, ...]
    mechanisms: int = MECHANISMS

    @property
    def steps(self) -> int:
        """T."""
        return len(self.states)

    @property
    def size(self) -> int:
        """S, the number of distinct states before the terminal one."""
        return max(self.states) + 1

    @property
    def acyclic(self) -> bool:
        """Whether no state is visited twice."""
        return len(set(self.states)) == self.steps

    @property
    def ends(self) -> tuple[bool, ...]:
        """Whether each step ends an episode: the last one does."""
        return (*(False,) * (self.steps - 1), True)

    def __str__(self) -> str:
        """Format as "s0 A, s1 B"."""
        steps = zip(self.states, self.actions, strict=True)
        return ", ".join(f"s{state} {mechanism(k)}" for state, k in steps)


@dataclass(frozen=True)
class Episodes:
    """Several trajectories in one batch, one after the other; a state with one number is one state.

    Attributes:
        parts: the trajectories, with the same number of mechanisms.
    """

    parts: tuple[Shape, ...]

    @property
    def states(self) -> tuple[int, ...]:
        """Number of the state at each step of all episodes."""
        return tuple(itertools.chain(*(part.states for part in self.parts)))

    @property
    def actions(self) -> tuple[int, ...]:
        """Number of the mechanism that acts at each step of all episodes."""
        return tuple(itertools.chain(*(part.actions for part in self.parts)))

    @property
    def mechanisms(self) -> int:
        """K."""
        return self.parts[0].mechanisms

    @property
    def steps(self) -> int:
        """T, over all episodes."""
        return len(self.states)

    @property
    def size(self) -> int:
        """S, the number of distinct states before the terminal one."""
        return max(self.states) + 1

    @property
    def ends(self) -> tuple[bool, ...]:
        """Whether each step ends an episode."""
        return tuple(itertools.chain(*(part.ends for part in self.parts)))

    def __str__(self) -> str:
        """Format as "s0 A, s1 B | s0 A"."""
        return " | ".join(map(str, self.parts))


def mechanism(k: int) -> str:
    """Return the name of mechanism `k`: A, B, C and so on."""
    return chr(ord("A") + k)


def all_shapes(steps: int = STEPS, mechanisms: int = MECHANISMS) -> Iterator[Shape]:
    """Yield every shape of up to `steps` steps."""
    for length in range(1, steps + 1):
        for states in _partitions(length):
            for actions in itertools.product(range(mechanisms), repeat=length):
                yield Shape(states, actions, mechanisms)


def up_to_renaming(shapes: Iterable[Shape]) -> list[Shape]:
    """Keep one of all shapes that differ only in the names of mechanisms."""
    return [shape for shape in shapes if in_order_of_first_use(shape.actions)]


def in_order_of_first_use(mechanisms: Sequence[int]) -> bool:
    """Return whether mechanisms are numbered in the order in which they first occur."""
    return all(k <= max((*mechanisms[:place], -1)) + 1 for place, k in enumerate(mechanisms))


def large_shape(steps: int = 64, mechanisms: int = 6, *, acyclic: bool, seed: int = 0) -> Shape:
    """Draw one large shape; a cyclic one visits each of its states about four times."""
    generator = np.random.default_rng(seed)
    actions = tuple(int(k) for k in generator.integers(mechanisms, size=steps))
    if acyclic:
        return Shape(tuple(range(steps)), actions, mechanisms)
    drawn = generator.integers(steps // 4, size=steps).tolist()
    order = {state: number for number, state in enumerate(dict.fromkeys(drawn))}
    return Shape(tuple(order[state] for state in drawn), actions, mechanisms)


def _partitions(length: int) -> Iterator[tuple[int, ...]]:
    """Yield all ways in which states can coincide, numbered in the order of first visits."""
    if length == 0:
        yield ()
        return
    for shorter in _partitions(length - 1):
        for state in range(max(shorter, default=-1) + 2):
            yield (*shorter, state)
