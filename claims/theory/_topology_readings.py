"""Readings of "topology" and "isolated change", and the talk's problems as their optimal paths describe them."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from claims.theory import _decision_graphs as graphs
from claims.theory._judging import judge
from claims.transfer._settings import TOPOLOGIES
from repro import tasks
from repro.algorithms import Algorithm
from repro.mdp import optimal_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from claims.theory._decision_graphs import Setting, Structure
    from repro.mdp import Task
    from repro.verdicts import Verdict

SIZE = 3
TRIPLETS = "joined by two edges"
READINGS: dict[str, Callable[[Structure], bool]] = {
    TRIPLETS: lambda one: one.connected and len(one.edges) == SIZE - 1,
    "connected": lambda one: one.connected,
    "any acyclic graph": lambda _one: True,
}
"""What a topology is: which acyclic graphs of three decisions count."""
DIVIDED = f"{TRIPLETS}, split into tasks in every way"
ANY = "any decisions"
ISOLATED = "at most one decision of each sequence"
CHANGES: dict[str, Callable[[Structure, tuple[int, ...]], bool]] = {
    ISOLATED: lambda one, change: all(len({*change} & {*s}) <= 1 for s in one.sequences),
    "decisions of one time-step": lambda one, change: len({one.step(k) for k in change}) == 1,
    "one decision": lambda _one, change: len(change) == 1,
    "no two consecutive decisions": lambda one, change: not one.edges & {*permutations(change, 2)},
    "any decisions but not all": lambda one, change: len(change) < one.size,
    ANY: lambda _one, _change: True,
}
"""What an isolated change is: which decisions may change together."""


class Transfer(NamedTuple):
    """A problem's name, and what it changes; None if it changes the topology."""

    name: str
    match: graphs.Match | None


class Catalogue(NamedTuple):
    """The talk's problems as their optimal paths describe them.

    Attributes:
        topologies: the structure of each training problem by its name.
        transfers: the transfers of all of them.
    """

    topologies: tuple[tuple[str, Structure], ...]
    transfers: tuple[Transfer, ...]


def optimal_sequences(of: Iterable[Task]) -> list[list[tuple[str, str]]]:
    """Return the optimal sequence of each task, as states and actions by name."""
    return [
        [(task.state_names[one.state], task.action_names[one.action]) for one in path]
        for task in of
        for path in [optimal_path(task, Algorithm.discount)]
    ]


def catalogue(trained: Sequence[str] = TOPOLOGIES) -> Catalogue:
    """Read the problems of the talk's topologies.

    Args:
        trained: for each of them in order, the topology whose training its transfers are compared with.
    """
    found, transfers = [], []
    for topology, of in zip(TOPOLOGIES, trained, strict=True):
        training = optimal_sequences(tasks.problem(f"{of}.training").tasks)
        found.append((topology, graphs.numbered(training)[0].canonical))
        transfers += [
            Transfer(name, graphs.match(training, optimal_sequences(tasks.problem(name).tasks)))
            for name in tasks.problem_names()
            if name.startswith(f"{topology}.") and tasks.problem(name).pretraining is not None
        ]
    return Catalogue(tuple(found), tuple(transfers))


def candidates(reading: str) -> list[Structure]:
    """List the topologies of three decisions under a reading."""
    if reading == DIVIDED:
        split = (graphs.divisions(one) for one in candidates(TRIPLETS))
        return sorted({one.canonical for many in split for one in many})
    return [one for one in graphs.structures(SIZE) if READINGS[reading](one)]


def judge_catalogue(of: Catalogue, graph: str = TRIPLETS, change: str = ISOLATED) -> Verdict:
    """Judge that a catalogue has all topologies and changes of two readings, each once, and no others."""
    topologies = candidates(graph)
    expected = graphs.settings(topologies, CHANGES[change])
    found = Counter(one.match.setting if one.match else None for one in of.transfers)
    trained = Counter(structure for _, structure in of.topologies)
    return judge(Counter(topologies) == trained and Counter(expected) == found)


def found_settings(of: Catalogue) -> dict[Setting, str]:
    """Return what the transfers change, with the name of each without its topology."""
    return {t.match.setting: t.name.partition(".")[2] for t in of.transfers if t.match}


def compared(of: Catalogue, graph: str, change: str) -> tuple[list[Setting], list[Setting]]:
    """Return what two readings add to a catalogue, and what they do not count of it."""
    expected, found = graphs.settings(candidates(graph), CHANGES[change]), found_settings(of)
    return (
        [one for one in expected if one not in found],
        [one for one in found if one not in expected],
    )
