"""A property on many made-up examples: how many there were, and the smallest that breaks it."""

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
"""Seconds to look for a smaller example than the first that breaks a property."""


@dataclass(frozen=True)
class Property:
    """What must hold for one sort of input.

    Attributes:
        kind: of input, as "tasks".
        name: within its kind.
        examples: how to make one up; no two runs make others.
        check: raises where it does not hold; returns "" where the input was taken, and else the
            error with which it was refused. It runs in an empty folder of its own.
        share: of all cases, beside the others' shares.
        cost: milliseconds of a case, about; the longest begin first.
        prepare: called once before the first case, for what takes time the first time alone.
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
        """Its name among all."""
        return f"{self.kind}.{self.name}"


@dataclass
class Outcome:
    """What became of a property.

    Attributes:
        id: of the property.
        cases: examples that were tried, until the first that broke it.
        accepted: how many of them were taken.
        slowest: seconds of the processor that the slowest took.
        errors: how often it was refused with each kind of error.
        broken: the smallest example that breaks it, and what happens; "" if none was found.
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
    """Try a property; the same cases and seed make the same examples.

    Args:
        what: to try.
        cases: how many examples at most.
        seed: from which they come.
        seconds: after which a case has hung.
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
            came = isolated(what, example, seconds)
        except Exception as error:
            first = first or time.process_time()
            failing.append(f"{example!r}\n{told(error)}")
            raise
        if not failing:  # what follows the first is there to make it smaller
            outcome.cases += 1
            outcome.slowest = max(outcome.slowest, time.process_time() - began)
            outcome.accepted += not came
            if came:
                outcome.errors[came] = outcome.errors.get(came, 0) + 1

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
            warnings.simplefilter("ignore", HypothesisWarning)  # of examples too long to print
            tried()
    except Exception as error:  # noqa: BLE001 - whatever breaks it is what is looked for
        outcome.broken = failing[-1] if failing else told(error)
    return outcome


def isolated(what: Property, example: Any, seconds: float = SECONDS) -> str:  # noqa: ANN401 - any
    """Check one example within the bounds of a case; returns what `check` does."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    came = ""
    try:
        with ending(seconds), writing_to(folder):
            came = what.check(example)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return came


def told(error: Exception) -> str:
    """Say what an exception is, and where it comes from."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    return f"{type(error).__name__}: {error} ({where})"
