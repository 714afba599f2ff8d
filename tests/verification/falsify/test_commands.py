"""What commands in a folder print, and whose code they run; the folders are small examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.verification.checkout import CheckoutError, check_own_code
from tests.verification.falsify.commands import ClaimOutcome, failing, judged

if TYPE_CHECKING:
    from pathlib import Path

TESTS = """
import pytest
@pytest.mark.parametrize("x", [1, 2])
def test_some(x): assert x == 1
def test_fine(): pass
"""


@pytest.mark.slow
def test_failing_tests_are_listed(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -ra\n")
    (tmp_path / "test_a.py").write_text(TESTS)
    both = ["test_a.py::test_some", "test_a.py::test_fine"]
    assert failing(both, tmp_path) == {"test_a.py::test_some"}
    with pytest.raises(CheckoutError, match="cannot be run"):
        failing(["test_a.py::test_that_is_not_there"], tmp_path)


def place(folder: Path, main: str) -> Path:
    package = folder / "repro"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(main)
    return folder


def test_a_command_runs_the_code_of_its_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(CheckoutError, match=r"import .*; expected .*/elsewhere/repro/__init__\.py"):
        check_own_code(elsewhere)
    main = "import json, sys\nprint(json.dumps({'claims': [{'id': sys.argv[1:]}]}))\n"
    folder = place(tmp_path, main)
    check_own_code(folder)
    words = ["run", "--claim=a", "--json", f"--out={tmp_path / 'out'}"]
    assert judged(["--claim=a"], folder, tmp_path / "out") == [{"id": words}]


def test_a_command_without_a_result_is_an_error_with_its_last_line(tmp_path: Path) -> None:
    folder = place(
        tmp_path, "import sys\nprint('ERROR: no such claim', file=sys.stderr)\nsys.exit(2)"
    )
    with pytest.raises(CheckoutError, match="exit code 2: ERROR: no such claim"):
        judged(["--claim=a"], folder, tmp_path / "out")


def claim(verdict: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "verdict": verdict,
        "recorded": "reproduced",
        "measured": None,
        "flipped": False,
        "drift": False,
        "machine_independent": False,
        "explanation": "",
        "controls": [],
        **changes,
    }


CONTROL = {"what": "swapped", "expected": "not reproduced or inconclusive"}


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (claim("reproduced", measured={"value": 2.0}), ClaimOutcome("reproduced", 2.0)),
        (claim("inconclusive", drift=True), ClaimOutcome("inconclusive")),
        (
            claim("inconclusive", drift=True, machine_independent=True),
            ClaimOutcome("inconclusive", None, "inconclusive, recorded reproduced"),
        ),
        (
            claim("not reproduced", flipped=True),
            ClaimOutcome("not reproduced", None, "not reproduced, recorded reproduced"),
        ),
        (
            claim("not run", explanation="a run is missing"),
            ClaimOutcome("not run", None, "not judged: a run is missing"),
        ),
        (
            claim("reproduced", controls=[CONTROL | {"verdict": "inconclusive"}]),
            ClaimOutcome("reproduced"),
        ),
        (
            claim("reproduced", controls=[CONTROL | {"verdict": "reproduced"}]),
            ClaimOutcome("reproduced", None, "its control is reproduced: swapped"),
        ),
    ],
)
def test_what_makes_a_run_fail(made: dict[str, Any], expected: ClaimOutcome) -> None:
    assert ClaimOutcome.of(json.loads(json.dumps(made))) == expected
