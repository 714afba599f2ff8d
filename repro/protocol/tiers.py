"""Tiers: how much of the protocol a run covers, and which claims it leaves out.

A claim always asks for blocks at the paper's scale. The tier replaces these blocks by the ones that
are run, and names the claims that cannot be judged on them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from repro.protocol.blocks import TRANSFER_CAP
from repro.protocol.matched import Matched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.protocol.blocks import Block


@dataclass(frozen=True)
class Tier:
    """How much of the protocol is run.

    Attributes:
        name: value of `--tier` on the command line.
        about: description shown next to the tier's verdicts; "{seeds}" and "{cap}" are replaced by the seeds and
            the cap, "{scale}" by how these compare with the paper's.
        seeds: its seeds; those of `TIERS` are the defaults.
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
        """The command-line options that select this tier, its seeds and its cap; "" for the paper tier's own."""
        usual = TIERS[self.name]
        words = "" if usual is PAPER else f" --tier {self.name}"
        words += "" if self.seeds == usual.seeds else f" --seeds {written(self.seeds)}"
        return words if self.cap == usual.cap else f"{words} --cap {self.cap}"

    @property
    def label(self) -> str:
        """Name the tier, and what differs from its own settings: "paper tier with other seeds (0-4)"."""
        usual = TIERS[self.name]
        changes = [] if self.seeds == usual.seeds else [f"other seeds ({written(self.seeds)})"]
        changes += [] if self.cap == usual.cap else [f"another cap ({self.cap:,} epochs)"]
        return f"{self.name} tier{' with ' * bool(changes)}{' and '.join(changes)}"

    def sentence(self, *, runs: bool = True) -> str:
        """Describe the tier with its seeds and its cap, and its own ones where they differ.

        Args:
            runs: whether the chosen claims need any.
        """
        usual, about = TIERS[self.name], self.about
        if self.cap is not None and not any(part in about for part in ("{cap}", "{scale}")):
            about += ", transfers of at most {cap} epochs"
        if self.trains and not runs:
            about = f"{self.about.removesuffix(TRAINED)}; the chosen claims need no runs"
        seeds, cap = written(self.seeds), f"{self.cap or TRANSFER_CAP:,}"
        if self.seeds != usual.seeds:
            seeds += f" instead of {written(usual.seeds)}"
        if self.cap != usual.cap:
            cap += f" instead of {usual.cap or TRANSFER_CAP:,}"
        return about.format(seeds=seeds, cap=cap, scale=self._scale.format(cap=cap))

    @property
    def _scale(self) -> str:
        """Say whether the seeds are as many, and transfers as long, as the paper's."""
        few = [f"fewer seeds than the paper's {PAPER_RUNS}"] * (len(self.seeds) < PAPER_RUNS)
        short = ["transfers of at most {cap} epochs"] * (self.cap is not None)
        return f"with {' and '.join(few + short)}" if few or short else "at the paper's scale"

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


def written(seeds: tuple[int, ...]) -> str:
    """Write sorted seeds as on the command line: "0-9", "0-4,7"."""
    breaks = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(seeds)) if b != a + 1), len(seeds)]
    spans = [seeds[start:stop] for start, stop in pairwise(breaks)]
    return ",".join(f"{s[0]}-{s[-1]}" if len(s) > 1 else f"{s[0]}" for s in spans)


PAPER_RUNS = 10
"""Seeds of the paper; the tier named after it has three times as many."""
PAPER = Tier(
    "paper",
    "paper tier: the claims on what the talk says, {scale}, seeds {seeds}" + TRAINED,
    seeds=tuple(range(10, 40)),
)
STUDY = Tier(
    "study",
    "study tier: every claim, with the explanation study, {scale}, seeds {seeds}" + TRAINED,
    seeds=PAPER.seeds,
    study=True,
)
FULL = (PAPER, STUDY)
"""Tiers at the paper's scale; their runs are compared with the shipped ones."""
QUICK = Tier(
    "quick",
    "quick tier, not the paper's scale: the linear chain only, seeds {seeds}, transfers of at most "
    "{cap} epochs, and the theory. So few seeds give wide intervals: a claim or a control that is "
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
