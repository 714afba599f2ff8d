"""Run the sample: `python -m tests.verification.mutants`, from the project's root.

Progress goes to stderr, the tables to stdout and, with all results, to build/mutants/. What was
measured before is kept for as long as the mutated file is the same; survivors are tried again when a
test has changed. The exit code is 0 if at least 90 % were killed and each survivor has its word.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.verification.mutants.ledger import Ledger
from tests.verification.mutants.mutant import SEED, digest, sample
from tests.verification.mutants.population import mutated, spots
from tests.verification.mutants.report import conclude
from tests.verification.mutants.suites import sources
from tests.verification.mutants.trying import Benches, Mutant, asked_about, made
from tests.verification.mutants.usual import Usual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verification.mutants.mutant import Spot

FOLDER = PROJECT / "build" / "mutants"


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the sample, try what has not been tried, tell."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.verification.mutants", description=__doc__
    )
    parser.add_argument("--size", type=int, default=200, help="mutants to draw; default: 200")
    parser.add_argument("--seed", type=int, default=SEED, help="of the sample")
    parser.add_argument("--jobs", type=int, default=2, help="copies of the checkout to work in")
    parser.add_argument("--fresh", action="store_true", help="try all of them again")
    parser.add_argument("--show", action="store_true", help="try none, tell what is known")
    asked = parser.parse_args(arguments)
    population = [spot for path in sources(PROJECT) for spot in spots(path, _text(path))]
    mutants = drawn(population, asked.size, asked.seed)
    ledger = Ledger(FOLDER / "results.jsonl")
    tests = digest(*_contents("tests"))
    known = {
        result.name
        for result in ([] if asked.fresh else ledger.last(m.name for m in mutants))
        if result.killed or result.tests == tests
    }
    left = [mutant for mutant in mutants if mutant.name not in known]
    _tell(f"{len(mutants)} of {len(population)} mutants drawn, {len(left)} of them to try")
    if left and not asked.show:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory() as folder,
            Benches(Path(folder), FOLDER, asked.jobs) as benches,
        ):
            files = asked_about(PROJECT, sorted({mutant.spot.path for mutant in left}))
            usual = Usual(FOLDER / "usual.json", PROJECT, digest(*_contents("repro", "claims")))
            usual.add(benches.unmutated([file for file in files if file not in usual.known(files)]))
            _tell("unmutated, all tests pass")
            for done, (mutant, outcome) in enumerate(
                benches.tried(left, usual.known(files)), start=1
            ):
                result = mutant.result(outcome, tests)
                ledger.add(result)
                fate = f"killed by {result.killed} {result.by}" if result.killed else "SURVIVED"
                _tell(f"{done}/{len(left)} {result.path}:{result.line} {fate} ({result.seconds} s)")
    return conclude(population, mutants, ledger, tests, FOLDER)


def drawn(population: Sequence[Spot], size: int, seed: int) -> list[Mutant]:
    """Draw a sample and make its mutants; those that are no Python are passed over."""
    mutants: list[Mutant] = []
    for spot in sample(population, len(population), seed):
        if len(mutants) == size:
            break
        original = _text(spot.path)
        mutant = made(spot, original, mutated(original, spot.operator, spot.occurrence))
        mutants += [mutant] if mutant else []
    return mutants


def _text(path: str) -> str:
    return (PROJECT / path).read_text(encoding="utf-8")


def _contents(*folders: str) -> list[str]:
    """All code in some folders, less the harness's own."""
    files = [file for folder in folders for file in sorted((PROJECT / folder).rglob("*.py"))]
    own = Path(__file__).parent
    return [file.read_text(encoding="utf-8") for file in files if own not in file.parents]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - this is the command line


if __name__ == "__main__":
    sys.exit(main())
