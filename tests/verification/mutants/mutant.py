"""Mutants and the seeded sample of them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SEED = 20210718
"""Of the sample, fixed before any mutant was run."""


@dataclass(frozen=True)
class Spot:
    """One mutant that can be made.

    Attributes:
        path: of the file, from the project's root.
        start: line and column where what is mutated begins.
        end: where it ends.
        operator: what the tool does there.
        occurrence: of how many things in the file that the tool could do it to, from 0.
        inside: the function or class that it stands in.
        line: the line's text.
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
        """The operator less what it replaces by what."""
        return self.operator.split("_")[0].removeprefix("Replace")


def sample(spots: Iterable[Spot], size: int, seed: int = SEED) -> list[Spot]:
    """Draw places at random, and at each one of the mutants that can be made there.

    Where `a - b` stands, eleven mutants can be made and most are alike; so it is places that are
    drawn. They are ranked by digests of the seed, the function and the line that they stand in, not
    by their number: a change elsewhere in the code leaves the sample as it was, and a larger sample
    begins with the smaller one.
    """
    places = defaultdict(list)
    for spot in sorted(spots, key=lambda s: (s.path, s.start, s.end, s.operator, s.occurrence)):
        places[spot.path, spot.start, spot.end].append(spot)
    seen: Counter[tuple[str, ...]] = Counter()
    ranked = []
    for here in places.values():
        name = (here[0].path, here[0].inside, here[0].line)
        seen[name] += 1  # of like lines, and of places in a line, each has its own number
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
    """Digest of some texts."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()
