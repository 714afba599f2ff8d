"""Which tests and claims catch a fault, and what makes the session fail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.verification.checkout import CheckoutError
from tests.verification.falsify import catching
from tests.verification.falsify.catching import (
    AUDIT,
    THEORY,
    TRAINED,
    Found,
    claim_outcomes,
    commands,
    tried,
)
from tests.verification.falsify.commands import ClaimOutcome
from tests.verification.falsify.fault import Edit, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

T, U = "tests/test_a.py::test_t", "tests/test_a.py::test_u"
FAULT = Fault("f", "d", (Edit("a", "x", "y"),), tests=(T, U), trained=("c",), audit=("d",))
SURE = Fault("f", "d", FAULT.edits, tests=(T,), theory=("c",), claims=("c",))
NONE = Fault("n", "d", FAULT.edits, harmless=True)
FINE, FLIPPED, OPEN = (
    ClaimOutcome("reproduced"),
    ClaimOutcome("not reproduced", 2.0, "flipped"),
    ClaimOutcome("inconclusive"),
)


@pytest.mark.parametrize(
    ("fault", "tests", "claims", "problem"),
    [
        (FAULT, {T, U}, {(TRAINED, "c"): FINE}, ""),
        (FAULT, {T, U}, {(TRAINED, "c"): FLIPPED}, ""),
        (FAULT, set(), {(TRAINED, "c"): FINE, (AUDIT, "d"): OPEN}, "caught by nothing"),
        (FAULT, {T}, {}, f"not caught by {U}"),
        (FAULT, set(), {(AUDIT, "d"): FLIPPED}, f"not caught by {T}, {U}"),
        (SURE, {T}, {(THEORY, "c"): FLIPPED}, ""),
        (SURE, {T}, {(THEORY, "c"): OPEN}, "not caught by c"),
        (NONE, set(), {(TRAINED, "c"): OPEN}, ""),
        (NONE, {T}, {}, f"caught by {T}, though it is harmless"),
        (NONE, set(), {(TRAINED, "c"): FLIPPED}, "caught by c, though it is harmless"),
    ],
)
def test_what_fails_the_session(
    fault: Fault, tests: set[str], claims: dict[tuple[str, str], ClaimOutcome], problem: str
) -> None:
    assert Found(fault, frozenset(tests), claims).problem == problem


def test_a_fault_that_could_not_be_tried_is_a_problem() -> None:
    assert Found(FAULT, frozenset({T, U}), error="no such snippet").problem == "no such snippet"


def test_arguments_of_the_commands() -> None:
    words = commands({THEORY: ("t",), AUDIT: (), TRAINED: ("c", "d")}, Path("runs"))
    assert words == {
        THEORY: ["--claim=t"],
        TRAINED: ["--tier=quick", "--jobs=1", "--store=runs", "--claim=c", "--claim=d"],
    }


def test_a_command_that_breaks_breaks_all_its_claims(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def judged(words: Sequence[str], *_places: Path) -> list[dict[str, Any]]:
        raise CheckoutError(f"exit code 2: {len(words)} words")

    monkeypatch.setattr(catching, "judged", judged)
    found = claim_outcomes({TRAINED: ["--tier=quick", "--claim=c", "--claim=d"]}, Path(), Path())
    lost = ClaimOutcome("not judged", broken="exit code 2: 3 words")
    assert found == {(TRAINED, "c"): lost, (TRAINED, "d"): lost}


def test_a_missing_snippet_is_a_problem(tmp_path: Path) -> None:
    original = tmp_path / "original"
    original.mkdir()
    (original / "a").write_text("z")
    found = tried(FAULT, (T,), original, tmp_path / "copy")
    assert "contains 0 times" in found.problem
    assert (original / "a").read_text() == "z"
