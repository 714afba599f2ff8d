"""A section of the report that is not a claim: text, a table, figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro.verdicts.results import Cell


@dataclass(frozen=True)
class Section:
    """Context beside the claims: a sanity figure, a table of further figures.

    Attributes:
        title: heading, unique in the report.
        text: what is shown, in a paragraph.
        head: the table's headings; empty: no table.
        rows: its cells. Text stands as it is, an int with all digits, a float with three.
        figures: names of pictures.
    """

    title: str
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    figures: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """The section's name in a link."""
        return "section:" + re.sub(r"\W+", "-", self.title.lower()).strip("-")
