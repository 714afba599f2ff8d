"""Tiers: how much of the protocol a run covers, and which claims it leaves out.

A claim always asks for blocks at the paper's scale. The tier replaces these blocks by the ones that
are run, and names the claims that cannot be judged on them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from repro.protocol.matched import Matched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.protocol.blocks import Block


@dataclass(frozen=True)
class Tier:
    """How much of the protocol is run.

    Attributes:
        name: value of `--tier` on the command line.
        about: description shown next to the tier's verdicts; "{seeds}" is replaced by the seeds,
            "{cap}" by the cap.
        seeds: default seeds.
        topology: the only topology that is run; None: all.
        cap: largest number of epochs of a transfer; None: the paper's.
        trains: whether runs are trained; otherwise shipped runs are judged, and claims that need no
            runs are left out.
        cautious: whether the seeds are so few that a negative control may be inconclusive.
        study: whether the claims of the explanation study are judged too.
    """

    name: str
    about: str
    seeds: tuple[int, ...]
    topology: str | None = None
    cap: int | None = None
    trains: bool = True
    cautious: bool = False
    study: bool = False

    @property
    def words(self) -> str:
        """The command-line options that select this tier; "" for the paper tier, the default."""
        usual = TIERS[self.name]
        words = "" if usual is PAPER else f" --tier {self.name}"
        return words if self.cap == usual.cap else f"{words} --cap {self.cap}"

    def sentence(self, seeds: tuple[int, ...], *, runs: bool = True) -> str:
        """Describe the tier with these seeds.

        Args:
            seeds: of the session.
            runs: whether the chosen claims need any.
        """
        capped = self.cap is not None and "{cap" not in self.about
        about = self.about + (CAPPED if capped else "")
        if self.trains and not runs:
            about = f"{self.about.removesuffix(TRAINED)}; the chosen claims need no runs"
        return about.format(seeds=written(seeds), cap=self.cap)

    def block(self, block: Block) -> Block:
        """Return the block that is run instead of a block at the paper's scale."""
        if self.cap is None or block.parent is None:
            return block
        capped = replace(block, epochs=min(block.epochs, self.cap), parent=self.block(block.parent))
        if isinstance(capped, Matched):
            return replace(capped, reference=self.block(capped.reference))
        return capped

    def leaves_out(self, needs: Sequence[Block], *, study: bool = False) -> str:
        """Return why a claim is not judged; "" if it is judged.

        Args:
            needs: the blocks that it needs.
            study: whether it belongs to the explanation study.
        """
        if study and not self.study:
            return f"it belongs to the explanation study: --tier {STUDY.name}"
        if not self.trains and not needs:
            return "it needs no training runs, so there is nothing to audit"
        topologies = dict.fromkeys(block.problem.partition(".")[0] for block in needs)
        others = [name for name in topologies if self.topology not in {None, name}]
        return f"it needs runs on {' and '.join(others)}" if others else ""


TRAINED = ", on runs trained here"
CAPPED = ", transfers of at most {cap:,} epochs"
"""Added to the description of a tier whose transfers are cut shorter than the paper's."""


def written(seeds: tuple[int, ...]) -> str:
    """Write sorted seeds as on the command line: "0-9", "0-4,7"."""
    breaks = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(seeds)) if b != a + 1), len(seeds)]
    spans = [seeds[start:stop] for start, stop in pairwise(breaks)]
    return ",".join(f"{s[0]}-{s[-1]}" if len(s) > 1 else f"{s[0]}" for s in spans)


PAPER_RUNS = 10
"""Seeds of the paper; the tier named after it has three times as many."""
PAPER = Tier(
    "paper",
    "paper tier: the claims on what the talk says, at the paper's scale, seeds {seeds}" + TRAINED,
    seeds=tuple(range(10, 40)),
)
STUDY = Tier(
    "study",
    "study tier: every claim, with the explanation study, at the paper's scale, seeds {seeds}"
    + TRAINED,
    seeds=PAPER.seeds,
    study=True,
)
FULL = (PAPER, STUDY)
"""Tiers at the paper's scale; their runs are compared with the shipped ones."""
QUICK = Tier(
    "quick",
    "quick tier, not the paper's scale: the linear chain only, seeds {seeds}, transfers of at most "
    "{cap:,} epochs, and the theory. So few seeds give wide intervals: a claim or a control that is "
    "inconclusive here fails nothing",
    seeds=(10, 11, 12),
    topology="linear_chain",
    cap=3000,
    cautious=True,
)
AUDIT = Tier(
    "audit",
    "audit of shipped runs, nothing was trained: the shipped runs of seeds {seeds} are judged again, "
    "without the theory",
    seeds=PAPER.seeds,
    trains=False,
    study=True,
)
TIERS = {tier.name: tier for tier in (PAPER, STUDY, QUICK, AUDIT)}
