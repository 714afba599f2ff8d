"""What a claim shows next to its verdict: figures, tables, negative controls, every seed, the raw data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.errors import ClaimError

if TYPE_CHECKING:
    from repro.verdicts.verdict import Verdict

Cell = str | float | None


@dataclass(frozen=True)
class Measured:
    """The figure a claim is judged by, with its 95 % interval; None where it does not apply."""

    value: float | None
    low: float | None
    high: float | None
    unit: str = ""


@dataclass(frozen=True)
class Detail:
    """A further figure of a claim.

    Attributes:
        label: what it is, with its unit.
        value: the figure; None if it does not exist.
        low: lower end of its 95 % interval; None if it has none.
        high: upper end.
        verdict: what the claim's rule says of this figure alone; None if it is shown only.
        part: whether the claim needs it: a criterion of several parts holds if all of them do.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    verdict: Verdict | None = None
    part: bool = False


@dataclass(frozen=True)
class Table:
    """A table that a claim shows.

    Attributes:
        title: heading, in a few words.
        head: the columns' headings.
        rows: cells, one per heading in each row. The report prints text as it is, an int with all
            digits, a float with three, and None as a dash.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Control:
    """A negative control: data on which the same judging code must not say "reproduced".

    Attributes:
        what: the data, in words.
        expected: the verdicts that it may have.
        verdict: the verdict that it has.
        measured: the figure that it is judged by, as the claim is by its own; None if there is none.
        why: why it has no figure; "" if it has one.
    """

    what: str
    expected: tuple[Verdict, ...]
    verdict: Verdict
    measured: Measured | None = None
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether its verdict is an expected one."""
        return self.verdict in self.expected


@dataclass(frozen=True)
class PerSeedValues:
    """One figure of each seed of one arm.

    Attributes:
        label: the arm, such as "PPO" or "PPO, linear chain, last".
        quantity: what the values are, with their unit, such as "epochs to convergence".
        values: one per seed, in the order of the seeds; None if a run gives none.
        censored: for each seed, whether its value is only a lower bound.

    Raises:
        ClaimError: there is no value, or not one flag for each.
    """

    label: str
    quantity: str
    values: tuple[float | None, ...]
    censored: tuple[bool, ...]

    def __post_init__(self) -> None:
        """Refuse an arm without seeds, or with flags that do not match."""
        if not self.values or len(self.values) != len(self.censored):
            raise ClaimError(
                f"points of {self.label!r}: given {len(self.values)} values and "
                f"{len(self.censored)} flags; expected at least one value, and a flag for each"
            )


@dataclass(frozen=True)
class Censored:
    """How many runs of some arms never converged.

    >>> f"{Censored(2, of=30)} runs"
    '2 of 30 runs'

    Attributes:
        runs: their number.
        of: number of all runs of these arms.
    """

    runs: int
    of: int

    def __str__(self) -> str:
        """Format as "2 of 30"."""
        return f"{self.runs:,} of {self.of:,}"


@dataclass(frozen=True)
class Subsample:
    """The outcome of a claim on some of its seeds alone.

    Attributes:
        seeds: which, such as "10-19".
        verdict: its verdict there.
        measured: the figure it is judged by; None if there is none.
        n: number of runs per arm.
        censored: number of runs, over all arms, that never converged.
        runs: number of runs of all arms.
    """

    seeds: str
    verdict: Verdict
    measured: Measured | None = None
    n: int | None = None
    censored: int | None = None
    runs: int | None = None


@dataclass(frozen=True)
class RawData:
    """A block of runs that a claim was judged on.

    Attributes:
        block: its name, such as "ppo/linear_chain.last".
        digest: SHA-256 of the record's file, in hexadecimal.
        came: where this session got it from, such as "trained" or "found in the store".
    """

    block: str
    digest: str
    came: str
