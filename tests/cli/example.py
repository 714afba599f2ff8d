"""A claim as the plugin lists it, and copies of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from repro.plugin.listing import ListedClaim, TierNeeds
from repro.verdicts import ClaimDeclaration, Margin, Verdict

REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict
PAPER = TierNeeds(
    tier="paper",
    left_out="",
    trained=True,
    blocks=("ppo/linear_chain.training", "ppo/linear_chain.last"),
    runs=20,
    cautious=False,
)
QUICK = TierNeeds(
    tier="quick",
    left_out="",
    trained=True,
    blocks=PAPER.blocks,
    runs=6,
    cautious=True,
)
AUDIT = TierNeeds(
    tier="audit",
    left_out="it needs a pencil",
    trained=False,
    blocks=(),
    runs=0,
    cautious=False,
    shipped=0,
)
CLAIM = ListedClaim(
    ClaimDeclaration(
        id="a.claim",
        title="A [bold]title[/bold]",
        statement="A statement.",
        source=("talk:44", "talk:45"),
        kind="empirical",
        expected="above 1",
        margin=Margin(low=1.0),
        controls={"arms swapped": (NOT,), "halves": (NOT, INCONCLUSIVE)},
    ),
    needs=(PAPER, QUICK, AUDIT),
)


def listed(needs: tuple[TierNeeds, ...] = CLAIM.needs, **changes: Any) -> ListedClaim:  # noqa: ANN401 - any field
    """Return a copy of `CLAIM` with other needs, or another declaration."""
    return ListedClaim(replace(CLAIM.declaration, **changes), needs)
