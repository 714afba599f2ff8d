"""Check a property on many generated examples, and find the smallest one that violates it."""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis.errors import HypothesisWarning

from tests.verification.fuzz.bounds import SECONDS, ending, writing_to

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

FRAMES = 4
SHRINKING = 20.0
"""Seconds to look for a smaller example than the first violation."""


@dataclass(frozen=True)
class Property:
    """What must hold for one sort of input.

    Attributes:
        kind: of input, as "tasks".
        name: within its kind.
        examples: returns the strategy that generates inputs; every run generates the same.
        check: raises if the property does not hold; returns "" if the input was accepted, otherwise the
            error with which it was refused. Runs in its own empty folder.
        share: of all cases, relative to the other properties' shares.
        cost: approximate milliseconds per case; the longest properties start first.
        prepare: called once before the first case, for work that is slow only the first time.
    """

    kind: str
    name: str
    examples: Callable[[], SearchStrategy[Any]]
    check: Callable[[Any], str]
    share: int
    cost: int
    prepare: Callable[[], object] = dict

    @property
    def id(self) -> str:
        """Its unique name."""
        return f"{self.kind}.{self.name}"


@dataclass
class Outcome:
    """The outcome of a property.

    Attributes:
        id: of the property.
        cases: number of examples tried, up to the first violation.
        accepted: how many of them were accepted.
        slowest: CPU seconds of the slowest.
        errors: number of refusals by kind of error.
        broken: the smallest example that violates the property, and the error; "" if none was found.
    """

    id: str
    cases: int = 0
    accepted: int = 0
    slowest: float = 0.0
    errors: dict[str, int] = field(default_factory=dict)
    broken: str = ""

    @property
    def refused(self) -> int:
        """How many examples were refused."""
        return sum(self.errors.values())


def run(what: Property, cases: int, seed: int, seconds: float = SECONDS) -> Outcome:
    """Check a property; the same cases and seed make the same examples.

    Args:
        what: the property.
        cases: maximum number of examples.
        seed: of the examples.
        seconds: time limit of a case.
    """
    what.prepare()
    outcome = Outcome(what.id)
    failing: list[str] = []
    first = 0.0

    def case(example: Any) -> None:  # noqa: ANN401 - whatever the property is about
        nonlocal first
        began = time.process_time()
        if failing and began - first > SHRINKING:
            return
        try:
            error_kind = isolated(what, example, seconds)
        except Exception as error:
            first = first or time.process_time()
            failing.append(f"{example!r}\n{described(error)}")
            raise
        if not failing:  # later examples only make the first violation smaller
            outcome.cases += 1
            outcome.slowest = max(outcome.slowest, time.process_time() - began)
            outcome.accepted += not error_kind
            if error_kind:
                outcome.errors[error_kind] = outcome.errors.get(error_kind, 0) + 1

    tried = hypothesis.settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )(hypothesis.seed(seed)(given(what.examples())(case)))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HypothesisWarning)  # about examples too long to print
            tried()
    except Exception as error:  # noqa: BLE001 - any error is a violation
        outcome.broken = failing[-1] if failing else described(error)
    return outcome


def isolated(what: Property, example: Any, seconds: float = SECONDS) -> str:  # noqa: ANN401 - any
    """Check one example within the limits of a case; return the result of `check`."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    try:
        with ending(seconds), writing_to(folder):
            return what.check(example)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def described(error: Exception) -> str:
    """Describe an exception, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    return f"{type(error).__name__}: {error} ({where})"
