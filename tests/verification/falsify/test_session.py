"""A whole session, with made-up commands: what it comes to, and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.verification.falsify import __main__ as command
from tests.verification.falsify import report, session
from tests.verification.falsify.catching import AUDIT, THEORY, TRAINED, Found
from tests.verification.falsify.controls import Control
from tests.verification.falsify.fault import Edit, Fault, FaultError
from tests.verification.falsify.session import Session, Tables
from tests.verification.falsify.watching import Said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

T = "tests/test_a.py::test_t"
EDITS = (Edit("a.py", "x", "y"),)
CAUGHT = Fault("caught", "It is seen.", EDITS, tests=(T,), theory=("c",))
MISSED = Fault("missed", "Nothing sees | it.", EDITS, tests=(T,), trained=("d",))
AGAIN = Fault("again", "It trains.", EDITS, tests=(T,), trained=("d",), transfers_anew=True)
NONE = Fault("none", "It is none.", EDITS, harmless=True)


def claim(name: str, control: str = "inconclusive") -> dict[str, Any]:
    """Make up a claim's object of claims.json."""
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
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Replace all that runs a command; lists what was asked for."""
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
    for name in ("pristine", "check_own_code"):
        monkeypatch.setattr(session, name, lambda _folder: None)
    monkeypatch.setattr(
        "tests.verification.falsify.controls.listed", lambda _folder: ["c", "d", "e"]
    )
    return words


def test_a_session(asked: list[list[str]], tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.mkdir()
    tables = Session([CAUGHT, MISSED, NONE], tmp_path / "copies", runs, jobs=2).run()
    assert [one.fault for one in tables.faults] == [CAUGHT, MISSED, NONE]
    assert tables.faults[0].without == {
        (TRAINED, "c"): Said("reproduced", 3.0),
        (THEORY, "c"): Said("reproduced", 3.0),
        (AUDIT, "d"): Said("reproduced", 3.0),
    }
    # What is none is tried with all tests there are; faults that train go on from the same runs.
    trained = ["--tier=quick", "--jobs=1", f"--store={runs}", "--claim=d"]
    expected = [["--tier=audit"], ["-k", "theory"], trained, [T]]
    expected += [["caught", T], ["missed", T], ["none", T]]
    assert sorted(asked) == sorted(expected)
    assert (tmp_path / "copies" / "missed" / "runs").is_dir()
    assert tables.problems == ["e, controls: no control was judged", "missed: caught by nothing"]


@pytest.mark.usefixtures("asked")
def test_faults_go_on_from_runs_without_one(tmp_path: Path) -> None:
    runs, copies = tmp_path / "runs", tmp_path / "copies"
    runs.mkdir()
    for name in ("cvs-chain.training-1a.npz", "cvs-chain.last-1a.npz"):
        (runs / name).touch()
    Session([MISSED, AGAIN], copies, runs, jobs=1).run()
    assert len([*(copies / "missed" / "runs").iterdir()]) == 2
    # Where no key tells of the fault, a transfer's record would be taken for that with the fault.
    assert [one.name for one in (copies / "again" / "runs").iterdir()] == [
        "cvs-chain.training-1a.npz"
    ]


@pytest.mark.usefixtures("asked")
def test_a_test_that_fails_without_a_fault_catches_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(session, "failing", lambda tests, _folder: frozenset(tests))
    with pytest.raises(FaultError, match=f"without a fault these unit tests fail: {T}"):
        Session([CAUGHT], tmp_path, tmp_path, jobs=1).run()


@pytest.mark.usefixtures("asked")
def test_a_claim_that_fails_without_a_fault_catches_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bad = claim("c", "reproduced")
    monkeypatch.setattr(session, "judged", lambda *_given: [bad])
    with pytest.raises(FaultError, match="without a fault: c: its control is reproduced"):
        Session([CAUGHT], tmp_path, tmp_path, jobs=1).run()


TABLES = Tables(
    (Control("c", "swapped", ("inconclusive",), "inconclusive"),),
    (
        Found(
            CAUGHT,
            frozenset({T}),
            {(THEORY, "c"): Said("reproduced", 2.0)},
            {(THEORY, "c"): Said("reproduced", 3.0)},
        ),
        Found(MISSED, claims={(TRAINED, "d"): Said("inconclusive")}),
        Found(NONE),
    ),
)


def test_the_tables_say_who_caught_what(tmp_path: Path) -> None:
    text = report.write(TABLES, tmp_path)
    assert text == (tmp_path / "falsify.md").read_text()
    lines = text.splitlines()
    assert "1 of 1 came out as declared, none of them reproduced." in lines
    assert "| c | swapped | inconclusive | inconclusive | ok |" in lines
    assert f"| caught | It is seen. | {T} | – | ok |" in lines
    assert r"| missed | Nothing sees \| it. | – | – | **caught by nothing** |" in lines
    assert "| none | It is none. | – | – | ok |" in lines
    assert "| caught | c | theory | reproduced (3) | reproduced (2) | – |" in lines
    assert (
        "1 of 2 were caught. By unit tests alone, no claim having been contradicted: caught. "
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
    said = capsys.readouterr()
    assert said.out.count("# Attempts") == 2
    assert "not as declared: missed: caught by nothing\n" in said.err

    def broken(_self: Session) -> Tables:
        raise FaultError("without a fault: something")

    monkeypatch.setattr(Session, "run", broken)
    assert command.main([f"--out={tmp_path}"]) == 2
    assert "without a fault: something\n" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main(["--fault=no such"])
    assert "no fault no such; there are: CVS pays its own bid" in capsys.readouterr().err
