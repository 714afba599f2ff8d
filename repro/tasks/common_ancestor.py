"""Common ancestor: two tasks of two decisions, of which the first is the same (talk:270-271).

The names are the authors' labels and do not spell the letters: ComAncAB is solved by A, then C.
Source: the authors' published experiment code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology

if TYPE_CHECKING:
    from repro.mdp.task import Task

# By letter: the state in which it is right, and the state that the second letter leads to.
_FIRST = {"A": (0, 0), "B": (0, 1)}
_SECOND = {"C": (1, 2), "D": (1, 3), "E": (1, 4), "F": (1, 5)}
_GOAL = {"C": (2, 2), "D": (2, 3), "E": (3, 4), "F": (3, 5)}


def _branch(name: str, first: str, second: str) -> Task:
    """Create the task in which these two letters are right."""
    return task_from_edges(
        name,
        start=_FIRST[first],
        terminal=[_GOAL[second]],
        edges=[
            (_FIRST[first], first, _SECOND[second], 0.0),
            (_SECOND[second], second, _GOAL[second], 0.8),
        ],
    )


_AC = _branch("ComAncAB", "A", "C")
_AD = _branch("ComAncAC", "A", "D")
_AE = _branch("ComAncAE", "A", "E")
_AF = _branch("ComAncAF", "A", "F")
_BC = _branch("ComAncDB", "B", "C")
_BD = _branch("ComAncDC", "B", "D")

TOPOLOGY = Topology(
    training=(_AC, _AD),
    transfer={
        "ancestor": (_BC, _BD),
        "one_descendant": (_AC, _AE),
        "both_descendants": (_AE, _AF),
    },
)
