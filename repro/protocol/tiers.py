"""The tiers: how much of the protocol a run covers, and what it leaves out.

A claim always asks for blocks at the paper's scale; the tier says which blocks are run in their
place, and which claims cannot be judged on them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.protocol.blocks import Block


@dataclass(frozen=True)
class Tier:
    """How much is run.

    Attributes:
        name: as it is given on the command line.
        about: what it means, in a sentence that stands wherever its verdicts do; "{seeds}" stands
            for the seeds.
        seeds: unless others are asked for.
        topology: claims that need another one are left out; None: any will do.
        cap: most epochs of a transfer; None: the paper's.
        trains: whether runs are trained, or shipped ones judged; a tier that trains nothing leaves
            out claims that need no runs.
        cautious: whether seeds are so few that a negative control may come out inconclusive.
    """

    name: str
    about: str
    seeds: tuple[int, ...]
    topology: str | None = None
    cap: int | None = None
    trains: bool = True
    cautious: bool = False

    @property
    def words(self) -> str:
        """What asks for this tier on a command line: nothing for the paper's."""
        return "" if self is PAPER else f" --tier {self.name}"

    def sentence(self, seeds: tuple[int, ...]) -> str:
        """Say what the tier means for these seeds."""
        return self.about.format(seeds=written(seeds))

    def block(self, block: Block) -> Block:
        """The block that is run in place of one at the paper's scale."""
        if self.cap is None or block.parent is None:
            return block
        return replace(block, epochs=min(block.epochs, self.cap), parent=self.block(block.parent))

    def leaves_out(self, needs: Sequence[Block]) -> str:
        """Say why a claim with these needs is not judged; "" where it is."""
        if not self.trains and not needs:
            return "it needs no runs, so there are none to audit"
        topologies = dict.fromkeys(block.problem.partition(".")[0] for block in needs)
        others = [name for name in topologies if self.topology not in {None, name}]
        return f"it needs runs on {' and '.join(others)}" if others else ""


def written(seeds: tuple[int, ...]) -> str:
    """Write sorted seeds as they are given: "0-9", "0-4,7"."""
    breaks = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(seeds)) if b != a + 1), len(seeds)]
    spans = [seeds[start:stop] for start, stop in pairwise(breaks)]
    return ",".join(f"{s[0]}-{s[-1]}" if len(s) > 1 else f"{s[0]}" for s in spans)


PAPER = Tier(
    "paper",
    "paper tier: every claim at the paper's scale, seeds {seeds}, on runs of this machine's own",
    seeds=tuple(range(10)),
)
QUICK = Tier(
    "quick",
    "quick tier, not the paper's scale: the linear chain only, seeds {seeds}, transfers of at most "
    "3,000 epochs, and the theory. So few seeds give wide intervals: a claim or a control that is "
    "inconclusive here fails nothing",
    seeds=(0, 1, 2),
    topology="linear_chain",
    cap=3000,
    cautious=True,
)
AUDIT = Tier(
    "audit",
    "audit of shipped runs, nothing was trained: the raw runs of seeds {seeds} that came with the "
    "project are judged anew, without the theory",
    seeds=PAPER.seeds,
    trains=False,
)
TIERS = {tier.name: tier for tier in (PAPER, QUICK, AUDIT)}
