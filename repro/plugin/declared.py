"""What a claim declares, as its plugin writes it to a file for `list` and `explain` to read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from repro.plugin.recorder import not_run
from repro.protocol.blocks import with_parents
from repro.protocol.tiers import TIERS
from repro.verdicts import Margin, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from repro.plugin.declaration import Declaration
    from repro.protocol.blocks import Block
    from repro.protocol.tiers import Tier


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What a claim needs at one tier.

    Attributes:
        tier: its name.
        left_out: why the tier does not judge the claim; "" where it does.
        trained: whether the runs are trained, or read from those shipped with the project.
        blocks: names of the blocks of runs, what they start from included where it is trained.
        runs: how many they are, one a seed.
        cautious: whether a negative control may come out inconclusive too.
    """

    tier: str
    left_out: str
    trained: bool
    blocks: tuple[str, ...]
    runs: int
    cautious: bool

    @classmethod
    def at(cls, tier: Tier, wanted: Sequence[Block]) -> Self:
        """Say what is run at a tier for a claim that wants these blocks at the paper's scale."""
        left_out = tier.leaves_out(wanted)
        blocks = [] if left_out else list(dict.fromkeys(map(tier.block, wanted)))
        blocks = with_parents(blocks) if tier.trains else blocks
        return cls(
            tier=tier.name,
            left_out=left_out,
            trained=tier.trains,
            blocks=tuple(block.name for block in blocks),
            runs=sum(len(block.seeds) for block in blocks),
            cautious=tier.cautious and bool(blocks),
        )


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A claim before it is judged; its fields mean what they mean in `ClaimResult`.

    Besides, `reason` says why it is recorded otherwise than "reproduced", `controls` as what each
    negative control may come out, and `needs` what each tier runs for it.
    """

    id: str
    title: str
    statement: str
    source: tuple[str, ...]
    kind: str
    required: bool
    machine_independent: bool
    expected: str
    margin: Margin | None
    controls: Mapping[str, tuple[Verdict, ...]]
    differences: str
    recorded: Verdict
    reason: str
    command: str
    needs: tuple[Needed, ...]

    def to_dict(self) -> dict[str, Any]:
        """Make its JSON object; an open end of the margin becomes null."""
        controls = [
            {"what": what, "expected": list(expected)} for what, expected in self.controls.items()
        ]
        return {
            **vars(self),
            "controls": controls,
            "margin": _finite(self.margin),
            "needs": [vars(needed) for needed in self.needs],
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """Read what `to_dict` made."""
        ends = row["margin"]
        return cls(
            **{
                **row,
                "source": tuple(row["source"]),
                "controls": {
                    control["what"]: tuple(map(Verdict, control["expected"]))
                    for control in row["controls"]
                },
                "margin": None if ends is None else _margin(**ends),
                "recorded": Verdict(row["recorded"]),
                "needs": tuple(
                    Needed(**{**needed, "blocks": tuple(needed["blocks"])})
                    for needed in row["needs"]
                ),
            }
        )


def _finite(margin: Margin | None) -> dict[str, float | None] | None:
    if margin is None:
        return None
    ends = {"low": margin.low, "high": margin.high}
    return {
        **{name: None if math.isinf(end) else end for name, end in ends.items()},
        "target": margin.target,
    }


def _margin(low: float | None, high: float | None, target: float | None) -> Margin:
    return Margin(
        low=-math.inf if low is None else low,
        high=math.inf if high is None else high,
        target=target,
    )


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
        recorded=claim.recorded,
        reason=claim.reason,
        command=claim.command,
        needs=tuple(Needed.at(tier, claim.blocks(tier.seeds)) for tier in TIERS.values()),
    )
