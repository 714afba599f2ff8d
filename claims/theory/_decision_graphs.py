"""How decisions depend on decisions: structures up to renaming, and the changes of some decisions.

A decision leads to another if some task's optimal sequence has the two directly after one another. So
the optimal sequences of a problem's tasks make a graph of decisions. The other way round, an acyclic
graph makes sequences: its paths from a decision that follows none to one that none follows, a task for
each. Two structures are the same if they differ only in the names of decisions, and two changes of a
structure are the same if renaming turns one into the other and leaves the structure as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from claims.theory._graphs import acyclic_graphs

Decisions = tuple[int, ...]
Named = Sequence[Sequence[Hashable]]
"""Sequences of decisions that have names, such as pairs of a state and an action."""


@dataclass(frozen=True, order=True)
class Structure:
    """The optimal sequences of some tasks.

    Attributes:
        size: number of decisions, which are numbered from 0.
        sequences: the optimal sequence of each task, sorted.
    """

    size: int
    sequences: tuple[Decisions, ...]

    @property
    def edges(self) -> frozenset[tuple[int, int]]:
        """Pairs of decisions of which the second follows the first."""
        return frozenset(pair for sequence in self.sequences for pair in pairwise(sequence))

    @property
    def connected(self) -> bool:
        """Whether edges join all decisions, in whatever direction."""
        joined = {0}
        for _ in range(self.size):
            joined |= {end for edge in self.edges if joined & {*edge} for end in edge}
        return len(joined) == self.size

    @property
    def canonical(self) -> Structure:
        """The same structure with the first of all numberings, if possible one that grows along edges."""
        return min(map(self.renamed, self._numberings()), key=lambda one: (one.backward, one))

    @property
    def backward(self) -> bool:
        """Whether an edge leads to a smaller number."""
        return any(after < before for before, after in self.edges)

    def renamed(self, names: Sequence[int]) -> Structure:
        """Return the structure in which decision k has the number `names[k]`."""
        sequences = (tuple(names[k] for k in sequence) for sequence in self.sequences)
        return Structure(self.size, tuple(sorted(sequences)))

    def renamings(self, other: Structure) -> list[Decisions]:
        """List the numberings that turn this structure into another."""
        if self.size != other.size:
            return []
        return [names for names in self._numberings() if self.renamed(names) == other]

    def step(self, decision: int) -> int:
        """Return the latest position of a decision in a sequence, from 0."""
        return max(one.index(decision) for one in self.sequences if decision in one)

    def _numberings(self) -> Iterator[Decisions]:
        return itertools.permutations(range(self.size))

    def __str__(self) -> str:
        """Format as "A→B, A→C"."""
        return ", ".join("→".join(map(letter, sequence)) for sequence in self.sequences)


class Setting(NamedTuple):
    """A transfer up to renaming: a canonical structure, and the decisions that change in it."""

    structure: Structure
    change: Decisions

    def __str__(self) -> str:
        """Format as "A, B of A→B→C"."""
        return f"{', '.join(map(letter, self.change)) or 'nothing'} of {self.structure}"


class Match(NamedTuple):
    """How a transfer's optimal sequences arise from those of the training.

    Attributes:
        setting: the transfer up to renaming.
        replaced: pairs of decisions by name, the one in training and the one in transfer.
    """

    setting: Setting
    replaced: tuple[tuple[Hashable, Hashable], ...]


def letter(decision: int) -> str:
    """Return a decision's letter: A, B, C and so on."""
    return chr(ord("A") + decision)


def numbered(sequences: Named) -> tuple[Structure, tuple[Hashable, ...]]:
    """Number named decisions in the order in which they first occur.

    Returns:
        The structure, and the name of each of its decisions.
    """
    names = tuple(dict.fromkeys(name for sequence in sequences for name in sequence))
    found = {tuple(map(names.index, sequence)) for sequence in sequences}
    return Structure(len(names), tuple(sorted(found))), names


def match(training: Named, transfer: Named) -> Match | None:
    """Compare a transfer with its training; as many decisions as possible count as kept.

    Returns:
        What changes; None if the two have different structures, so that decisions cannot be matched.
    """
    (structure, before), (other, after) = numbered(training), numbered(transfer)
    replaced = [
        tuple((one, after[k]) for one, k in zip(before, names, strict=True) if one != after[k])
        for names in structure.renamings(other)
    ]
    if not replaced:
        return None
    fewest = min(replaced, key=len)
    change = [before.index(one) for one, _ in fewest]
    return Match(Setting(structure.canonical, representative(structure, change)), fewest)


def representative(structure: Structure, change: Iterable[int]) -> Decisions:
    """Return the first change of the canonical structure that is the same as this one."""
    kept = tuple(change)
    names = structure.renamings(structure.canonical)
    return min(tuple(sorted(one[k] for k in kept)) for one in names)


def maximal_sequences(parents: Mapping[int, Sequence[int]]) -> Structure:
    """Return the structure of a graph: every path from a first to a last decision is a sequence."""
    paths: list[Decisions] = [(node,) for node, above in parents.items() if not above]
    whole = []
    for path in paths:  # the loop appends to it
        following = [node for node, above in parents.items() if path[-1] in above]
        paths += [(*path, node) for node in following]
        whole += [] if following else [path]
    return Structure(len(parents), tuple(sorted(whole)))


def divisions(structure: Structure) -> Iterator[Structure]:
    """Yield every structure with the same edges in which no sequence is a part of another."""
    paths: list[Decisions] = [(node,) for node in range(structure.size)]
    for path in paths:  # the loop appends to it
        paths += [(*path, after) for before, after in structure.edges if before == path[-1]]
    for count in range(1, len(paths) + 1):
        for chosen in itertools.combinations(paths, count):
            one = Structure(structure.size, tuple(sorted(chosen)))
            decided = {decision for path in chosen for decision in path}
            apart = not any(_is_part(p, q) for p, q in itertools.permutations(chosen, 2))
            if one.edges == structure.edges and len(decided) == structure.size and apart:
                yield one


def _is_part(short: Decisions, long: Decisions) -> bool:
    starts = range(len(long) - len(short) + 1)
    return any(long[start : start + len(short)] == short for start in starts)


def structures(size: int) -> list[Structure]:
    """List the structures of all acyclic graphs of `size` decisions, up to renaming."""
    return sorted({maximal_sequences(parents).canonical for parents in acyclic_graphs(size)})


def settings(
    of: Iterable[Structure], allowed: Callable[[Structure, Decisions], bool]
) -> list[Setting]:
    """List the allowed changes of one or more decisions in these structures, up to renaming."""
    found = {
        Setting(one.canonical, representative(one, change))
        for one in of
        for count in range(1, one.size + 1)
        for change in itertools.combinations(range(one.size), count)
        if allowed(one, change)
    }
    return sorted(found, key=lambda one: (one.structure, len(one.change), one.change))
