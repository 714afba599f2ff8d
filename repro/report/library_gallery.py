"""The table of other libraries' learning rules, from the file that `nox -s gallery -- --ship` writes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from repro.errors import UserError
from repro.report.section import Section
from repro.storage.checksum import dump_facts, load_facts

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1
TITLE = "Learning rules of other libraries"
HEAD = (
    "library",
    "method",
    "mechanisms",
    "answer",
    "shared",
    "because",
    "seconds",
    "lines",
)
_OUTPUT = "output of "
"""How names of shared variables begin that only say where in a network they are."""
_VERSIONS = ("torch", "numpy", "python")


@dataclass(frozen=True)
class AuditedMethod:
    """One method of a library, as it was audited.

    Attributes:
        library: as its authors write it.
        version: that was installed.
        method: of the library.
        mechanisms: what the mechanisms are.
        answer: of the audit.
        by_hand: the answer that was reasoned by hand.
        because: the reason for that one.
        shared: names of the hidden variables that gradients share, the most informative first.
        seconds: that the audit took.
        lines: that a user of the library writes for it.
    """

    library: str
    version: str
    method: str
    mechanisms: str
    answer: str
    by_hand: str
    because: str
    shared: tuple[str, ...]
    seconds: float
    lines: int

    @property
    def cells(self) -> tuple[str | int | float | None, ...]:
        """The row under `HEAD`."""
        telling = [name for name in self.shared if not name.startswith(_OUTPUT)]
        return (
            f"{self.library} {self.version}",
            self.method,
            self.mechanisms,
            self.answer,
            ", ".join(telling or self.shared[:1]) or None,
            self.because,
            self.seconds,
            self.lines,
        )


@dataclass(frozen=True)
class Gallery:
    """All methods that were audited, and how.

    Attributes:
        methods: one for each row.
        left_out: libraries that were not audited, each with the reason.
        environment: processor, and versions of Python and libraries.
        code: digest of the code of each file that declares a library, by module.
    """

    methods: tuple[AuditedMethod, ...]
    left_out: dict[str, str]
    environment: dict[str, Any]
    code: dict[str, str]

    @property
    def text(self) -> str:
        """What the table is of, and which run measured it."""
        versions = ", ".join(f"{name} {self.environment[name]}" for name in _VERSIONS)
        left = "".join(
            f" Not audited: {name}, because {why}." for name, why in self.left_out.items()
        )
        return (
            "The audit, applied to learning rules of other libraries as they are. Each answer was reasoned by hand, "
            "for the reason given, and is what the audit found. Lines are those that a user of the library "
            "writes for the audit, seconds those that it took. "
            f"Measured by `nox -s gallery` with {versions}, on {self.environment['processor']}.{left}"
        )

    @property
    def section(self) -> Section:
        """The section of the report."""
        return Section(TITLE, self.text, HEAD, tuple(method.cells for method in self.methods))

    def to_json(self) -> bytes:
        """Write the file that `read_gallery` reads."""
        return dump_facts({"schema": SCHEMA, **asdict(self)})


def read_gallery(file: Path) -> Gallery:
    """Read the table.

    Raises:
        UserError: there is no such file, or it is not as it was written.
    """
    try:
        facts = load_facts(file.read_bytes(), SCHEMA)
        methods = tuple(
            AuditedMethod(**{**row, "shared": tuple(row["shared"])}) for row in facts["methods"]
        )
        return Gallery(methods, facts["left_out"], facts["environment"], facts["code"])
    except (OSError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise UserError(
            f"{file} cannot be read ({type(error).__name__}: {error}); expected the file of this checkout, or one "
            "that `nox -s gallery -- --ship` wrote"
        ) from error
