"""Invariance: two tasks of two decisions with nothing in common, and a way back to the first one.

The first task (v1) is solved by A, then C. The second one (v2) begins elsewhere and is solved by B, then D,
and in no state of one task is anything to be decided in the other. So an agent that learns v2 need not change
what it does in v1; how long it takes to learn v1 again shows how much it has forgotten.

`v1_again` is the training problem once more, under a name of its own so that its runs draw other random
numbers than the pretraining did. It is for agents that come from v2: give it the block of the transfer to v2
as `parent=`. Without a parent it starts from agents that can already do it.

An extension: the talk does not speak of it. Both tasks follow the authors' published experiment code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology

if TYPE_CHECKING:
    from repro.mdp.edges import State
    from repro.mdp.task import Task


def _version(name: str, letters: str, states: tuple[State, State, State]) -> Task:
    """Create the task in which these two letters are right, in the first two of these states."""
    start, between, goal = states
    return task_from_edges(
        name,
        start=start,
        terminal=[goal],
        edges=[(start, letters[0], between, 0.0), (between, letters[1], goal, 0.8)],
        locations=5,
        keys=2,
        actions="ABCD",
    )


_V1 = _version("InvarV1", "AC", ((0, -1), (2, 0), (3, -1)))
_V2 = _version("InvarV2", "BD", ((1, -1), (2, 1), (4, -1)))

TOPOLOGY = Topology(training=(_V1,), transfer={"v2": (_V2,), "v1_again": (_V1,)})
