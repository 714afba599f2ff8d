"""Readings: what counts as independent gradients, the same for every rule.

Two choices are ours, because the talk makes neither. *Sums.* Code may add numbers in any order. As coded, two
gradients share a sum if this code computes it for both. At most, they share it if any code could. *Selection.*
A maximum is the bid that was selected (route), or a number computed from all bids (strict).

Claims judge by "at most" and "route", unless they say otherwise: gradients are independent if they share
nothing, however sums are coded. `theory.classification` compares all four readings.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from repro.causal import Verdict
    from repro.causal.auditing.findings import Pair


SELECTIONS = {"route": "selection", "strict": "a hidden variable"}
"""What a maximum is, by the audit's word for it."""


class Sums(StrEnum):
    """Which sums count as shared."""

    AS_CODED = "as coded"
    AT_MOST = "at most"


class Reading(NamedTuple):
    """What counts as independent gradients.

    Attributes:
        sums: which sums count as shared.
        selection: of the audit, "route" or "strict".
    """

    sums: Sums
    selection: str

    def __str__(self) -> str:
        """Format as "sums at most, a maximum as selection"."""
        return f"sums {self.sums}, a maximum as {SELECTIONS[self.selection]}"


READINGS = tuple(Reading(sums, selection) for sums in Sums for selection in ("route", "strict"))


def dependent_pairs(audited: Verdict, sums: Sums = Sums.AT_MOST) -> frozenset[Pair]:
    """Return the pairs of mechanisms whose gradients share a hidden variable."""
    return audited.joined_as_coded if sums is Sums.AS_CODED else audited.joined_at_most


def is_modular(audited: Verdict, sums: Sums = Sums.AT_MOST) -> bool | None:
    """Return whether all gradients are independent; None if the trace could not follow everything."""
    if audited.limits or audited.approximated:
        return None
    return not dependent_pairs(audited, sums)
