"""Claims with odd declarations, or odd results."""

from __future__ import annotations

import io
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from repro.cli.explain_outcomes import control_outcomes, outcomes
from repro.cli.explain_view import explained
from repro.console import console
from repro.plugin.declaration import KINDS, declare
from repro.plugin.listing import ListedClaim
from repro.plugin.recorder import Recorder
from repro.protocol.blocks import Block
from repro.verdicts import Estimate, Margin, RunResult, Verdict
from tests.verification.fuzz.bounds import ViolationError, refused
from tests.verification.fuzz.oddities import NUMBERS, names, numbers, texts, values
from tests.verification.fuzz.running import Property

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.plugin.declaration import Declaration
    from repro.verdicts import ClaimResult

BLOCK = Block("ppo", "linear_chain.training", (0, 1), 5)
SOUND: dict[str, Any] = {
    "id": "a.claim",
    "title": "A title",
    "statement": "A statement.",
    "source": ["talk:44"],
    "kind": "empirical",
    "expected": "above 1",
    "controls": {"swapped": "not reproduced"},
    "margin": Margin(low=1.0),
}


def _odd(what: str) -> st.SearchStrategy[Any]:
    """Odd values of a marker's field."""
    some: dict[str, tuple[Any, ...]] = {
        "id": ("a", "a..b", "A.b", "a.b\n", "../x", "a/b", "a.b.c"),
        "source": (
            ["talk:0"],
            ["talk:1\n"],
            "talk:44",
            [44],
            [],
            ["talk:٣"],
            ("talk:44", "talk:44"),
        ),
        "kind": (*KINDS, "Theory", ["empirical"]),
        "controls": (
            *({}, {"x": "reproduced"}, {"x": []}, {"x": ["inconclusive", "not run"]}, {" ": "x"}),
            *(
                {1: "inconclusive"},
                {"x": ("inconclusive",) * 2},
                {"x": Verdict.INCONCLUSIVE},
                ["x"],
            ),
        ),
        "margin": (None, 1.0, (0, 1), Margin(high=2.0), Margin(low=0.5, high=2.0, target=1.0)),
        "needs": (lambda _: [BLOCK], lambda _: 1 / 0, lambda _: "ppo", lambda _: None, len, 5),
        "recorded": (*Verdict, "Reproduced"),
        "required": (True, False, 0, 1, "yes", None),
        "reason": ("because", "", 5),
    }
    return values() | texts() | st.sampled_from(some.get(what, ("x",)))


@st.composite
def markers(draw: st.DrawFn) -> dict[str, Any]:
    """A claim's marker with up to three missing, odd or unknown fields."""
    fields = dict(SOUND)
    optional = ("needs", "recorded", "reason", "required", "differences", "nonsense")
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from((*SOUND, *optional)))
        if draw(st.integers(0, 5)) == 5:
            fields.pop(name, None)
        else:
            fields[name] = draw(_odd(name))
    return fields


def check_marker(fields: dict[str, Any]) -> str:
    """A marker is refused, or can be listed and explained."""
    made: list[Declaration] = []

    def read() -> None:
        made.append(declare("a.py::test", fields))

    if error := refused(read):
        return error
    (one,) = made
    if any(
        verdict not in {"not reproduced", "inconclusive"}
        for v in one.controls.values()
        for verdict in v
    ):
        raise ViolationError("a control may be reproduced")

    def show() -> None:
        listed = ListedClaim.of(one, lambda _block: False)
        again = ListedClaim.from_dict(json.loads(json.dumps(listed.to_dict(), allow_nan=False)))
        if again != listed:
            raise ViolationError(f"listed as {listed}, read as {again}")
        [*outcomes(again.declaration), *control_outcomes(again.declaration)]
        printer = console(io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace"))
        printer.print(explained(again, [("talk:44", "x")], (), "never"))

    return refused(show)


@st.composite
def margins(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """The ends and the target of a margin."""
    odd = st.sampled_from(NUMBERS[:-2]) | st.floats()
    return draw(odd), draw(odd), draw(st.none() | odd)


def check_margin(given: tuple[Any, Any, Any]) -> str:
    """A margin is refused, or contains some numbers but not all."""
    made: list[Margin] = []
    if error := refused(lambda: made.append(Margin(*given))):
        return error
    low, high, target = made[0].low, made[0].high, made[0].target
    if not low < high or (math.isinf(low) and math.isinf(high)):
        raise ViolationError("a margin that contains nothing or everything")
    if target is not None and not low <= target <= high:
        raise ViolationError("a target outside its margin")
    return ""


ESTIMATES = st.builds(
    Estimate, numbers(), numbers(), numbers(), st.sampled_from(("", "steps")) | texts()
) | st.sampled_from((Estimate(2.0, 1.5, 2.5), Estimate(0.5, 0.2, 0.7), None))
VERDICTS = st.sampled_from((*Verdict, "reproduced", "Reproduced", None, True, 0))


@st.composite
def recordings(draw: st.DrawFn) -> tuple[tuple[str, tuple[Any, ...], dict[str, Any]], ...]:
    """The calls of a claim on its record: right, odd, repeated or missing."""
    counts = st.none() | st.integers(-1, 12) | numbers()
    outcome = st.tuples(
        st.just("outcome"),
        st.tuples(VERDICTS | st.just(Verdict.REPRODUCED), ESTIMATES),
        st.dictionaries(st.sampled_from(("n", "censored", "checked")), counts, max_size=2),
    )
    what = st.just("swapped") | names()
    control: st.SearchStrategy[Any] = st.tuples(
        st.just("control"),
        st.tuples(what, VERDICTS | st.just(Verdict.NOT_REPRODUCED), ESTIMATES),
        st.dictionaries(st.just("why"), texts(), max_size=1),
    )
    cells = st.lists(st.lists(values() | numbers(), max_size=2), max_size=2)
    heads = st.lists(texts(), max_size=2)
    other = st.one_of(
        st.tuples(
            st.just("detail"), st.tuples(texts(), ESTIMATES | numbers(), VERDICTS), st.just({})
        ),
        st.tuples(st.just("table"), st.tuples(texts(), heads, cells), st.just({})),
        st.tuples(
            st.just("points"),
            st.tuples(
                texts(),
                st.just("epochs") | texts(),
                st.lists(numbers() | st.none() | st.just(np.float32(2)), max_size=3),
                st.none() | st.lists(st.booleans(), max_size=3),
            ),
            st.just({}),
        ),
        st.tuples(st.just("figure"), st.tuples(values()), st.just({})),
    )
    first = draw(st.lists(outcome, min_size=1, max_size=1) | st.lists(outcome, max_size=2))
    held = draw(st.lists(control, min_size=1, max_size=1) | st.lists(control, max_size=2))
    return (*first, *held, *draw(st.lists(other, max_size=2)))


def check_recording(calls: tuple[tuple[str, tuple[Any, ...], dict[str, Any]], ...]) -> str:
    """What is recorded is refused, or makes a result that can be written; "reproduced" only if it is."""
    results: list[ClaimResult] = []

    def judge() -> None:
        record = Recorder(declare("a.py::test", SOUND))
        for name, given, words in calls:
            method: Callable[..., None] = getattr(record, name)
            method(*given, **words)
        results.append(record.result(0.1))

    if error := refused(judge):
        return error
    (result,) = results
    body = json.loads(RunResult("paper", None, None, {}, 0.0, (result,)).to_json())
    json.dumps(body, allow_nan=False).encode("utf-8", "backslashreplace")
    if result.reproduced:
        sound(result, calls)
    return ""


def sound(
    result: ClaimResult, calls: tuple[tuple[str, tuple[Any, ...], dict[str, Any]], ...]
) -> None:
    """Check that a reproduced claim has its number in the margin, and a control with the declared verdict."""
    verdicts = [given[0] for name, given, _ in calls if name == "outcome"]
    held = [given[:2] for name, given, _ in calls if name == "control"]
    if verdicts != ["reproduced"] or ("swapped", "not reproduced") not in held:
        raise ViolationError(f"reproduced, where the claim recorded {verdicts} and {held}")
    measured, margin = result.measured, result.margin
    if measured is None:  # judged by several numbers, shown in details
        return
    if measured.value is None or margin is None:
        raise ViolationError("an empirical claim is reproduced by a number without a margin")
    ends = measured.low, measured.value, measured.high
    if any(end is None or math.isnan(end) for end in ends):
        raise ViolationError(f"reproduced with the number {ends}")
    if not margin.low <= measured.value <= margin.high:
        raise ViolationError(
            f"reproduced with {measured.value} outside of [{margin.low}, {margin.high}]"
        )
    if not ends[0] <= ends[1] <= ends[2]:  # type: ignore[operator]  # none is None
        raise ViolationError(f"reproduced with {ends}, which is not an interval")


def all_of(kind: str = "claims") -> list[Property]:
    """Return the properties of this kind."""
    return [
        Property(kind, "markers", markers, check_marker, 700, 15),
        Property(kind, "margins", margins, check_margin, 200, 4),
        Property(kind, "recordings", recordings, check_recording, 700, 25),
    ]
