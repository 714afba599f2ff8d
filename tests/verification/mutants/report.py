"""The tables of a run, on stdout and in files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from repro.paths import PROJECT
from tests.verification.mutants.mutant import places
from tests.verification.mutants.table import LEAST, by, causes, in_words, markdown, share
from tests.verification.mutants.words import obsolete, word_on, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.verification.mutants.ledger import Ledger
    from tests.verification.mutants.mutant import Spot
    from tests.verification.mutants.trying import Mutant


def conclude(
    population: Sequence[Spot],
    mutants: Sequence[Mutant],
    ledger: Ledger,
    tests: str,
    folder: Path,
    root: Path = PROJECT,
) -> int:
    """Print the tables, write them to `folder`, and give the exit code.

    Args:
        population: all mutants that can be made.
        mutants: those that were drawn.
        ledger: what came of them.
        tests: digest of the tests as they are.
        folder: for the tables.
        root: of the checkout.
    """
    names = [mutant.name for mutant in mutants]
    first, last = ledger.first(names), ledger.last(names)
    if not last:
        print("no mutant has been tried yet")  # noqa: T201 - this is the command line
        return 1
    survivors = [result for result in last if not result.killed]
    said = words()
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
                "word": word_on(result, said) or "(no word yet)",
            }
            for result in sorted(survivors, key=lambda result: (result.path, result.line))
        ],
        "obsolete words": [f"{word.path}: {word.after}" for word in obsolete(said, last, root)],
    }
    text = _text(figures)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mutants.md").write_text(text, encoding="utf-8")
    machine = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    (folder / "mutants.json").write_text(machine, encoding="utf-8")
    print(text)  # noqa: T201 - this is the command line
    whole = len(last) == len(mutants) and figures["now"]["share"] >= LEAST
    worded = all(word_on(result, said) for result in survivors) and not figures["obsolete words"]
    return 0 if whole and worded else 1


def _files(population: Sequence[Spot], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put beside each file how many places and mutants it has in all."""
    of = places(population)
    made = {path: sum(spot.path == path for spot in population) for path in of}
    return [
        {"path": row["path"], "places": of[row["path"]], "can be made": made[row["path"]]}
        | {"tried": row["mutants"], "killed": row["killed"]}
        for row in rows
    ]


def _text(figures: dict[str, Any]) -> str:
    made, places, drawn = figures["population"], figures["places"], figures["drawn"]
    parts = [
        "# Mutants\n",
        f"{made} mutants can be made at {places} places; drawn: {drawn}, each at a place of its own.\n",
        f"- tried: {figures['tried']}",
        f"- killed when first tried: {in_words(figures['at first'])}",
        f"- killed now: {in_words(figures['now'])}",
        f"- of these, by tests as they were before the last change: {figures['killed by earlier tests']}\n",
        "Intervals are exact 95 % intervals (Clopper and Pearson).\n",
        "## Survivors\n",
        markdown(figures["survivors"]),
        "## By file\n",
        markdown(figures["by file"]),
        "## By kind\n",
        markdown(figures["by kind"]),
        "## By what ended them\n",
        markdown(figures["by cause"]),
    ]
    if figures["obsolete words"]:
        parts += ["## Words on mutants that do not survive\n", *figures["obsolete words"], ""]
    return "\n".join(parts)
