"""Run the tests on mutants: from a sample to one outcome each."""

from __future__ import annotations

import difflib
import queue
import warnings
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from tests.verification.checkout import copy_checkout
from tests.verification.mutants.bench import Bench
from tests.verification.mutants.ledger import Result
from tests.verification.mutants.mutant import digest
from tests.verification.mutants.suites import suite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.verification.mutants.bench import Outcome
    from tests.verification.mutants.mutant import Spot

QUICK = 1.0
"""CPU seconds that a quick test file may take."""


@dataclass(frozen=True)
class Mutant:
    """A mutant.

    Attributes:
        spot: what is mutated.
        text: the whole mutated file.
        before: the mutated lines before the change.
        after: the lines after it.
    """

    spot: Spot
    text: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """Digest of the file's path and text: it changes with the code around the mutant."""
        return digest(self.spot.path, self.text)

    def result(self, outcome: Outcome, tests: str) -> Result:
        """Make the result to store from the outcome of the tests."""
        return Result(
            name=self.name,
            path=self.spot.path,
            line=self.spot.start[0],
            family=self.spot.family,
            before=self.before,
            after=self.after,
            killed=outcome.killed,
            by=outcome.by,
            seconds=round(outcome.seconds, 1),
            tests=tests,
        )


def made(spot: Spot, original: str, text: str) -> Mutant | None:
    """Make a mutant from its file's text; None if that is not valid Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, spot.path, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    changes = list(difflib.ndiff(original.splitlines(), text.splitlines()))
    before, after = (
        "\n".join(line[2:].strip() for line in changes if line.startswith(sign)).strip()
        for sign in "-+"
    )
    return Mutant(spot, text, before, after)


def test_files(root: Path, paths: Sequence[str]) -> list[str]:
    """Return the test files of some mutated files, each once."""
    near_and_rest = (suite(root, path) for path in paths)
    return list(dict.fromkeys(file for parts in near_and_rest for part in parts for file in part))


class Benches:
    """Copies of the checkout in which mutants are tried in parallel; a context manager.

    Args:
        folder: for the copies.
        logs: folder for the output of their tests.
        jobs: how many copies.
    """

    def __init__(self, folder: Path, logs: Path, jobs: int) -> None:
        self._stack = ExitStack()
        self._folders = [copy_checkout(folder / f"copy{i}") for i in range(jobs)]
        self._benches = [self._stack.enter_context(Bench(f, logs)) for f in self._folders]

    def __enter__(self) -> Self:
        """Return self; the copies are ready."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all servers."""
        self._stack.close()

    def unmutated(self, files: Sequence[str]) -> dict[str, float]:
        """Run test files on the code without mutants.

        Returns:
            CPU seconds of each.

        Raises:
            SystemExit: one fails.
        """
        parts = [files[i :: len(self._benches)] for i in range(len(self._benches))]
        busy = [(bench, part) for bench, part in zip(self._benches, parts, strict=True) if part]
        seconds: dict[str, float] = {}
        with ThreadPoolExecutor(len(parts)) as pool:
            for outcome in pool.map(_unmutated, busy):
                if outcome.killed:
                    raise SystemExit(
                        f"without any mutant {outcome.by or outcome} fails; fix it first"
                    )
                seconds |= outcome.files
        return seconds

    def tried(
        self, mutants: Sequence[Mutant], usual: Mapping[str, float]
    ) -> Iterator[tuple[Mutant, Outcome]]:
        """Try mutants; yield each with its outcome, in the order in which they finish.

        All mutants are tried with their file's own tests first, survivors then with more tests.

        Args:
            mutants: in the order to start them.
            usual: CPU seconds of each test file without mutants.
        """
        free: queue.SimpleQueue[Bench] = queue.SimpleQueue()
        for bench in self._benches:
            free.put(bench)

        def attempt(mutant: Mutant, files: list[str]) -> Outcome:
            bench = free.get()
            try:
                return bench.attempt(mutant.spot.path, mutant.text, files, usual)
            finally:
                free.put(bench)

        with ThreadPoolExecutor(len(self._benches)) as pool:
            running = {}

            def begin(mutant: Mutant, parts: list[list[str]], spent: float) -> None:
                running[pool.submit(attempt, mutant, parts[0])] = (mutant, parts[1:], spent)

            for mutant in mutants:
                begin(mutant, in_turn(self._folders[0], mutant.spot.path, usual), 0.0)
            try:
                while running:
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        mutant, parts, spent = running.pop(future)
                        outcome = replace(future.result(), seconds=spent + future.result().seconds)
                        if outcome.killed or not parts:
                            yield mutant, outcome
                        else:
                            begin(mutant, parts, outcome.seconds)
            except BaseException:
                self._stack.close()  # stops the mutants that are running
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def in_turn(root: Path, path: str, usual: Mapping[str, float]) -> list[list[str]]:
    """Return the tests of a file in up to three parts: its own, quick others, slow others."""
    near, rest = suite(root, path)
    ordered = sorted(rest, key=lambda file: usual.get(file, 0.0))
    quick = [file for file in ordered if usual.get(file, 0.0) <= QUICK]
    return [part for part in (near, quick, ordered[len(quick) :]) if part]


def _unmutated(busy: tuple[Bench, Sequence[str]]) -> Outcome:
    bench, files = busy
    return bench.run(files, writing=True)
