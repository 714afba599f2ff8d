"""Facts about a run other than its claims: claims left out, cost, comparison with the shipped runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class LeftOut:
    """A claim that the run's tier does not judge, and why.

    Attributes:
        id: dotted name.
        title: a few words.
        why: the reason.
        counts_as: name of the statement of the talk that it is about; "" if it is about none.
    """

    id: str
    title: str
    why: str
    counts_as: str = ""


@dataclass(frozen=True)
class Cost:
    """The memory and the speed of a run.

    Attributes:
        peak_memory: peak memory of the run and its child processes, in bytes; None if the system
            does not report it.
        speeds: by algorithm, transitions learned per second and core, over all blocks judged.
        blocks: how many were trained, found in the store and so on, in words; "" if there were none.
    """

    peak_memory: int | None = None
    speeds: dict[str, float] = field(default_factory=dict)
    blocks: str = ""


@dataclass(frozen=True)
class BlockAccount:
    """The outcome of one block of runs in a session.

    Attributes:
        block: its name.
        came: where its record is from, such as "trained" or "found in the store"; or "failed".
        runs: number of runs requested, one per seed.
        censored: how many of them never converged; None if there is no record.
        unready: how many of them started from a run that had not converged; None if they started from
            initial weights, or it is not known.
        resumed: whether training continued from a checkpoint.
        seconds: wall time of its training in this session; 0 if it was not trained now.
        digest: SHA-256 of the record's file; "" if there is none.
        error: why there is no record.
    """

    block: str
    came: str
    runs: int
    censored: int | None = None
    unready: int | None = None
    resumed: bool = False
    seconds: float = 0.0
    digest: str = ""
    error: str = ""

    @property
    def finished(self) -> bool:
        """Whether there is a record."""
        return self.censored is not None

    @property
    def origin(self) -> str:
        """Where its record is from, and whether runs started from others that had not converged."""
        late = f"; {self.unready} started from a run that had not converged" if self.unready else ""
        return f"{self.came}{late}"


@dataclass(frozen=True)
class Accounts:
    """The outcome of every run that the claims need; a run is one seed of a block."""

    blocks: tuple[BlockAccount, ...] = ()

    @property
    def totals(self) -> dict[str, int]:
        """Number of runs expected, finished and failed; of finished ones, censored, unready and resumed."""
        done = [block for block in self.blocks if block.finished]
        return {
            "expected": sum(block.runs for block in self.blocks),
            "finished": sum(block.runs for block in done),
            "censored": sum(block.censored or 0 for block in done),
            "unready": sum(block.unready or 0 for block in done),
            "failed": sum(block.runs for block in self.blocks if not block.finished),
            "resumed": sum(block.runs for block in done if block.resumed),
        }

    def to_dict(self) -> dict[str, Any]:
        """Make the object of the JSON file."""
        return {"runs": self.totals, "blocks": [vars(block) for block in self.blocks]}


class Agreement(StrEnum):
    """How a block's record compares with the shipped one."""

    SAME = "identical"
    BROKEN = "other bytes in the same environment"
    ALIKE = "other bytes, no statistical difference"
    DIFFERENT = "statistically different"
    NOT_SHIPPED = "not among the shipped runs"


_TESTED = {Agreement.ALIKE, Agreement.DIFFERENT}


@dataclass(frozen=True)
class Compared:
    """The comparison of one block with the shipped runs of the same block.

    Attributes:
        block: its name.
        likeness: how they agree.
        why: what differs from when the shipped runs were made, such as "other code, other processor";
            "" if nothing differs.
        ratio: mean time to convergence over that of the shipped runs; None if the bytes are the
            same or nothing is shipped.
        low: lower end of the ratio's 95 % interval.
        high: upper end of the ratio's 95 % interval.
        levels: mean returns at the end of these and of the shipped runs, which are compared if no
            run of either converged; else None.
        where: the runs that left the shipped bytes although they must not, such as "seed 15 from epoch 477".
    """

    block: str
    likeness: Agreement
    why: str = ""
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    levels: tuple[float, float] | None = None
    where: str = ""


@dataclass(frozen=True)
class ShippedComparison:
    """The comparison of a run's records with the shipped ones.

    Attributes:
        commit: the commit that made the shipped runs; None if there are none.
        blocks: one comparison per block, in the order in which they were run.
        fault: why the shipped runs could not be compared; "" if they could.
    """

    commit: str | None = None
    blocks: tuple[Compared, ...] = ()
    fault: str = ""

    @property
    def failed(self) -> bool:
        """Whether runs differ although they must not, or the shipped runs are faulty."""
        return bool(self.fault) or any(b.likeness is Agreement.BROKEN for b in self.blocks)

    @property
    def summary(self) -> str:
        """One line, such as "36 blocks: 36 identical"."""
        if self.fault:
            return f"the comparison with the shipped runs failed: {self.fault}"
        if not self.blocks:
            return "nothing was compared"
        counted = Counter(block.likeness for block in self.blocks)
        parts = [f"{counted[Agreement.SAME]} identical"]
        if unlike := [block for block in self.blocks if block.likeness in _TESTED]:
            causes = "; ".join(dict.fromkeys(block.why for block in unlike))
            differ = counted[Agreement.DIFFERENT]
            verdict = f"{differ or 'none'} differ{'' if differ > 1 else 's'} statistically"
            parts.append(f"{len(unlike)} different bytes ({causes}), of which {verdict}")
        if broken := [block for block in self.blocks if block.likeness is Agreement.BROKEN]:
            first = broken[0]
            parts.append(
                f"{len(broken)} DIFFERENT BYTES IN THE ENVIRONMENT THAT MADE THE SHIPPED RUNS: "
                f"what should be reproducible is not; the first is {first.block}, {first.where}"
            )
        if missing := counted[Agreement.NOT_SHIPPED]:
            parts.append(f"{missing} not among the shipped runs")
        blocks = "1 block" if len(self.blocks) == 1 else f"{len(self.blocks)} blocks"
        stale = sum("other code" in block.why for block in self.blocks)
        what = "the code of 1 block" if stale == 1 else f"the code of {stale} blocks"
        changed = f"; {what} has changed since they were shipped" if stale else ""
        return f"{blocks}: {', '.join(parts)}{changed}"

    def to_dict(self) -> dict[str, Any]:
        """Make the object of the JSON file."""
        return {
            "commit": self.commit,
            "fault": self.fault,
            "summary": self.summary,
            "failed": self.failed,
            "blocks": [vars(block) for block in self.blocks],
        }
