"""All that is tried, several things at once: the copy without a fault first, then every fault."""

from __future__ import annotations

import re
import shutil
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from tests.verification.falsify import controls
from tests.verification.falsify.catching import AUDIT, THEORY, TRAINED, Found, commands, tried
from tests.verification.falsify.fault import FaultError
from tests.verification.falsify.place import check_own_code, pristine
from tests.verification.falsify.watching import failing, judged, said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.verification.falsify.fault import Fault

    Objects = list[dict[str, Any]]

T = TypeVar("T")


@dataclass(frozen=True)
class Tables:
    """What a session found.

    Attributes:
        controls: of all claims.
        faults: all of them.
    """

    controls: tuple[controls.Control, ...]
    faults: tuple[Found, ...]

    @property
    def problems(self) -> list[str]:
        """Everything that is not as declared, a line each."""
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
        folder: for copies and reports; not there yet.
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
            FaultError: something fails, or cannot be run, without a fault.
        """
        pristine(self._original)
        check_own_code(self._original)
        # Longest first, so that no core is idle at the end.
        order = sorted(self._faults, key=lambda fault: not fault.trained)
        with ThreadPoolExecutor(self._jobs) as pool:
            without = {TRAINED: pool.submit(told, "runs without a fault", self._trained)}
            passing = pool.submit(told, "unit tests without a fault", self._check_tests)
            for on, words in ((THEORY, controls.THEORY), (AUDIT, controls.EXPERIMENTS)):
                without[on] = pool.submit(told, f"claims, {on}", self._judged(on, words))
            found = [
                pool.submit(told, fault.name, self._tried(fault, without[TRAINED]))
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
        clean = {(on, o["id"]): said(o) for on, claims in objects.items() for o in claims}
        if broken := [f"{key[1]}: {one.broken}" for key, one in clean.items() if one.broken]:
            raise FaultError(f"without a fault: {'; '.join(broken)}")
        return Tables(
            tuple(controls.table(declared, [*objects[THEORY], *objects[AUDIT]])),
            tuple(replace(tried_all[fault.name], without=clean) for fault in self._faults),
        )

    def _check_tests(self) -> None:
        failed = failing(self._tests, self._original)
        if failed:
            raise FaultError(f"without a fault these unit tests fail: {', '.join(sorted(failed))}")

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
                left_out = without_transfers if fault.transfers_anew else None
                shutil.copytree(self._runs, folder / "runs", ignore=left_out)
            tests = self._tests if fault.harmless else fault.tests
            return tried(fault, tests, self._original, folder)

        return call


def without_transfers(_folder: str, names: Sequence[str]) -> list[str]:
    """Leave out all records but those of pretraining, for `shutil.copytree`."""
    return [name for name in names if ".training-" not in name]


def told(what: str, call: Callable[[], T]) -> T:
    """Do something, and tell on stderr that it is done and how long it took."""
    began = time.monotonic()
    result = call()
    end = ""
    if isinstance(result, Found):
        end = f", {result.problem or 'as declared'}"
    sys.stderr.write(f"{what}: {time.monotonic() - began:.0f} s{end}\n")
    sys.stderr.flush()
    return result
