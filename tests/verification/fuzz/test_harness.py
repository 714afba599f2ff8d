"""The program itself: violations are found, made small and reported; limits are enforced."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import strategies as st

from repro.errors import UserError
from tests.verification.fuzz import __main__ as command
from tests.verification.fuzz.bounds import (
    ViolationError,
    ending,
    kind_of,
    one_error,
    refused,
    writing_to,
)
from tests.verification.fuzz.plan import CASES, properties, shared_out
from tests.verification.fuzz.report import report, rows
from tests.verification.fuzz.running import Outcome, Property, run


def planted(number: int) -> str:
    """Accept odd numbers, refuse even ones, and fail for large ones."""
    if number > 1000:
        raise ZeroDivisionError(f"given {number}")
    return "even" if number % 2 == 0 else ""


def test_a_planted_defect_is_found_and_made_small() -> None:
    outcome = run(Property("x", "planted", lambda: st.integers(0, 10**6), planted, 1, 1), 200, 0)
    assert outcome.broken.startswith("1001\nZeroDivisionError: given 1001 (test_harness.py:")
    again = run(Property("x", "planted", lambda: st.integers(0, 10**6), planted, 1, 1), 200, 0)
    assert (again.cases, again.errors, again.broken) == (
        outcome.cases,
        outcome.errors,
        outcome.broken,
    )


def test_what_holds_is_counted() -> None:
    outcome = run(Property("x", "holds", lambda: st.integers(0, 1000), planted, 1, 1), 50, 0)
    assert outcome.broken == ""
    assert outcome.cases == 50
    assert outcome.accepted + outcome.refused == 50
    assert outcome.errors.keys() == {"even"}


def test_a_case_that_does_not_end_is_broken() -> None:
    def endless(_: bool) -> str:
        while True:
            with contextlib.suppress(Exception):  # like careless code
                bytes(9)

    outcome = run(Property("x", "endless", st.booleans, endless, 1, 1), 5, 0, seconds=0.05)
    assert "ViolationError: it did not end within 0.05 s" in outcome.broken


def test_code_that_waits_and_swallows_errors_is_stopped() -> None:
    with pytest.raises(ViolationError, match="did not end"), ending(0.02):  # noqa: SIM117 - in this order
        with contextlib.suppress(BaseException):
            time.sleep(5)


@pytest.mark.parametrize("way", ["file", "folder", "link", "rename"])
def test_nothing_is_written_outside_of_the_folder(tmp_path: Path, way: str) -> None:
    folder, outside = tmp_path / "case", tmp_path / "outside"
    folder.mkdir()

    def write() -> None:
        Path("inside").write_text("x", encoding="utf-8")
        if way == "file":
            outside.write_text("x", encoding="utf-8")
        elif way == "folder":
            outside.mkdir()
        elif way == "link":
            outside.symlink_to(folder)
        else:
            Path("inside").rename(outside)

    refusal = pytest.raises(ViolationError, match=r"it writes outside its folder: .*outside")
    with refusal, writing_to(folder), pytest.raises(PermissionError):
        write()
    assert not outside.exists()
    assert (folder / "inside").exists()
    outside.write_text("afterwards it is allowed", encoding="utf-8")


@pytest.mark.parametrize("message", ["", " ", "one\ntwo", "x" * 30_000])
def test_an_error_is_one_line(message: str) -> None:
    with pytest.raises(ViolationError):
        one_error(message)


def test_kinds_of_errors_ignore_the_given_values() -> None:
    kinds = {
        kind_of(f"task {name!r}: is {n}; expected 0 to {n}") for name, n in (("a", 1), ("b", 2))
    }
    assert kinds == {"task …: is …; expected … to …"}


def test_only_a_user_error_is_a_refusal() -> None:
    def fails(error: Exception) -> None:
        raise error

    assert refused(lambda: fails(UserError("given 3; expected 4"))) == "given …; expected …"
    assert refused(lambda: None) == ""
    with pytest.raises(KeyError):
        refused(lambda: fails(KeyError("x")))


def test_every_property_gets_cases_and_all_are_ten_thousand() -> None:
    whole = properties()
    shares = shared_out(CASES, whole)
    assert len(shares) == len(whole)
    assert sum(shares.values()) >= 10_000
    assert set(shared_out(1, whole).values()) == {1}
    assert {one.kind for one in whole} == {"tasks", "commands", "records", "rules", "claims"}


BROKEN = Outcome("x.b", 3, 2, 0.25, {"odd": 1}, "[]\nKeyError: 0")
HOLDS = Outcome("x.a", 1000, 999, 0.5, {"odd": 1})


def test_the_table() -> None:
    assert rows([HOLDS, BROKEN]) == [
        ("x", "1,003", "1,001", "2", "0.50", "1", "1"),
        ("all", "1,003", "1,001", "2", "0.50", "1", "1"),
    ]
    assert (
        report([HOLDS], 100, 0, 1.0).text.splitlines()[2]
        == "| x | 1,000 | 999 | 1 | 0.50 | 1 | 0 |"
    )


@pytest.mark.parametrize(("outcome", "code"), [(HOLDS, 0), (BROKEN, 1)])
def test_the_program_fails_if_a_property_is_violated(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    outcome: Outcome,
    code: int,
) -> None:
    monkeypatch.setattr(command, "_run", lambda _cases, _seed: [outcome])
    assert command.main(["--cases", "100", f"--out={tmp_path / 'fuzz'}"]) == code
    printed = capsys.readouterr().out
    assert (
        "[]\nKeyError: 0\nagain: python -m tests.verification.fuzz --only x.b --cases 100"
        in printed
    ) == code
    written = json.loads((tmp_path / "fuzz" / "fuzz.json").read_text(encoding="utf-8"))
    assert written["properties"][0]["id"] == outcome.id
    assert (tmp_path / "fuzz" / "fuzz.md").read_text(encoding="utf-8").startswith("| kind |")


def test_an_unknown_property(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--only", "nonsense"]) == 2
    assert "given --only nonsense; expected the beginning of one of " in capsys.readouterr().err
