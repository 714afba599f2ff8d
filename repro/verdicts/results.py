"""The result of a whole run: the data that the report, the terminal and the JSON show.

Everything here is plain data that the run has measured; only totals are computed.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from repro.verdicts.run_facts import Accounts, Cost
from repro.verdicts.statements import StatementCounts, count_statements, worst_verdicts
from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.verdicts.claim_result import ClaimResult
    from repro.verdicts.run_facts import LeftOut, ShippedComparison

SCHEMA = 1


@dataclass(frozen=True)
class RunResult:
    """The results of one run of the claims, and the facts about this run.

    Attributes:
        tier: "paper", "study", "quick", "audit", or "custom" for the first two with other seeds or another cap.
        commit: of the project's checkout; None outside a checkout.
        dirty: whether that checkout had uncommitted changes; None outside a checkout.
        environment: versions and machine, as strings or numbers.
        seconds: wall time of the run so far.
        claims: their results, in the order in which they were judged.
        about: what was run, in a sentence.
        label: the tier that was chosen and what differs from its own settings, in a few words; "" if nothing does.
        left_out: claims that the tier does not judge.
        cost: memory and speed.
        accounts: every block of runs that was requested, and its outcome.
        comparison: with the shipped runs; None if there was nothing to compare.
        known: number of existing claims, selected or not; 0 if they were not counted.
        known_statements: number of existing claims about each statement of the talk, by the statement's
            name; empty if they were not counted.
    """

    tier: str
    commit: str | None
    dirty: bool | None
    environment: dict[str, Any]
    seconds: float
    claims: tuple[ClaimResult, ...] = ()
    about: str = ""
    left_out: tuple[LeftOut, ...] = ()
    cost: Cost = field(default_factory=Cost)
    accounts: Accounts = field(default_factory=Accounts)
    comparison: ShippedComparison | None = None
    known: int = 0
    known_statements: Mapping[str, int] = field(default_factory=dict)
    label: str = ""

    @property
    def tier_label(self) -> str:
        """Name the tier for people: "quick tier", or "paper tier with other seeds (0-4)"."""
        return self.label or f"{self.tier} tier"

    @property
    def totals(self) -> dict[str, int]:
        """Number of claims per verdict, with every verdict as a key.

        A claim with the verdict "reproduced" that has another recorded verdict, or a control that
        does not hold, has flipped or drifted: it is not counted.
        """
        counted = [c for c in self.claims if c.reproduced or c.verdict is not Verdict.REPRODUCED]
        return {v.value: sum(c.verdict is v for c in counted) for v in Verdict}

    @property
    def statements(self) -> dict[str, int]:
        """Number of the talk's statements that were judged, per verdict, with every verdict as a key.

        Claims of one group are about one statement, which has the worst of their verdicts.
        Consistency checks, explanations and findings are not counted.
        """
        found = Counter(worst_verdicts(self._judged_statements()).values())
        return {verdict.value: found[verdict] for verdict in Verdict}

    @property
    def all_statements(self) -> StatementCounts:
        """Number of the talk's statements by outcome, judged or not."""
        out = (claim.counts_as for claim in self.left_out if claim.counts_as)
        return count_statements(self._judged_statements(), out, self.known_statements)

    def _judged_statements(self) -> list[tuple[str, Verdict]]:
        """Return the statement and the verdict of each claim about one.

        A claim with the verdict "reproduced" that has flipped or drifted, or with a control that does
        not hold, is taken as inconclusive.
        """
        found = []
        for claim in self.claims:
            unclear = claim.verdict is Verdict.REPRODUCED and not claim.reproduced
            verdict = Verdict.INCONCLUSIVE if unclear else claim.verdict
            if claim.declaration.counts:
                found.append((claim.declaration.counts_as, verdict))
        return found

    @property
    def undecided(self) -> bool:
        """Whether a required claim was not run."""
        return any(c.required and c.verdict is Verdict.NOT_RUN for c in self.claims)

    @property
    def failed(self) -> bool:
        """Whether a claim failed, or runs differ from the shipped runs although they must not."""
        unlike = self.comparison is not None and self.comparison.failed
        return unlike or any(c.failed for c in self.claims)

    def to_json(self) -> str:
        """Return the run as JSON, schema 1; infinite figures and NaN become null."""
        body: dict[str, Any] = {
            "schema": SCHEMA,
            "tier": self.tier,
            "tier_label": self.tier_label,
            "about": self.about,
            "commit": self.commit,
            "dirty": self.dirty,
            "environment": self.environment,
            "seconds": self.seconds,
            "cost": asdict(self.cost),
            "accounts": self.accounts.to_dict(),
            "comparison": self.comparison.to_dict() if self.comparison else None,
            "known": self.known,
            "known_statements": len(self.known_statements),
            "totals": self.totals,
            "statements": self.statements,
            "left_out": [asdict(claim) for claim in self.left_out],
            "claims": [claim.to_dict() for claim in self.claims],
        }
        return json.dumps(_finite(body), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _finite(value: object) -> object:
    """Replace numbers that JSON does not have by None, recursively."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return value
