"""What unit tests and claims say about a copy of the checkout."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.verification.checkout import CheckoutError, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PASSED, FAILED = 0, 1
_LINE = re.compile(r"^(FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class ClaimOutcome:
    """The outcome of a claim.

    Attributes:
        verdict: in words.
        measured: the number it is judged by; None if there is none.
        broken: why this outcome makes a run fail; "" if it does not.
    """

    verdict: str
    measured: float | None = None
    broken: str = ""

    @classmethod
    def of(cls, claim: Mapping[str, Any]) -> ClaimOutcome:
        """Read a claim's object of claims.json."""
        verdict, measured, broken = claim["verdict"], claim["measured"], ""
        bad = [c for c in claim["controls"] if c["verdict"] not in c["expected"].split(" or ")]
        if verdict == "not run":
            broken = f"not judged: {claim['explanation']}"
        elif bad:
            broken = f"its control is {bad[0]['verdict']}: {bad[0]['what']}"
        elif claim["flipped"] or (claim["drift"] and claim["machine_independent"]):
            broken = f"{verdict}, recorded {claim['recorded']}"
        return cls(verdict, measured["value"] if measured else None, broken)


def failing(tests: Sequence[str], folder: Path) -> frozenset[str]:
    """Run unit tests; return those that failed, by file and name without parameters.

    Raises:
        CheckoutError: a test could not be run, which says nothing about what it tests.
    """
    done = run(["-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", *tests], folder)
    lines = _LINE.findall(done.out)
    errors = sorted({test for word, test in lines if word == "ERROR"})
    if errors or done.code not in {PASSED, FAILED}:
        raise CheckoutError(f"{', '.join(errors) or 'pytest'} cannot be run: {done.last_line}")
    return frozenset(test.partition("[")[0] for _, test in lines)


def judged(words: Sequence[str], folder: Path, out: Path) -> list[dict[str, Any]]:
    """Judge claims with `python -m repro run`; return their objects of claims.json.

    Args:
        words: which claims, on which runs.
        folder: the copy.
        out: where the report goes.

    Raises:
        CheckoutError: the command printed no result.
    """
    done = run(["-m", "repro", "run", *words, "--json", f"--out={out}"], folder)
    try:
        claims: list[dict[str, Any]] = json.loads(done.out)["claims"]
    except ValueError as error:
        raise CheckoutError(f"exit code {done.code}: {done.last_line}") from error
    return claims
