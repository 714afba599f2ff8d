"""Dependences on the terminal: what each gradient reads, formulas, and what would separate a pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from repro.causal.auditing.verdict import MOST_SETS as MOST_PAIRS

if TYPE_CHECKING:
    from rich.console import RenderableType

    from repro.causal.auditing.verdict import Verdict

MOST_GRADIENTS = 12
MOST_INPUTS = 6
MOST_SLICES = 4
MOST_FORMULAS = 6
MOST_SETS = 6


def reads_table(verdict: Verdict) -> RenderableType:
    """Tabulate which elements each gradient reads; gradients that read the same are one row.

    Each input that is read is a column. If there are many inputs, they are listed instead.
    """
    rows: dict[tuple[str, ...], list[str]] = {}
    for name, slices in verdict.read_slices.items():
        rows.setdefault(slices, []).append(name)
    by_input = {slices: _by_input(slices, verdict) for slices in rows}
    columns = [name for name in verdict.shapes if any(name in found for found in by_input.values())]
    others = any("" in found for found in by_input.values())
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("gradient")
    listed = not columns or len(columns) > MOST_INPUTS
    for name in ["reads"] if listed else [*columns, *(["not an input"] if others else [])]:
        table.add_column(Text(name))
    for slices, names in list(rows.items())[:MOST_GRADIENTS]:
        if listed:
            cells = [_some(slices) or "nothing"]
        else:
            found = by_input[slices]
            keys = [*columns, *([""] if others else [])]
            cells = [_some(found.get(key, ())) or "–" for key in keys]
        table.add_row(*map(Text, [_some(names, MOST_GRADIENTS), *cells]))
    if len(rows) <= MOST_GRADIENTS:
        return table
    more = f"… and {len(rows) - MOST_GRADIENTS} more rows; --json lists all"
    return Group(table, Text(more))


def formulas(verdict: Verdict) -> list[str]:
    """Write the gradients that are short, one in a line."""
    written = [f"{name} = {formula}" for name, formula in verdict.formulas.items()]
    more = len(written) - MOST_FORMULAS
    return written[:MOST_FORMULAS] + ([f"… and {more} more; --json lists all"] if more > 0 else [])


def separating_sets(verdict: Verdict) -> list[str]:
    """Write what would separate each pair if it were an input; pairs with equal sets are one line."""
    found: dict[str, list[str]] = {}
    for pair in verdict.pairs_with_witness[:MOST_PAIRS]:
        given = verdict.separating_set(*pair)
        if given:
            found.setdefault("; ".join(map(str, given)), []).append(" and ".join(pair))
    lines = [f"{_some(pairs)}: {given}" for given, pairs in found.items()]
    more = len(lines) - MOST_SETS
    cut = lines[:MOST_SETS] + ([f"… and {more} more; --json lists them"] if more > 0 else [])
    rest = len(verdict.pairs_with_witness) - MOST_PAIRS
    return cut + ([f"… {rest} more pairs were not examined"] if rest > 0 else [])


def integers(verdict: Verdict) -> str:
    """Say which integer inputs are more than indices."""
    kinds = {
        "calculated with, so conditioned on": verdict.integers,
        "factors, as masks are": verdict.integer_factors,
        "read by Python, which was not traced": verdict.integers_to_python,
    }
    listed = [f"{_some(names)}: {kind}" for kind, names in kinds.items() if names]
    return "; ".join(listed) or "none, or only indices"


def _by_input(slices: tuple[str, ...], verdict: Verdict) -> dict[str, list[str]]:
    """Sort slices by input, "" for none; a column has the input's name already."""
    found: dict[str, list[str]] = {}
    for one in slices:
        name = next((x for x in verdict.shapes if one == x or one.startswith(f"{x}[")), "")
        inside = one.removeprefix(name) if name else one
        found.setdefault(name, []).append(inside or "all")
    return found


def _some(words: list[str] | tuple[str, ...], most: int = MOST_SLICES) -> str:
    more = f" … and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
