"""The talk's statements: which verdict each has in a run, and how many were not judged.

Claims of one group are about one statement. Consistency checks, explanations and findings are about none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from repro.verdicts.declaration import ClaimDeclaration
    from repro.verdicts.results import ClaimResult, RunResult

_WORST_FIRST = (
    Verdict.NOT_RUN,
    Verdict.NOT_REPRODUCED,
    Verdict.INCONCLUSIVE,
    Verdict.REPRODUCED,
)


def claims_by_statement(declared: Iterable[ClaimDeclaration]) -> dict[str, int]:
    """Count the claims about each statement of the talk, by the statement's name."""
    return dict(Counter(claim.counts_as for claim in declared if claim.counts))


def statement_verdicts(claims: Iterable[ClaimResult]) -> dict[str, Verdict]:
    """Return the verdict of each statement that claims were judged on: the worst of theirs.

    A claim with the verdict "reproduced" that has flipped or drifted, or with a control that does not
    hold, is taken as inconclusive.
    """
    found: dict[str, list[Verdict]] = {}
    for claim in claims:
        if claim.declaration.counts:
            unclear = claim.verdict is Verdict.REPRODUCED and not claim.reproduced
            verdict = Verdict.INCONCLUSIVE if unclear else claim.verdict
            found.setdefault(claim.declaration.counts_as, []).append(verdict)
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


def count_statements(run: RunResult) -> StatementCounts:
    """Count the talk's statements by outcome, those that were not chosen or were left out included."""
    judged = claims_by_statement(claim.declaration for claim in run.claims)
    left_out = Counter(claim.counts_as for claim in run.left_out if claim.counts_as)
    known = run.known_statements
    listed = Counter(judged) + left_out
    verdicts = statement_verdicts(run.claims)
    in_part = [
        name
        for name, verdict in verdicts.items()
        if verdict is Verdict.REPRODUCED and (left_out[name] or known.get(name, 0) > judged[name])
    ]
    found = Counter(verdict for name, verdict in verdicts.items() if name not in in_part)
    return StatementCounts(
        verdicts={verdict: found[verdict] for verdict in Verdict},
        in_part=len(in_part),
        left_out=len(left_out.keys() - judged.keys()),
        not_chosen=len(known.keys() - listed.keys()),
        complete=bool(known) and all(known.get(name, 0) >= n for name, n in listed.items()),
    )
