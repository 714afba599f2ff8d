"""One session: first the copy without a fault, then every fault, several things at once."""

from __future__ import annotations

import re
import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from tests.verification.checkout import CheckoutError, check_own_code, copy_checkout
from tests.verification.falsify import controls
from tests.verification.falsify.catching import AUDIT, THEORY, TRAINED, Found, commands, tried
from tests.verification.falsify.commands import ClaimOutcome, failing, judged
from tests.verification.program import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.verification.falsify.fault import Fault

    Objects = list[dict[str, Any]]

T = TypeVar("T")


@dataclass(frozen=True)
class Tables:
    """The results of a session.

    Attributes:
        controls: of all claims.
        faults: all that were tried.
    """

    controls: tuple[controls.Control, ...]
    faults: tuple[Found, ...]

    @property
    def problems(self) -> list[str]:
        """Everything that is not as declared, one line each."""
        lines = [
            f"{one.claim}, {one.what or 'controls'}: {one.problem}"
            for one in self.controls
            if one.problem
        ]
        return lines + [f"{one.fault.name}: {one.problem}" for one in self.faults if one.problem]


class Session:
    """One session.

    Args:
        faults: to try.
        folder: for copies and reports; must not exist.
        runs: where runs without a fault are kept.
        jobs: how many things to do at once.
    """

    def __init__(self, faults: Sequence[Fault], folder: Path, runs: Path, jobs: int) -> None:
        self._faults, self._folder, self._runs, self._jobs = faults, folder, runs, jobs
        self._tests = list(dict.fromkeys(test for one in faults for test in one.tests))
        self._original = folder / "original"

    def run(self) -> Tables:
        """Try everything.

        Raises:
            CheckoutError: something fails, or cannot be run, without a fault.
        """
        copy_checkout(self._original)
        check_own_code(self._original)
        # Longest first, so that no core is idle at the end.
        order = sorted(self._faults, key=lambda fault: not fault.trained)
        with ThreadPoolExecutor(self._jobs) as pool:
            without = {TRAINED: pool.submit(timed, "runs without a fault", self._trained)}
            passing = pool.submit(timed, "unit tests without a fault", self._check_tests)
            for on, words in ((THEORY, controls.THEORY), (AUDIT, controls.EXPERIMENTS)):
                without[on] = pool.submit(timed, f"claims, {on}", self._judged(on, words))
            found = [
                pool.submit(timed, fault.name, self._tried(fault, without[TRAINED]))
                for fault in order
            ]
            try:
                passing.result()
                objects = {on: future.result() for on, future in without.items()}
                tried_all = {one.result().fault.name: one.result() for one in found}
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        declared = controls.listed(self._original)
        clean = {
            (on, claim["id"]): ClaimOutcome.of(claim)
            for on, claims in objects.items()
            for claim in claims
        }
        if broken := [f"{key[1]}: {one.broken}" for key, one in clean.items() if one.broken]:
            raise CheckoutError(f"without a fault: {'; '.join(broken)}")
        return Tables(
            tuple(controls.table(declared, [*objects[THEORY], *objects[AUDIT]])),
            tuple(replace(tried_all[fault.name], without=clean) for fault in self._faults),
        )

    def _check_tests(self) -> None:
        failed = failing(self._tests, self._original)
        if failed:
            raise CheckoutError(
                f"without a fault these unit tests fail: {', '.join(sorted(failed))}"
            )

    def _judged(self, on: str, words: Sequence[str]) -> Callable[[], Objects]:
        out = self._folder / f"without {on}"
        return lambda: judged(words, self._original, out)

    def _trained(self) -> Objects:
        claims = tuple(dict.fromkeys(claim for one in self._faults for claim in one.trained))
        words = commands(claims={TRAINED: claims}, store=self._runs)
        return self._judged(TRAINED, words[TRAINED])() if words else []

    def _tried(self, fault: Fault, trained: Future[Objects]) -> Callable[[], Found]:
        folder = self._folder / re.sub(r"\W+", "_", fault.name)

        def call() -> Found:
            if fault.trained:
                trained.result()
                ignored = transfers if fault.transfers_anew else None
                shutil.copytree(self._runs, folder / "runs", ignore=ignored)
            tests = self._tests if fault.harmless else fault.tests
            return tried(fault, tests, self._original, folder)

        return call


def transfers(_folder: str, names: Sequence[str]) -> list[str]:
    """Return all records except those of pretraining, for `shutil.copytree` to ignore."""
    return [name for name in names if ".training-" not in name]


def timed(what: str, call: Callable[[], T]) -> T:
    """Call a function, and print how long it took."""
    began = time.monotonic()
    result = call()
    end = f", {result.problem or 'as declared'}" if isinstance(result, Found) else ""
    progress(f"{what}: {time.monotonic() - began:.0f} s{end}")
    return result
