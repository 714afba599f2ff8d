"""What unit tests and claims say of a copy of the checkout."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.verification.falsify.fault import FaultError
from tests.verification.falsify.place import python

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PASSED, FAILED = 0, 1
_LINE = re.compile(r"^(FAILED|ERROR) (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """How a claim came out.

    Attributes:
        verdict: in words.
        measured: the figure it is judged by; None where there is none.
        broken: what makes a run fail by it; "" where nothing does.
    """

    verdict: str
    measured: float | None = None
    broken: str = ""


def failing(tests: Sequence[str], folder: Path) -> frozenset[str]:
    """Run unit tests; returns those of them that failed, by file and name without parameters.

    Raises:
        FaultError: a test could not be run, which says nothing of what it tests.
    """
    done = python(["-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", *tests], folder)
    lines = _LINE.findall(done.out)
    errors = sorted({test for word, test in lines if word == "ERROR"})
    if errors or done.code not in {PASSED, FAILED}:
        raise FaultError(f"{', '.join(errors) or 'pytest'} cannot be run: {done.last_words}")
    return frozenset(test.partition("[")[0] for _, test in lines)


def judged(words: Sequence[str], folder: Path, out: Path) -> list[dict[str, Any]]:
    """Judge claims with `python -m repro run`; returns their objects of claims.json.

    Args:
        words: which claims, on which runs.
        folder: the copy.
        out: where the report goes.

    Raises:
        FaultError: the command ended without them.
    """
    done = python(["-m", "repro", "run", *words, "--json", f"--out={out}"], folder)
    try:
        claims: list[dict[str, Any]] = json.loads(done.out)["claims"]
    except ValueError as error:
        raise FaultError(f"exit code {done.code}: {done.last_words}") from error
    return claims


def said(claim: Mapping[str, Any]) -> Said:
    """Read a claim's object of claims.json."""
    verdict, measured, broken = claim["verdict"], claim["measured"], ""
    bad = [one for one in claim["controls"] if one["verdict"] not in one["expected"].split(" or ")]
    if verdict == "not run":
        broken = f"not judged: {claim['explanation']}"
    elif bad:
        broken = f"its control is {bad[0]['verdict']}: {bad[0]['what']}"
    elif claim["flipped"] or (claim["drift"] and claim["machine_independent"]):
        broken = f"{verdict}, recorded {claim['recorded']}"
    return Said(verdict, measured["value"] if measured else None, broken)
