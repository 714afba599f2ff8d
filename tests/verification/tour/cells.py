"""The cells of the tour: from a script with `# %%` between cells to what a notebook holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from repro.paths import DATA

SCRIPT = Path(__file__).with_name("tour.py")
"""The source of all cells; an editor that knows `# %%` runs them one by one."""
NOTEBOOK = DATA / "tour.ipynb"
"""The notebook as shipped, with outputs."""
_START, _TEXT = "# %%", "# %% [markdown]"


@dataclass(frozen=True)
class Cell:
    """A cell: "code" or "markdown", and its text."""

    kind: str
    text: str


def cells(script: str) -> list[Cell]:
    """Split a script into cells.

    Raises:
        ValueError: it does not begin with a cell, or a cell of text has a line that is no comment.
    """
    found: list[tuple[str, list[str]]] = []
    for line in script.splitlines():
        if line in {_START, _TEXT}:
            found.append(("markdown" if line == _TEXT else "code", []))
        elif not found:
            raise ValueError(f"given {line!r} before the first cell; begin with {_START!r}")
        else:
            found[-1][1].append(_plain(line) if found[-1][0] == "markdown" else line)
    return [Cell(kind, "\n".join(lines).strip("\n")) for kind, lines in found]


def _plain(line: str) -> str:
    if line and not line.startswith("#"):
        raise ValueError(f"given {line!r} in a cell of text; expected a comment")
    return line.removeprefix("#").removeprefix(" ")
