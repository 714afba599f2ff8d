"""Tables in Markdown; standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def markdown(
    head: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: bool = False
) -> str:
    """Write a table.

    Args:
        head: the column names.
        rows: the cells; pipes are escaped, line breaks become "⏎".
        numbers: whether all columns but the first are right-aligned.

    Returns:
        One line per row, each with its line end; "none" if there are no rows.
    """
    cells = [[_cell(cell) for cell in row] for row in rows]
    if not cells:
        return "none\n"
    rules = ["---"] + ["---:" if numbers else "---"] * (len(head) - 1)
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rules, *cells))


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").replace("\n", " ⏎ ").split())
