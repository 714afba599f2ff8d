"""The linear chain with its last decision in a new state: the move of B changes (talk:261-263).

In training, B leads to the state in which C is right. In the transfer, B leads to another state instead, in
which D is right. The new state takes the old one's place in all other respects: C, which is now wrong, leads
to the detour, and the detour leads back to it. Start, detour and end are those of training. So the problem
differs from `chain_in_place.last` only in what is observed at the third decision: an agent has never seen
it. Its location is that of the old state, with the key that D leads to in training instead of none.

Agents are pretrained on `linear_chain.training`. The training problem of this topology consists of the same
task. The talk says what B does; the new state's key is ours.
"""

from __future__ import annotations

from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology
from repro.tasks.linear_chain import TOPOLOGY as LINEAR_CHAIN

_FIRST, _SECOND, _NEW = (0, 0), (1, 2), (2, 5)
_GOAL, _DETOUR = (3, 4), (3, 5)

TOPOLOGY = Topology(
    training=LINEAR_CHAIN.training,
    transfer={
        "last": (
            task_from_edges(
                "LinABDNewState",
                start=_FIRST,
                terminal=[_GOAL],
                edges=[
                    (_FIRST, "A", _SECOND, 0.0),
                    (_SECOND, "B", _NEW, 0.0),
                    (_NEW, "D", _GOAL, 0.8),
                    (_NEW, "C", _DETOUR, 0.0),
                    (_DETOUR, "C", _GOAL, 0.0),
                    *((_DETOUR, back, _NEW, 0.0) for back in "ABEF"),
                ],
            ),
        )
    },
)
