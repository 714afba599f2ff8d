"""The report of a run: how many mutants were killed, and the survivors with their reasons."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from scipy.stats import binomtest

from repro.paths import PROJECT
from tests.verification.mutants.mutant import places
from tests.verification.mutants.reasons import obsolete, reason_for, reasons
from tests.verification.program import Report
from tests.verification.tables import markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tests.verification.mutants.ledger import Ledger, Result
    from tests.verification.mutants.mutant import Spot
    from tests.verification.mutants.trying import Mutant

LEAST = 0.9
"""Share of the mutants that must be killed."""


def report(
    population: Sequence[Spot],
    mutants: Sequence[Mutant],
    ledger: Ledger,
    tests: str,
    root: Path = PROJECT,
) -> Report:
    """Make the report.

    Args:
        population: all mutants that can be made.
        mutants: those that were drawn.
        ledger: their results.
        tests: digest of the current tests.
        root: of the checkout.
    """
    names = [mutant.name for mutant in mutants]
    first, last = ledger.first(names), ledger.last(names)
    if not last:
        return Report("mutants", "no mutant has been tried yet\n", {}, ["no results"])
    survivors = [result for result in last if not result.killed]
    given = reasons()
    figures: dict[str, Any] = {
        "places": sum(places(population).values()),
        "population": len(population),
        "drawn": len(mutants),
        "tried": len(last),
        "at first": share(first),
        "now": share(last),
        "killed by earlier tests": sum(bool(r.killed) and r.tests != tests for r in last),
        "by file": _files(population, by(last, "path")),
        "by kind": by(last, "family"),
        "by cause": causes(last),
        "survivors": [
            {
                "place": f"{result.path}:{result.line}",
                "kind": result.family,
                "before": result.before,
                "after": result.after,
                "reason": reason_for(result, given) or "(no reason yet)",
            }
            for result in sorted(survivors, key=lambda result: (result.path, result.line))
        ],
        "obsolete reasons": [f"{one.path}: {one.after}" for one in obsolete(given, last, root)],
    }
    problems = [
        f"{result.path}: no reason" for result in survivors if not reason_for(result, given)
    ]
    problems += [f"obsolete reason: {one}" for one in figures["obsolete reasons"]]
    if len(last) < len(mutants):
        problems.append(f"{len(mutants) - len(last)} mutants have not been tried")
    if figures["now"]["share"] < LEAST:
        problems.append(f"fewer than {100 * LEAST:.0f} % were killed")
    return Report("mutants", _text(figures), figures, problems)


def share(results: Sequence[Result]) -> dict[str, Any]:
    """Count the killed mutants, with the exact 95 % interval of Clopper and Pearson (1934)."""
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
    """Write a share as "killed / mutants = 95.0 % [91.0, 97.6]"."""
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
    """Count the results by what killed the mutant."""
    counted = Counter(result.killed or "nothing" for result in results)
    return [{"killed by": cause, "mutants": n} for cause, n in sorted(counted.items())]


def _files(population: Sequence[Spot], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to each file's row how many places and mutants it has in all."""
    of = places(population)
    made = Counter(spot.path for spot in population)
    return [
        {"path": row["path"], "places": of[row["path"]], "can be made": made[row["path"]]}
        | {"tried": row["mutants"], "killed": row["killed"]}
        for row in rows
    ]


def _table(rows: Sequence[Mapping[str, object]]) -> str:
    return markdown(list(rows[0]) if rows else (), [list(row.values()) for row in rows])


def _text(figures: dict[str, Any]) -> str:
    obsolete_reasons = "\n".join(figures["obsolete reasons"])
    return f"""\
# Mutants

{figures["population"]} mutants can be made at {figures["places"]} places; {figures["drawn"]} were drawn, at
most one per place.

- tried: {figures["tried"]}
- killed when first tried: {in_words(figures["at first"])}
- killed now: {in_words(figures["now"])}
- of these, killed by the tests before their last change: {figures["killed by earlier tests"]}

Intervals are exact 95 % intervals (Clopper and Pearson).

## Survivors

{_table(figures["survivors"])}
## By file

{_table(figures["by file"])}
## By kind

{_table(figures["by kind"])}
## By what killed them

{_table(figures["by cause"])}""" + (
        f"\n## Reasons for mutants that do not survive\n\n{obsolete_reasons}\n"
        if obsolete_reasons
        else ""
    )
