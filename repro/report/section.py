"""A section of the report that is not a claim: text, a table, figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro.verdicts import Cell


@dataclass(frozen=True)
class Section:
    """Text, a table and figures, shown after the claims or before them.

    Attributes:
        title: heading, unique in the report.
        text: a paragraph, empty for none.
        head: headings of the table, empty for no table.
        rows: cells. Ints are shown with all digits, floats with three, None as a dash.
        figures: names of pictures.
        first: whether it is shown before the claims.
    """

    title: str
    text: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    figures: tuple[str, ...] = ()
    first: bool = False

    @property
    def anchor(self) -> str:
        """The id that links use."""
        return "section:" + re.sub(r"\W+", "-", self.title.lower()).strip("-")
