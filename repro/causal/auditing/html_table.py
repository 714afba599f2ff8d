"""A small HTML table, which a notebook shows for a result."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CELL = '<{0} style="text-align: left; white-space: normal">{1}</{0}>'


def html_table(rows: Iterable[tuple[str, str]]) -> str:
    """Write a table of two columns, the first of them headings.

    Args:
        rows: plain text; it is escaped.
    """
    cells = (
        (_CELL.format("th", escape(head)), _CELL.format("td", escape(text))) for head, text in rows
    )
    return f"<table>{''.join(f'<tr>{head}{text}</tr>' for head, text in cells)}</table>"
