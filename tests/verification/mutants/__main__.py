"""Try a seeded sample of mutants, and report how many the tests kill; a full sample takes hours.

Results are kept until the mutated file changes; survivors are tried again when a test has changed. The
exit code is 0 if at least 90 % were killed and each survivor has a reason in survivors.toml.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.verification.mutants.ledger import Ledger
from tests.verification.mutants.mutant import SEED, digest, sample
from tests.verification.mutants.population import mutated, spots
from tests.verification.mutants.report import report
from tests.verification.mutants.suites import sources
from tests.verification.mutants.timings import Timings
from tests.verification.mutants.trying import Benches, Mutant, made, test_files
from tests.verification.program import arguments, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verification.mutants.mutant import Spot


def main(words: Sequence[str] | None = None) -> int:
    """Draw the sample, try the mutants without a result, report; return the exit code."""
    parser = arguments("mutants", __doc__)
    parser.add_argument("--size", type=int, default=200, help="mutants to draw; default: 200")
    parser.add_argument("--seed", type=int, default=SEED, help="of the sample")
    parser.add_argument("--jobs", type=int, default=2, help="copies of the checkout to work in")
    parser.add_argument("--fresh", action="store_true", help="try all of them again")
    parser.add_argument("--show", action="store_true", help="only report the results so far")
    options = parser.parse_args(words)
    population = [spot for path in sources(PROJECT) for spot in spots(path, _text(path))]
    mutants = drawn(population, options.size, options.seed)
    ledger = Ledger(options.out / "results.jsonl")
    tests = digest(*_contents("tests"))
    known = {
        result.name
        for result in ([] if options.fresh else ledger.last(m.name for m in mutants))
        if result.killed or result.tests == tests
    }
    todo = [mutant for mutant in mutants if mutant.name not in known]
    progress(f"{len(mutants)} of {len(population)} mutants drawn, {len(todo)} of them to try")
    if todo and not options.show:
        _try(todo, ledger, tests, options.out, options.jobs)
    return report(population, mutants, ledger, tests).conclude(options.out)


def _try(todo: Sequence[Mutant], ledger: Ledger, tests: str, out: Path, jobs: int) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Benches(Path(folder), out, jobs) as benches,
    ):
        files = test_files(PROJECT, sorted({mutant.spot.path for mutant in todo}))
        timings = Timings(out / "timings.json", PROJECT, digest(*_contents("repro", "claims")))
        timings.add(benches.unmutated([file for file in files if file not in timings.known(files)]))
        progress("unmutated, all tests pass")
        results = benches.tried(todo, timings.known(files))
        for done, (mutant, outcome) in enumerate(results, start=1):
            result = mutant.result(outcome, tests)
            ledger.add(result)
            end = f"killed by {result.killed} {result.by}" if result.killed else "SURVIVED"
            progress(f"{done}/{len(todo)} {result.path}:{result.line} {end} ({result.seconds} s)")


def drawn(population: Sequence[Spot], size: int, seed: int) -> list[Mutant]:
    """Draw a sample and make its mutants; those that are not valid Python are skipped."""
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
    """Return the text of all code in some folders, except this program's own."""
    files = [file for folder in folders for file in sorted((PROJECT / folder).rglob("*.py"))]
    own = Path(__file__).parent
    return [file.read_text(encoding="utf-8") for file in files if own not in file.parents]


if __name__ == "__main__":
    sys.exit(main())
