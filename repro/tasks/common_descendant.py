"""Common descendant: two tasks of two decisions, of which the second is the same (talk:271-272).

Source: the authors' published experiment code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology

if TYPE_CHECKING:
    from repro.mdp.task import Task

# By letter: the state in which it is right, and the state that the second letter leads to.
_FIRST = {"A": (0, 0), "B": (0, 1), "D": (1, 3), "E": (1, 4)}
_SECOND = {"C": (2, 2), "F": (2, 5)}
_GOAL = {"C": (3, 2), "F": (3, 5)}


def _branch(first: str, second: str) -> Task:
    """Create the task in which these two letters are right; its name spells them."""
    return task_from_edges(
        f"ComDesc{first}{second}",
        start=_FIRST[first],
        terminal=[_GOAL[second]],
        edges=[
            (_FIRST[first], first, _SECOND[second], 0.0),
            (_SECOND[second], second, _GOAL[second], 0.8),
        ],
    )


_AC, _DC = _branch("A", "C"), _branch("D", "C")

TOPOLOGY = Topology(
    training=(_AC, _branch("B", "C")),
    transfer={
        "descendant": (_branch("A", "F"), _branch("B", "F")),
        "both_ancestors": (_DC, _branch("E", "C")),
        "one_ancestor": (_AC, _DC),
    },
)
