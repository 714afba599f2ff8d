"""Operating characteristics: how often a claim has each verdict in simulated worlds.

`python -m tests.verification.operating_characteristics` simulates the claims and writes the table; the
report shows it with each claim.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.paths import DATA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TABLE = DATA / "characteristics.csv"


class Truth(StrEnum):
    """Whether a claim is true in a simulated world."""

    TRUE = "true"
    EDGE = "on its margin"
    FALSE = "false"
    UNDEFINED = "undefined"


@dataclass(frozen=True)
class Characteristic:
    """How often a claim has each verdict in one simulated world.

    Attributes:
        world: what holds there, in a few words.
        truth: whether the claim is true there.
        spread: how runs scatter, in a few words.
        runs: number of runs in each arm.
        replications: number of data sets simulated.
        reproduced: number of data sets with this verdict.
        not_reproduced: likewise.
        inconclusive: likewise.

    Raises:
        UserError: the counts do not add up to the replications, or there are none.
    """

    world: str
    truth: Truth
    spread: str
    runs: int
    replications: int
    reproduced: int
    not_reproduced: int
    inconclusive: int

    def __post_init__(self) -> None:
        """Refuse counts that do not add up to the number of data sets."""
        counts = (self.reproduced, self.not_reproduced, self.inconclusive)
        if min(counts) < 0 or not sum(counts) == self.replications > 0:
            raise UserError(
                f"characteristics of {self.world!r}: given {counts} of {self.replications} data sets; "
                "expected counts that add up, of at least one data set"
            )

    @property
    def shares(self) -> tuple[float, float, float]:
        """Fractions of the data sets: reproduced, not reproduced, inconclusive."""
        counts = (self.reproduced, self.not_reproduced, self.inconclusive)
        return tuple(count / self.replications for count in counts)  # type: ignore[return-value]  # three


def write(table: Mapping[str, Sequence[Characteristic]], path: Path) -> None:
    """Write a table, given by claim id, as CSV sorted by claim."""
    head = ["claim", *(field.name for field in fields(Characteristic))]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, head, lineterminator="\n")
        writer.writeheader()
        for claim in sorted(table):
            writer.writerows({"claim": claim, **asdict(row)} for row in table[claim])


def read(path: Path) -> dict[str, tuple[Characteristic, ...]]:
    """Read the table that `write` wrote, by claim id.

    Raises:
        UserError: the file cannot be read, or is not such a table.
    """
    kinds = {"str": str, "int": int, "Truth": Truth}
    table: dict[str, tuple[Characteristic, ...]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                given = {f.name: kinds[str(f.type)](line[f.name]) for f in fields(Characteristic)}
                row = Characteristic(**given)
                table[line["claim"]] = (*table.get(line["claim"], ()), row)
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read ({type(error).__name__}: {error}); "
            "`python -m tests.verification.operating_characteristics` writes it again"
        ) from error
    return table


@cache
def load_characteristics() -> Mapping[str, tuple[Characteristic, ...]]:
    """Read the project's table; it is read once."""
    return read(TABLE)
