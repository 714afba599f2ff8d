"""A claim's declaration and what each tier runs for it, as JSON for `list` and `explain`."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

from repro.protocol.matched import with_needed
from repro.protocol.tiers import TIERS
from repro.verdicts import ClaimDeclaration, Margin, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repro.plugin.declaration import Declaration
    from repro.protocol.blocks import Block
    from repro.protocol.tiers import Tier

FIELDS = tuple(field.name for field in fields(ClaimDeclaration))


@dataclass(frozen=True, kw_only=True)
class TierNeeds:
    """What one tier runs for a claim.

    Attributes:
        tier: the tier's name.
        left_out: why the tier does not judge the claim; "" if it does.
        trained: whether the runs are trained; otherwise they are shipped runs.
        blocks: names of the blocks of runs, including those that trained blocks need.
        runs: number of runs, one per seed and block.
        cautious: whether a negative control may also be inconclusive.
        shipped: of how many of these blocks the runs are shipped; None if they are trained.
    """

    tier: str
    left_out: str
    trained: bool
    blocks: tuple[str, ...]
    runs: int
    cautious: bool
    shipped: int | None = None

    @classmethod
    def at(
        cls,
        tier: Tier,
        wanted: Sequence[Block],
        *,
        study: bool = False,
        is_shipped: Callable[[Block], bool] = lambda _block: True,
    ) -> Self:
        """Return what a tier runs for a claim that needs these blocks at the paper's scale.

        Args:
            tier: which.
            wanted: the blocks.
            study: whether the claim belongs to the explanation study.
            is_shipped: whether the runs of a block are shipped with the project.
        """
        left_out = tier.leaves_out(wanted, study=study)
        blocks = [] if left_out else list(dict.fromkeys(map(tier.block, wanted)))
        blocks = with_needed(blocks) if tier.trains else blocks
        return cls(
            tier=tier.name,
            left_out=left_out,
            trained=tier.trains,
            blocks=tuple(block.name for block in blocks),
            runs=sum(len(block.seeds) for block in blocks),
            cautious=tier.cautious and bool(blocks),
            shipped=None if tier.trains else sum(map(is_shipped, blocks)),
        )


@dataclass(frozen=True)
class ListedClaim:
    """A claim before it is judged.

    Attributes:
        declaration: what the claim declares.
        needs: what each tier runs for it.
    """

    declaration: ClaimDeclaration
    needs: tuple[TierNeeds, ...]

    @classmethod
    def of(cls, claim: Declaration, is_shipped: Callable[[Block], bool]) -> Self:
        """List a claim with what each tier runs for it.

        Args:
            claim: which.
            is_shipped: whether the runs of a block are shipped with the project.

        Raises:
            ClaimError: the claim's `needs` are invalid.
        """
        return cls(
            ClaimDeclaration(**{name: getattr(claim, name) for name in FIELDS}),
            tuple(
                TierNeeds.at(
                    tier, claim.blocks(tier.seeds), study=claim.study, is_shipped=is_shipped
                )
                for tier in TIERS.values()
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object; an infinite end of the margin is null."""
        claim = self.declaration
        return {
            **vars(claim),
            "machine_independent": claim.machine_independent,
            "command": claim.command,
            "margin": claim.margin and _finite(claim.margin),
            "controls": [
                {"what": what, "expected": list(expected)}
                for what, expected in claim.controls.items()
            ],
            "needs": [vars(needed) for needed in self.needs],
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """Read what `to_dict` returned."""
        converted = {
            "source": tuple(row["source"]),
            "controls": {
                control["what"]: tuple(map(Verdict, control["expected"]))
                for control in row["controls"]
            },
            "margin": row["margin"] and _margin(**row["margin"]),
            "recorded": Verdict(row["recorded"]),
        }
        given = {name: row[name] for name in FIELDS}
        needs = ({**needed, "blocks": tuple(needed["blocks"])} for needed in row["needs"])
        return cls(
            ClaimDeclaration(**{**given, **converted}),
            tuple(TierNeeds(**needed) for needed in needs),
        )


def _finite(margin: Margin) -> dict[str, object]:
    ends = {"low": margin.low, "high": margin.high}
    return vars(margin) | {name: None if math.isinf(end) else end for name, end in ends.items()}


def _margin(
    low: float | None, high: float | None, target: float | None, estimate: list[float] | None
) -> Margin:
    return Margin(
        low=-math.inf if low is None else low,
        high=math.inf if high is None else high,
        target=target,
        estimate=None if estimate is None else (estimate[0], estimate[1]),
    )
