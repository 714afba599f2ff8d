"""A chain of four decisions with eight actions, of which the last decision changes.

The linear chain, made longer: each decision has two actions of its own, so a chain of n has 2n. In training
the first n letters are right, in alphabetical order. In the transfer the very last letter replaces the last
of them. The last decision has a detour, as in `linear_chain`: the wrong one of the two letters leads there
instead of to the end; from there, the right one ends the episode without a reward, the wrong one changes
nothing, and all others lead back.

Episodes are cut after ten steps, as in the shorter chain. An extension: the talk does not speak of it. The
tasks follow the authors' published experiment code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.mdp.edges import task_from_edges
from repro.mdp.task import Topology

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.mdp.edges import Edge, State
    from repro.mdp.task import Task


def chain(letters: str, last: str) -> Task:
    """Create a chain of n decisions; its name spells the right letters.

    Decision i is made at location i. The key is 2i, and none (-1) at the last decision. The last decision
    leads to location n, with key 2n - 2 by the letter of training and 2n - 1 by the other one.

    Args:
        letters: all 2n actions.
        last: which letter is right at the last decision: letter n, or letter 2n.
    """
    n = len(letters) // 2
    first, trained, new = letters[: n - 1], letters[n - 1], letters[-1]
    ends: dict[str, State] = {trained: (n, 2 * n - 2), new: (n, 2 * n - 1)}
    wrong = new if last == trained else trained
    goal, detour = ends[last], ends[wrong]
    places: Sequence[State] = [*((i, 2 * i) for i in range(n - 1)), (n - 1, -1)]
    edges: list[Edge] = [
        *((places[i], letter, places[i + 1], 0.0) for i, letter in enumerate(first)),
        (places[-1], last, goal, 0.8),
        (places[-1], wrong, detour, 0.0),
        (detour, last, goal, 0.0),
        *((detour, back, places[-1], 0.0) for back in letters if back not in {last, wrong}),
    ]
    return task_from_edges(
        f"Lin{first}{last}",
        start=places[0],
        terminal=[goal],
        edges=edges,
        locations=n + 1,
        keys=2 * n,
        actions=letters,
    )


TOPOLOGY = Topology(
    training=(chain("ABCDEFGH", "D"),), transfer={"last": (chain("ABCDEFGH", "H"),)}
)
