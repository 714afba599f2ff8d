"""The share of mutants that were killed, as tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from scipy.stats import binomtest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.verification.mutants.ledger import Result

LEAST = 0.9
"""Of the mutants must be killed."""


def share(results: Sequence[Result]) -> dict[str, Any]:
    """How many were killed, with the exact 95 % interval of Clopper and Pearson (1934)."""
    killed = sum(bool(result.killed) for result in results)
    interval = binomtest(killed, len(results)).proportion_ci(0.95, method="exact")
    return {
        "mutants": len(results),
        "killed": killed,
        "share": killed / len(results),
        "low": float(interval.low),
        "high": float(interval.high),
    }


def in_words(of: Mapping[str, Any]) -> str:
    """A share as "killed / mutants = 95.0 % [91.0, 97.6]"."""
    low, high = 100 * of["low"], 100 * of["high"]
    return f"{of['killed']} / {of['mutants']} = {100 * of['share']:.1f} % [{low:.1f}, {high:.1f}]"


def by(results: Iterable[Result], what: str) -> list[dict[str, Any]]:
    """Count the results by one of their attributes."""
    mutants: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    for result in results:
        mutants[getattr(result, what)] += 1
        killed[getattr(result, what)] += bool(result.killed)
    return [{what: key, "mutants": n, "killed": killed[key]} for key, n in sorted(mutants.items())]


def causes(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Count the results by what ended the mutant."""
    counted = Counter(result.killed or "nothing" for result in results)
    return [{"ended by": cause, "mutants": n} for cause, n in sorted(counted.items())]


def markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows that have the same keys as a table."""
    if not rows:
        return "none\n"
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([_cell(row[name]) for name in names] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ⏎ ")
