"""Random small stochastic tasks, for hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from repro.errors import TaskError
from repro.mdp.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable


@st.composite
def small_tasks(draw: Callable[[st.SearchStrategy[int]], int], eighths: int = 8) -> Task:
    """Make a task of four states, of which one is terminal, and two actions.

    Args:
        draw: of hypothesis.
        eighths: probabilities are whole multiples of 1 / `eighths`, and rewards of 1/4.
    """
    probability = np.zeros((4, 2, 4))
    for s in range(3):
        for a in range(2):
            for _ in range(eighths):
                probability[s, a, draw(st.integers(0, 3))] += 1 / eighths
    probability[3, :, 3] = 1
    reward = np.array(
        [[draw(st.integers(-4, 8)) / 4 for _ in range(2)] for _ in range(3)] + [[0, 0]]
    )
    try:
        return Task(
            name="small",
            next_state=probability.argmax(axis=-1),
            reward=reward,
            terminal=np.arange(4) == 3,
            observation=np.eye(4, dtype=np.float32),
            start=0,
            horizon=draw(st.integers(1, 5)),
            state_names=("a", "b", "c", "end"),
            action_names=("left", "right"),
            probability=probability,
        )
    except TaskError:  # a state cannot be reached, or nothing can be earned
        assume(condition=False)
        raise
