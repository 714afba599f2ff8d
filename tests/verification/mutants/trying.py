"""From a sample of mutants to a result for each."""

from __future__ import annotations

import difflib
import queue
import warnings
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from tests.support.checkout import copied
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
"""Processor seconds that a quick file of tests may take."""


@dataclass(frozen=True)
class Mutant:
    """A mutant that was made.

    Attributes:
        spot: what was mutated.
        text: its whole file.
        before: the mutated lines, as they were.
        after: as they were changed to.
    """

    spot: Spot
    text: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """A digest of its file's path and text: it changes with the code around it."""
        return digest(self.spot.path, self.text)

    def result(self, outcome: Outcome, tests: str) -> Result:
        """Make a result of what the tests said."""
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
    """Make a mutant of its file's text; None where that is no Python."""
    try:
        with warnings.catch_warnings(action="ignore"):  # which importing it will show
            compile(text, spot.path, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    changes = list(difflib.ndiff(original.splitlines(), text.splitlines()))
    before, after = (
        "\n".join(line[2:].strip() for line in changes if line.startswith(sign)).strip()
        for sign in "-+"
    )
    return Mutant(spot, text, before, after)


def asked_about(root: Path, paths: Sequence[str]) -> list[str]:
    """The files of tests that are asked about some files, each once."""
    near_and_rest = (suite(root, path) for path in paths)
    return list(dict.fromkeys(file for parts in near_and_rest for part in parts for file in part))


class Benches:
    """Some copies of the checkout, at which mutants are tried side by side; a context.

    Args:
        folder: for the copies.
        logs: for what their tests print.
        jobs: how many copies.
    """

    def __init__(self, folder: Path, logs: Path, jobs: int) -> None:
        self._stack = ExitStack()
        self._folders = [copied(folder / f"copy{i}") for i in range(jobs)]
        self._benches = [self._stack.enter_context(Bench(f, logs)) for f in self._folders]

    def __enter__(self) -> Self:
        """Nothing to do: they are up."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all."""
        self._stack.close()

    def unmutated(self, files: Sequence[str]) -> dict[str, float]:
        """Run some files of tests on the code as it is.

        Returns:
            Processor seconds of each.

        Raises:
            SystemExit: if one fails.
        """
        parts = [files[i :: len(self._benches)] for i in range(len(self._benches))]
        busy = [(bench, part) for bench, part in zip(self._benches, parts, strict=True) if part]
        seconds: dict[str, float] = {}
        with ThreadPoolExecutor(len(parts)) as pool:
            for outcome in pool.map(_unmutated, busy):
                if outcome.killed:
                    raise SystemExit(
                        f"without any mutant {outcome.by or outcome} fails; mend it first"
                    )
                seconds |= outcome.files
        return seconds

    def tried(
        self, mutants: Sequence[Mutant], usual: Mapping[str, float]
    ) -> Iterator[tuple[Mutant, Outcome]]:
        """Try mutants; each with what came of it, as they end.

        All are tried with the tests that bear their name first, survivors with more and more others.

        Args:
            mutants: in the order to begin them.
            usual: processor seconds of each file of tests.
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
                self._stack.close()  # ends what is being tried
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def in_turn(root: Path, path: str, usual: Mapping[str, float]) -> list[list[str]]:
    """The tests to ask about a file in up to three parts: those that bear its name, quick ones, others."""
    near, rest = suite(root, path)
    ordered = sorted(rest, key=lambda file: usual.get(file, 0.0))
    quick = [file for file in ordered if usual.get(file, 0.0) <= QUICK]
    return [part for part in (near, quick, ordered[len(quick) :]) if part]


def _unmutated(busy: tuple[Bench, Sequence[str]]) -> Outcome:
    bench, files = busy
    return bench.run(files, writing=True)
