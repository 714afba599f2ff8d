"""A whole session, with synthetic commands: its tables and its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.verification.checkout import CheckoutError
from tests.verification.falsify import __main__ as command
from tests.verification.falsify import session
from tests.verification.falsify.catching import AUDIT, THEORY, TRAINED, Found
from tests.verification.falsify.commands import ClaimOutcome
from tests.verification.falsify.controls import Control
from tests.verification.falsify.fault import Edit, Fault
from tests.verification.falsify.report import report
from tests.verification.falsify.session import Session, Tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T = "tests/test_a.py::test_t"
EDITS = (Edit("a.py", "x", "y"),)
CAUGHT = Fault("caught", "It is caught.", EDITS, tests=(T,), theory=("c",))
MISSED = Fault("missed", "Nothing catches | it.", EDITS, tests=(T,), trained=("d",))
AGAIN = Fault("again", "It trains.", EDITS, tests=(T,), trained=("d",), transfers_anew=True)
NONE = Fault("none", "It is harmless.", EDITS, harmless=True)


def claim(name: str, control: str = "inconclusive") -> dict[str, Any]:
    """Make a claim's object of claims.json."""
    return {
        "id": name,
        "verdict": "reproduced",
        "recorded": "reproduced",
        "measured": {"value": 3.0},
        "flipped": False,
        "drift": False,
        "machine_independent": False,
        "explanation": "",
        "controls": [{"what": "swapped", "expected": "inconclusive", "verdict": control}],
    }


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Replace everything that runs a command; return the list of requests."""
    words: list[list[str]] = []

    def judged(given: Sequence[str], *_places: Path) -> list[dict[str, Any]]:
        words.append([*given])
        return [claim("d")] if "--tier=audit" in given else [claim("c")]

    def failing(tests: Sequence[str], _folder: Path) -> frozenset[str]:
        words.append([*tests])
        return frozenset()

    def tried(fault: Fault, tests: Sequence[str], *_places: Path) -> Found:
        found = Found(fault, frozenset(tests) if fault is CAUGHT else frozenset())
        words.append([fault.name, *tests])
        return found

    for name, made in (("judged", judged), ("failing", failing), ("tried", tried)):
        monkeypatch.setattr(session, name, made)
    for name in ("copy_checkout", "check_own_code"):
        monkeypatch.setattr(session, name, lambda _folder: None)
    monkeypatch.setattr(
        "tests.verification.falsify.controls.listed", lambda _folder: ["c", "d", "e"]
    )
    return words


def test_a_session(requests: list[list[str]], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    tables = Session([CAUGHT, MISSED, NONE], tmp_path / "copies", runs, jobs=2).run()
    assert [one.fault for one in tables.faults] == [CAUGHT, MISSED, NONE]
    assert tables.faults[0].without == {
        (TRAINED, "c"): ClaimOutcome("reproduced", 3.0),
        (THEORY, "c"): ClaimOutcome("reproduced", 3.0),
        (AUDIT, "d"): ClaimOutcome("reproduced", 3.0),
    }
    # A harmless change is tried with all tests; faults that train start from the same runs.
    trained = ["--tier=quick", "--jobs=1", f"--store={runs}", "--claim=d"]
    expected = [["--tier=audit"], ["-k", "theory"], trained, [T]]
    expected += [["caught", T], ["missed", T], ["none", T]]
    assert sorted(requests) == sorted(expected)
    assert (tmp_path / "copies" / "missed" / "runs").is_dir()
    assert tables.problems == ["e, controls: no control was judged", "missed: caught by nothing"]


@pytest.mark.usefixtures("requests")
def test_faults_start_from_the_runs_without_a_fault(tmp_path: Path) -> None:
    runs, copies = tmp_path / "runs", tmp_path / "copies"
    runs.mkdir()
    for name in ("cvs-chain.training-1a.npz", "cvs-chain.last-1a.npz"):
        (runs / name).touch()
    Session([MISSED, AGAIN], copies, runs, jobs=1).run()
    assert len([*(copies / "missed" / "runs").iterdir()]) == 2
    # A transfer's key does not change with this fault, so the record without it must not be found.
    assert [one.name for one in (copies / "again" / "runs").iterdir()] == [
        "cvs-chain.training-1a.npz"
    ]


@pytest.mark.usefixtures("requests")
def test_a_test_that_fails_without_a_fault_ends_the_session(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(session, "failing", lambda tests, _folder: frozenset(tests))
    with pytest.raises(CheckoutError, match=f"without a fault these unit tests fail: {T}"):
        Session([CAUGHT], tmp_path, tmp_path, jobs=1).run()


@pytest.mark.usefixtures("requests")
def test_a_claim_that_fails_without_a_fault_ends_the_session(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bad = claim("c", "reproduced")
    monkeypatch.setattr(session, "judged", lambda *_given: [bad])
    with pytest.raises(CheckoutError, match="without a fault: c: its control is reproduced"):
        Session([CAUGHT], tmp_path, tmp_path, jobs=1).run()


TABLES = Tables(
    (Control("c", "swapped", ("inconclusive",), "inconclusive"),),
    (
        Found(
            CAUGHT,
            frozenset({T}),
            {(THEORY, "c"): ClaimOutcome("reproduced", 2.0)},
            {(THEORY, "c"): ClaimOutcome("reproduced", 3.0)},
        ),
        Found(MISSED, claims={(TRAINED, "d"): ClaimOutcome("inconclusive")}),
        Found(NONE),
    ),
)


def test_the_tables_say_what_caught_each_fault(tmp_path: Path) -> None:
    report(TABLES).write(tmp_path)
    text = (tmp_path / "falsify.md").read_text()
    lines = text.splitlines()
    assert "1 of 1 have a declared verdict, none is reproduced." in lines
    assert "| c | swapped | inconclusive | inconclusive | ok |" in lines
    assert f"| caught | It is caught. | {T} | – | ok |" in lines
    assert r"| missed | Nothing catches \| it. | – | – | **caught by nothing** |" in lines
    assert "| none | It is harmless. | – | – | ok |" in lines
    assert "| caught | c | theory | reproduced (3) | reproduced (2) | – |" in lines
    assert (
        "1 of 2 were caught. Caught by unit tests only, without a contradicted claim: caught. "
        in text
    )
    body = json.loads((tmp_path / "falsify.json").read_text())
    assert body["problems"] == ["missed: caught by nothing"]
    assert body["faults"][0]["judged"][0]["with"] == {
        "verdict": "reproduced",
        "measured": 2.0,
        "broken": "",
    }


def test_exit_codes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = Tables(TABLES.controls, TABLES.faults[::2])
    for tables, code in ((fine, 0), (TABLES, 1)):
        monkeypatch.setattr(Session, "run", lambda _self, made=tables: made)
        assert command.main([f"--out={tmp_path}"]) == code
    printed = capsys.readouterr()
    assert printed.out.count("# Attempts") == 2
    assert "FAILED: missed: caught by nothing\n" in printed.err

    def broken(_self: Session) -> Tables:
        raise CheckoutError("without a fault: something")

    monkeypatch.setattr(Session, "run", broken)
    assert command.main([f"--out={tmp_path}"]) == 2
    assert "without a fault: something\n" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main(["--fault=no such"])
    assert "no fault no such; there are: CVS pays its own bid" in capsys.readouterr().err
