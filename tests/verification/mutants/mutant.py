"""Mutants and the seeded sample of them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SEED = 20210718
"""Seed of the sample, fixed before any mutant was run."""


@dataclass(frozen=True)
class Spot:
    """A mutant that can be made.

    Attributes:
        path: of the file, from the project's root.
        start: line and column where the mutated code starts.
        end: where it ends.
        operator: the tool's name of the change.
        occurrence: number of this place among those in the file where the operator applies, from 0.
        inside: the function or class that contains it.
        line: the text of its line.
    """

    path: str
    start: tuple[int, int]
    end: tuple[int, int]
    operator: str
    occurrence: int
    inside: str
    line: str

    @property
    def family(self) -> str:
        """The operator, without the details of what it replaces."""
        return self.operator.split("_")[0].removeprefix("Replace")


def sample(spots: Iterable[Spot], size: int, seed: int = SEED) -> list[Spot]:
    """Draw places at random, and at each place one of its mutants.

    `a - b` has eleven mutants, most of them similar, so places are drawn first. They are ranked by
    digests of the seed, the function and the line, not by position: a change elsewhere in the code does
    not change the sample, and a larger sample starts with the smaller one.
    """
    places = defaultdict(list)
    for spot in sorted(spots, key=lambda s: (s.path, s.start, s.end, s.operator, s.occurrence)):
        places[spot.path, spot.start, spot.end].append(spot)
    seen: Counter[tuple[str, ...]] = Counter()
    ranked = []
    for here in places.values():
        name = (here[0].path, here[0].inside, here[0].line)
        seen[name] += 1  # numbers equal lines, and places in one line
        place = (str(seed), *name, str(seen[name]))
        same: Counter[str] = Counter()
        choices = []
        for spot in here:
            same[spot.operator] += 1
            choices.append((digest(*place, spot.operator, str(same[spot.operator])), spot))
        ranked.append((digest(*place), min(choices, key=lambda choice: choice[0])[1]))
    return [spot for _, spot in sorted(ranked, key=lambda one: one[0])[:size]]


def places(spots: Iterable[Spot]) -> Counter[str]:
    """Count the places of each file."""
    return Counter(path for path, *_ in {(s.path, s.start, s.end) for s in spots})


def digest(*words: str) -> str:
    """Return the SHA-256 digest of some texts."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
