"""The common ancestor in place: another action is right, in states that training visits.

In each transfer two actions are exchanged in one state of a training task. All states, observations and
other moves stay. The changed decisions and their letters are those of `common_ancestor`; `chain_in_place`
says what is different. Both tasks begin in the same state, so the ancestor changes in both.

Agents are pretrained on `common_ancestor.training`. The training problem of this topology consists of the
same tasks. Ours. The name of a changed task spells the letters that were right in training, then the new
ones. (The authors' labels of the training tasks do not spell letters: ComAncAC is solved by A, then D.)
"""

from __future__ import annotations

from repro.mdp.exchange import exchange_actions
from repro.mdp.task import Topology
from repro.tasks.common_ancestor import TOPOLOGY as COMMON_ANCESTOR

_AC, _AD = COMMON_ANCESTOR.training
_FIRST, _BEFORE_C, _BEFORE_D = "(0, 0)", "(1, 2)", "(1, 3)"

TOPOLOGY = Topology(
    training=COMMON_ANCESTOR.training,
    transfer={
        "ancestor": (
            exchange_actions(_AC, "ComAncACtoBC", state=_FIRST, actions=("A", "B")),
            exchange_actions(_AD, "ComAncADtoBD", state=_FIRST, actions=("A", "B")),
        ),
        "one_descendant": (
            _AC,
            exchange_actions(_AD, "ComAncADtoAE", state=_BEFORE_D, actions=("D", "E")),
        ),
        "both_descendants": (
            exchange_actions(_AC, "ComAncACtoAE", state=_BEFORE_C, actions=("C", "E")),
            exchange_actions(_AD, "ComAncADtoAF", state=_BEFORE_D, actions=("D", "F")),
        ),
    },
)
