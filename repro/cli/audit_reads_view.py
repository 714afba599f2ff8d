"""Dependences on the terminal: what each gradient reads, formulas, and what would separate a pair."""

from __future__ import annotations

from collections import Counter
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
_MORE = " … and"


def reads_table(verdict: Verdict) -> RenderableType:
    """Tabulate which elements each gradient reads; gradients that read the same are one row.

    Each input that is read is a column. If there are many inputs, they are listed instead: first what the most
    gradients read, because a mechanism's own parameters say least.
    """
    rows: dict[tuple[str, ...], list[str]] = {}
    for name, slices in verdict.read_slices.items():
        rows.setdefault(slices, []).append(name)
    by_input = {slices: _by_input(slices, verdict) for slices in rows}
    columns = [name for name in verdict.shapes if any(name in found for found in by_input.values())]
    others = any("" in found for found in by_input.values())
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("gradient")
    readers = Counter(
        tensor for found in verdict.read_slices.values() for tensor in set(map(_tensor, found))
    )
    listed = not columns or len(columns) > MOST_INPUTS
    for name in ["reads"] if listed else [*columns, *(["elsewhere"] if others else [])]:
        table.add_column(Text(name))
    is_cut = False
    for slices, names in list(rows.items())[:MOST_GRADIENTS]:
        if listed:
            cells = [_some(sorted(slices, key=lambda one: -readers[_tensor(one)])) or "nothing"]
        else:
            found = by_input[slices]
            keys = [*columns, *([""] if others else [])]
            cells = [_some(found.get(key, ())) or "–" for key in keys]
        is_cut |= any(_MORE in cell for cell in cells)
        table.add_row(*map(Text, [_some(names, MOST_GRADIENTS), *cells]))
    notes = []
    if len(rows) > MOST_GRADIENTS:
        notes.append(f"… and {len(rows) - MOST_GRADIENTS} more rows; --json lists all")
    elif is_cut:
        notes.append("--json lists all that is read")
    return Group(table, *map(Text, notes)) if notes else table


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
    left_out = (
        f"… not sought for {rest} more pairs, which takes time; Verdict.separating_set finds it (the answer is about "
        "all pairs)"
    )
    return cut + ([left_out] if rest > 0 else [])


def integers(verdict: Verdict) -> str:
    """Say which integer inputs are more than indices."""
    roles = {
        "conditioned on, because a gradient is calculated with it": verdict.integers,
        "a factor, as a mask is, and as such not read": verdict.integer_factors,
        "read by Python, which was not traced": verdict.integers_to_python,
    }
    names = dict.fromkeys(name for some in roles.values() for name in some)
    found: dict[str, list[str]] = {}
    for name in names:
        own = [role for role, some in roles.items() if name in some]
        found.setdefault("; in other places ".join(own), []).append(name)
    listed = [f"{_some(some)}: {role}" for role, some in found.items()]
    return "; ".join(listed) or "none, or only indices"


def _tensor(one: str) -> str:
    """Get the name of the tensor of a slice."""
    return one.rpartition("[")[0] if one.endswith("]") else one


def _by_input(slices: tuple[str, ...], verdict: Verdict) -> dict[str, list[str]]:
    """Sort slices by input, "" for none; a column has the input's name already."""
    found: dict[str, list[str]] = {}
    for one in slices:
        name = next((x for x in verdict.shapes if one == x or one.startswith(f"{x}[")), "")
        inside = one.removeprefix(name) if name else one
        found.setdefault(name, []).append(inside or "all")
    return found


def _some(words: list[str] | tuple[str, ...], most: int = MOST_SLICES) -> str:
    more = f"{_MORE} {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
