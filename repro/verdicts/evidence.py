"""What a claim shows beside its verdict: where its figure was expected, every seed, the raw data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from repro.errors import ClaimError


@dataclass(frozen=True)
class Margin:
    """Where the interval of a claim's figure must lie if it is reproduced, fixed before any run.

    A claim may ask for more, which its `expected` says.

    Attributes:
        low: lower end; -inf where there is none.
        high: upper end; inf where there is none.
        target: the number that the talk gives, None where it gives none.

    Raises:
        ClaimError: the ends are crossed, or not numbers, or the target lies outside.
    """

    low: float = -math.inf
    high: float = math.inf
    target: float | None = None

    def __post_init__(self) -> None:
        """Refuse a margin that nothing can lie in, or that everything lies in."""
        ends = (self.low, self.high)
        if not self.low < self.high or all(map(math.isinf, ends)):
            raise ClaimError(
                f"margin: given [{self.low}, {self.high}]; expected low below high, and one of them "
                "finite at least"
            )
        if self.target is not None and not self.low <= self.target <= self.high:
            raise ClaimError(
                f"margin: given the target {self.target} and [{self.low}, {self.high}]; expected the "
                "target inside"
            )


@dataclass(frozen=True)
class PerSeedValues:
    """One figure of every seed in one arm.

    Attributes:
        label: the arm, as "PPO" or "PPO, linear chain, last".
        quantity: what the values are, with their unit, as "epochs to convergence".
        values: one a seed, in the order of the seeds; None where a run gives none.
        censored: which of them are lower bounds only.

    Raises:
        ClaimError: there is no value, or not one flag for each.
    """

    label: str
    quantity: str
    values: tuple[float | None, ...]
    censored: tuple[bool, ...]

    def __post_init__(self) -> None:
        """Refuse an arm without seeds, or whose flags do not match."""
        if not self.values or len(self.values) != len(self.censored):
            raise ClaimError(
                f"points of {self.label!r}: given {len(self.values)} values and "
                f"{len(self.censored)} flags; expected at least one value, and a flag for each"
            )


@dataclass(frozen=True)
class RawData:
    """A block of runs that a claim was judged on.

    Attributes:
        block: its name, as "ppo/linear_chain.last".
        digest: SHA-256 of the record's payload, in hexadecimal.
        came: how this session came by it, as "trained" or "found in the store".
    """

    block: str
    digest: str
    came: str
