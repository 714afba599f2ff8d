"""The table of faults: which unit tests and which claims catch each fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.verification.checkout import CheckoutError, check_own_code, copy_again
from tests.verification.falsify.commands import ClaimOutcome, failing, judged
from tests.verification.falsify.fault import plant

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
    """The result of trying a fault.

    Attributes:
        fault: the fault.
        tests: the unit tests that failed.
        claims: the outcomes of the claims.
        without: their outcomes without the fault.
        error: why the fault could not be tried; "" if it could.
    """

    fault: Fault
    tests: frozenset[str] = frozenset()
    claims: Mapping[Key, ClaimOutcome] = field(default_factory=dict)
    without: Mapping[Key, ClaimOutcome] = field(default_factory=dict)
    error: str = ""

    @property
    def noticed(self) -> list[str]:
        """The claims that make a run with the fault fail."""
        return sorted({name for (_, name), one in self.claims.items() if one.broken})

    @property
    def problem(self) -> str:
        """What is not as declared; "" if everything is."""
        if self.error:
            return self.error
        found = [*sorted(self.tests), *self.noticed]
        if self.fault.harmless:
            return f"caught by {', '.join(found)}, though it is harmless" if found else ""
        if not found:
            return "caught by nothing"
        missed = [one for one in self.fault.tests if one not in self.tests]
        missed += [one for one in self.fault.claims if one not in self.noticed]
        return f"not caught by {', '.join(missed)}" if missed else ""


def commands(claims: Mapping[str, Sequence[str]], store: Path) -> dict[str, list[str]]:
    """Return the arguments of `python -m repro run`, by what claims are judged on.

    Args:
        claims: their ids, by what they are judged on.
        store: store of trained runs. A run is taken from it only if the code it depends on is the same,
            so runs that a fault does not change are not trained again.
    """
    options = {
        THEORY: [],
        AUDIT: ["--tier=audit"],
        TRAINED: ["--tier=quick", "--jobs=1", f"--store={store}"],
    }
    return {
        on: [*options[on], *(f"--claim={claim}" for claim in names)]
        for on, names in claims.items()
        if names
    }


def claim_outcomes(
    words: Mapping[str, Sequence[str]], folder: Path, out: Path
) -> dict[Key, ClaimOutcome]:
    """Judge claims on a copy.

    Args:
        words: the result of `commands`.
        folder: the copy.
        out: where reports go.
    """
    found: dict[Key, ClaimOutcome] = {}
    for on, given in words.items():
        try:
            for claim in judged(given, folder, out / on.replace(" ", "_")):
                found[on, claim["id"]] = ClaimOutcome.of(claim)
        except CheckoutError as error:
            names = [w.removeprefix("--claim=") for w in given if w.startswith("--claim=")]
            found |= {(on, name): ClaimOutcome("not judged", broken=str(error)) for name in names}
    return found


def tried(fault: Fault, tests: Sequence[str], original: Path, folder: Path) -> Found:
    """Plant a fault in a copy, run tests and claims; `without` of the result is not filled in.

    Args:
        fault: the fault.
        tests: unit tests to run.
        original: a copy without a fault.
        folder: for the copy with the fault, and reports; its "runs" are those without the fault.
    """
    try:
        copy = copy_again(original, folder / "checkout")
        plant(fault, copy)
        check_own_code(copy)
        failed = failing(tests, copy) if tests else frozenset[str]()
        claims = {THEORY: fault.theory, AUDIT: fault.audit, TRAINED: fault.trained}
        words = commands(claims, folder / "runs")
        return Found(fault, failed, claim_outcomes(words, copy, folder))
    except CheckoutError as error:
        return Found(fault, error=str(error))
