"""The talk's statements: which verdict each has in a run, and how many were not judged.

Claims of one group are about one statement. Consistency checks, explanations and findings are about none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from repro.verdicts.declaration import ClaimDeclaration

_WORST_FIRST = (
    Verdict.NOT_RUN,
    Verdict.NOT_REPRODUCED,
    Verdict.INCONCLUSIVE,
    Verdict.REPRODUCED,
)


def claims_by_statement(declared: Iterable[ClaimDeclaration]) -> dict[str, int]:
    """Count the claims about each statement of the talk, by the statement's name."""
    return dict(Counter(claim.counts_as for claim in declared if claim.counts))


def worst_verdicts(judged: Iterable[tuple[str, Verdict]]) -> dict[str, Verdict]:
    """Return the verdict of each statement: the worst of those of the claims about it.

    Args:
        judged: for each claim, the name of its statement and its verdict.
    """
    found: dict[str, list[Verdict]] = {}
    for name, verdict in judged:
        found.setdefault(name, []).append(verdict)
    return {name: min(verdicts, key=_WORST_FIRST.index) for name, verdicts in found.items()}


@dataclass(frozen=True)
class StatementCounts:
    """Number of the talk's statements with each outcome; each statement is counted once.

    Attributes:
        verdicts: with each verdict. A statement with the verdict "reproduced" is here only if every claim
            about it was judged.
        in_part: reproduced as far as it was judged: another claim about it was not.
        left_out: left out by the tier.
        not_chosen: not chosen.
        complete: whether the number of existing statements is known, so that none can be missing.
    """

    verdicts: dict[Verdict, int]
    in_part: int
    left_out: int
    not_chosen: int
    complete: bool

    @property
    def total(self) -> int:
        """Number of statements, judged or not."""
        return sum(self.verdicts.values()) + self.in_part + self.left_out + self.not_chosen

    @property
    def reproduced(self) -> int:
        """Number of statements that were reproduced by every claim about them."""
        return self.verdicts[Verdict.REPRODUCED]


def count_statements(
    judged: Sequence[tuple[str, Verdict]], left_out: Iterable[str], known: Mapping[str, int]
) -> StatementCounts:
    """Count the talk's statements by outcome, those that were not chosen or were left out included.

    Args:
        judged: for each judged claim about a statement, the statement's name and the claim's verdict.
        left_out: the statement's name, for each claim about a statement that the tier left out.
        known: number of existing claims about each statement; empty if they were not counted.
    """
    verdicts = worst_verdicts(judged)
    here, out = Counter(name for name, _ in judged), Counter(left_out)
    listed = here + out
    in_part = [
        name
        for name, verdict in verdicts.items()
        if verdict is Verdict.REPRODUCED and (out[name] or known.get(name, 0) > here[name])
    ]
    found = Counter(verdict for name, verdict in verdicts.items() if name not in in_part)
    return StatementCounts(
        verdicts={verdict: found[verdict] for verdict in Verdict},
        in_part=len(in_part),
        left_out=len(out.keys() - here.keys()),
        not_chosen=len(known.keys() - listed.keys()),
        complete=bool(known) and all(known.get(name, 0) >= n for name, n in listed.items()),
    )
