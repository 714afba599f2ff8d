"""The second table: who notices each fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.verification.falsify.fault import FaultError
from tests.verification.falsify.place import check_own_code, faulty
from tests.verification.falsify.watching import Said, failing, judged, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.verification.falsify.fault import Fault

THEORY, AUDIT, TRAINED = "theory", "shipped runs", "trained"
"""What claims are judged on."""
Key = tuple[str, str]
"""What a claim is judged on, and its id."""


@dataclass(frozen=True)
class Found:
    """What came of a fault.

    Attributes:
        fault: itself.
        tests: the unit tests that failed.
        claims: how the claims came out.
        without: how they come out without the fault.
        error: what kept it from being tried; "" where nothing did.
    """

    fault: Fault
    tests: frozenset[str] = frozenset()
    claims: Mapping[Key, Said] = field(default_factory=dict)
    without: Mapping[Key, Said] = field(default_factory=dict)
    error: str = ""

    @property
    def noticed(self) -> list[str]:
        """The claims that make a run fail with the fault."""
        return sorted({name for (_, name), one in self.claims.items() if one.broken})

    @property
    def problem(self) -> str:
        """What is not as declared; "" where all is."""
        if self.error:
            return self.error
        found = [*sorted(self.tests), *self.noticed]
        if self.fault.harmless:
            return f"caught by {', '.join(found)}, though it is none" if found else ""
        if not found:
            return "caught by nothing"
        missed = [one for one in self.fault.tests if one not in self.tests]
        missed += [one for one in self.fault.claims if one not in self.noticed]
        return f"not caught by {', '.join(missed)}" if missed else ""


def commands(claims: Mapping[str, Sequence[str]], store: Path) -> dict[str, list[str]]:
    """Words to `python -m repro run`, by what claims are judged on.

    Args:
        claims: their ids, likewise.
        store: of trained runs. A run is found there only if no line of code that it depends on is
            another, so that what a fault leaves alone need not be trained again.
    """
    ahead = {
        THEORY: [],
        AUDIT: ["--tier=audit"],
        TRAINED: ["--tier=quick", "--jobs=1", f"--store={store}"],
    }
    return {
        on: [*ahead[on], *(f"--claim={claim}" for claim in names)]
        for on, names in claims.items()
        if names
    }


def claims_of(words: Mapping[str, Sequence[str]], folder: Path, out: Path) -> dict[Key, Said]:
    """Judge claims on a copy.

    Args:
        words: of `commands`.
        folder: the copy.
        out: where reports go.
    """
    found: dict[Key, Said] = {}
    for on, given in words.items():
        try:
            for claim in judged(given, folder, out / on.replace(" ", "_")):
                found[on, claim["id"]] = said(claim)
        except FaultError as error:
            names = [w.removeprefix("--claim=") for w in given if w.startswith("--claim=")]
            found |= {(on, name): Said("not judged", broken=str(error)) for name in names}
    return found


def tried(fault: Fault, tests: Sequence[str], original: Path, folder: Path) -> Found:
    """Put a fault into a copy and look who notices; how claims come out without it is left open.

    Args:
        fault: to put in.
        tests: unit tests to run.
        original: a copy without a fault.
        folder: where to put the copy with it, and reports; runs without the fault are in "runs".
    """
    try:
        copy = faulty(fault, original, folder / "checkout")
        check_own_code(copy)
        failed = failing(tests, copy) if tests else frozenset[str]()
        claims = {THEORY: fault.theory, AUDIT: fault.audit, TRAINED: fault.trained}
        words = commands(claims, folder / "runs")
        return Found(fault, failed, claims_of(words, copy, folder))
    except FaultError as error:
        return Found(fault, error=str(error))
