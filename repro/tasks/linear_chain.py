"""Linear chain: one task, three decisions in a row (talk:33-37, 268-269).

Each of the three letters has one alternative, which a transfer makes the right one. Behind the
last decision the wrong letter leads to a detour, not to the end: the move is undone by any
letter but the two last ones; of these the right one ends the episode empty-handed, and the
wrong one changes nothing. Source: the authors' published experiment code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology

if TYPE_CHECKING:
    from repro.mdp.edges import Edge
    from repro.mdp.task import Task

# By letter: the state in which the first or second one is right, the state where the last leads.
_FIRST = {"A": (0, 0), "F": (0, 1)}
_SECOND = {"B": (1, 2), "E": (1, 3)}
_THIRD = (2, -1)
_ENDS = {"C": (3, 4), "D": (3, 5)}


def _chain(first: str, second: str, last: str) -> Task:
    """Make the task in which these three letters are right, which its name spells."""
    wrong = "D" if last == "C" else "C"
    goal, detour = _ENDS[last], _ENDS[wrong]
    edges: list[Edge] = [
        (_FIRST[first], first, _SECOND[second], 0.0),
        (_SECOND[second], second, _THIRD, 0.0),
        (_THIRD, last, goal, 0.8),
        (_THIRD, wrong, detour, 0.0),
        (detour, last, goal, 0.0),
        *((detour, back, _THIRD, 0.0) for back in "ABEF"),
    ]
    return task_from_edges(
        f"Lin{first}{second}{last}", start=_FIRST[first], terminal=[goal], edges=edges
    )


TOPOLOGY = Topology(
    training=(_chain("A", "B", "C"),),
    transfer={
        "last": (_chain("A", "B", "D"),),
        "middle": (_chain("A", "E", "C"),),
        "first": (_chain("F", "B", "C"),),
    },
)
