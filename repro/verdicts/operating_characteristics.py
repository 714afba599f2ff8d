"""How often each verdict of a claim comes out in simulated worlds: the table, and who reads it.

The claims make it (`python -m tests.verification.operating_characteristics`); the report shows it beside each of them.
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
    """What a claim is in a simulated world."""

    TRUE = "true"
    EDGE = "on its margin"
    FALSE = "false"
    UNDEFINED = "undefined"


@dataclass(frozen=True)
class Characteristic:
    """How often each verdict came out in one simulated world.

    Attributes:
        world: what holds there, in a few words.
        truth: what the claim is there.
        spread: how runs scatter, in a few words.
        runs: number of runs in each arm.
        replications: number of data sets simulated.
        reproduced: how many of them came out so.
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
        """Refuse counts of other data sets than those simulated."""
        counts = (self.reproduced, self.not_reproduced, self.inconclusive)
        if min(counts) < 0 or not sum(counts) == self.replications > 0:
            raise UserError(
                f"characteristics of {self.world!r}: given {counts} of {self.replications} data sets; "
                "expected counts that add up, of one data set at least"
            )

    @property
    def shares(self) -> tuple[float, float, float]:
        """Parts of the data sets that came out reproduced, not reproduced, inconclusive."""
        counts = (self.reproduced, self.not_reproduced, self.inconclusive)
        return tuple(count / self.replications for count in counts)  # type: ignore[return-value]  # three


def write(table: Mapping[str, Sequence[Characteristic]], path: Path) -> None:
    """Write a table, rows by the claim's id, as CSV, sorted by claim."""
    head = ["claim", *(field.name for field in fields(Characteristic))]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, head, lineterminator="\n")
        writer.writeheader()
        for claim in sorted(table):
            writer.writerows({"claim": claim, **asdict(row)} for row in table[claim])


def read(path: Path) -> dict[str, tuple[Characteristic, ...]]:
    """Read what `write` wrote.

    Raises:
        UserError: the file cannot be read, or is no such table.
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
            "`python -m tests.verification.operating_characteristics` makes it anew"
        ) from error
    return table


@cache
def load_characteristics() -> Mapping[str, tuple[Characteristic, ...]]:
    """Read the project's own table, once."""
    return read(TABLE)
