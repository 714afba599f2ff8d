"""The common descendant in place: another action is right, in states that training visits.

In each transfer two actions are exchanged in one state of a training task. All states, observations and
other moves stay. The changed decisions and their letters are those of `common_descendant`; `chain_in_place`
says what is different. Both tasks end from the same state, so the descendant changes in both.

Agents are pretrained on `common_descendant.training`. The training problem of this topology consists of the
same tasks. Ours. The name of a changed task spells the letters that were right in training, then the new
ones.
"""

from __future__ import annotations

from repro.mdp.exchange import exchange_actions
from repro.mdp.task import Topology
from repro.tasks.common_descendant import TOPOLOGY as COMMON_DESCENDANT

_AC, _BC = COMMON_DESCENDANT.training
_BEFORE_A, _BEFORE_B, _SECOND = "(0, 0)", "(0, 1)", "(2, 2)"

TOPOLOGY = Topology(
    training=COMMON_DESCENDANT.training,
    transfer={
        "descendant": (
            exchange_actions(_AC, "ComDescACtoAF", state=_SECOND, actions=("C", "F")),
            exchange_actions(_BC, "ComDescBCtoBF", state=_SECOND, actions=("C", "F")),
        ),
        "both_ancestors": (
            exchange_actions(_AC, "ComDescACtoDC", state=_BEFORE_A, actions=("A", "D")),
            exchange_actions(_BC, "ComDescBCtoEC", state=_BEFORE_B, actions=("B", "E")),
        ),
        "one_ancestor": (
            _AC,
            exchange_actions(_BC, "ComDescBCtoDC", state=_BEFORE_B, actions=("B", "D")),
        ),
    },
)
