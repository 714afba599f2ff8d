"""A bandit: one decision among four actions with different rewards. In the transfer the best one changes.

Each action ends the episode. The rewards of the best and the worst action are exchanged, and the two between
them stay, so an agent that keeps to its action earns 0.2 instead of 0.8, and every other action earns more.
An extension: the talk does not speak of it. Rewards and observations follow the authors' published
experiment code (Bandit and BanditTransfer in it).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology

if TYPE_CHECKING:
    from repro.mdp.task import Task

_START, _END = (0, -1), (1, -1)


def _bandit(name: str, *rewards: float) -> Task:
    """Create the task in which actions A, B, C and D give these rewards."""
    return task_from_edges(
        name,
        start=_START,
        terminal=[_END],
        edges=[
            (_START, letter, _END, reward) for letter, reward in zip("ABCD", rewards, strict=True)
        ],
        locations=2,
        keys=0,
        actions="ABCD",
        horizon=1,
    )


TOPOLOGY = Topology(
    training=(_bandit("BanditD", 0.2, 0.4, 0.6, 0.8),),
    transfer={"exchanged": (_bandit("BanditA", 0.8, 0.4, 0.6, 0.2),)},
)
