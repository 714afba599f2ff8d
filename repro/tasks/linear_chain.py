"""Linear chain: one task, three decisions in a row (talk:33-37, 268-269).

Each of the three letters has one alternative, which is right in one of the transfers. At the last
decision the wrong letter leads to a detour instead of the end. From the detour, letters A, B, E and F
lead back to the last decision; of C and D, the right one ends the episode without a reward, and the
wrong one changes nothing. Source: the authors' published experiment code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology

if TYPE_CHECKING:
    from repro.mdp.edges import Edge
    from repro.mdp.task import Task

# By letter: the state in which the first or second letter is right; the state that the last leads to.
_FIRST = {"A": (0, 0), "F": (0, 1)}
_SECOND = {"B": (1, 2), "E": (1, 3)}
_THIRD = (2, -1)
_ENDS = {"C": (3, 4), "D": (3, 5)}


def _chain(first: str, second: str, last: str) -> Task:
    """Create the task in which these three letters are right; its name spells them."""
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
