"""The linear chain in place: another action is right, in a state that training visits.

In each transfer two actions are exchanged in one state of the training task. All its states, observations
and other moves stay, so the changed decision is made from an observation that training knows. In the
transfers of `linear_chain`, in contrast, most changed decisions are made in a state that training never
visits. The changed decisions and their letters are the same.

The last decision: in the third state, D now ends the episode with the reward, in the state in which C
ended it; and C leads to the detour, where D led. In the detour nothing changes: C still ends the episode
there, without a reward. This is not `linear_chain.last`, in which the two letters keep the states that they
lead to, and the detour and the end swap roles: there the end of training becomes a state in which actions
are taken. If C instead changed nothing in the third state, the detour could not be reached any more: a state
of training would be lost.

Agents are pretrained on `linear_chain.training`. The training problem of this topology consists of the same
task. Ours; the talk asks for changes of a few decisions (talk:251-254).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.mdp.exchange import exchange_actions
from repro.mdp.task import Topology
from repro.tasks.linear_chain import TOPOLOGY as LINEAR_CHAIN

if TYPE_CHECKING:
    from repro.mdp.task import Task

(_ABC,) = LINEAR_CHAIN.training


def _changed(letters: str, state: str, old: str, new: str) -> tuple[Task]:
    """Create the task in which these letters are right; its name spells the old and the new ones."""
    name = f"LinABCto{letters}"
    return (exchange_actions(_ABC, name, state=state, actions=(old, new)),)


TOPOLOGY = Topology(
    training=LINEAR_CHAIN.training,
    transfer={
        "last": _changed("ABD", "(2, -1)", "C", "D"),
        "middle": _changed("AEC", "(1, 2)", "B", "E"),
        "first": _changed("FBC", "(0, 0)", "A", "F"),
    },
)
