"""What a claim declares, as commands that import no claims read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.cli import Declared, Needed
from repro.plugin.recorder import not_run
from repro.protocol.tiers import TIERS

if TYPE_CHECKING:
    from repro.plugin.declaration import Declaration


def declared(claim: Declaration) -> Declared:
    """Gather what a claim declares, with what each tier would run for it.

    Raises:
        ClaimError: its needs are faulty.
    """
    return Declared(
        id=claim.id,
        title=claim.title,
        statement=claim.statement,
        source=claim.source,
        kind=claim.kind,
        required=claim.required,
        machine_independent=not_run(claim, "").machine_independent,
        expected=claim.expected,
        margin=claim.margin,
        controls=claim.controls,
        differences=claim.differences,
        registered=claim.registered,
        reason=claim.reason,
        command=claim.command,
        needs=tuple(Needed.at(tier, claim.blocks(tier.seeds)) for tier in TIERS.values()),
    )
