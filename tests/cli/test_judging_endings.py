"""The last lines of a run: the report's path or why it is missing, and the exit code's meaning."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from repro import cli
from repro.cli import pytest_session
from repro.plugin import record_supply
from repro.protocol.blocks import with_parents
from tests.support.cli_place import DIRECTION, Place, arms, fill

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

MEANINGS = {
    0: "as recorded: no required claim contradicts its recorded outcome",
    1: "a required claim contradicts its recorded outcome or one of its negative controls failed, or runs differ from "
    "the shipped runs where they must not",
    2: "usage or bad input",
    3: "a required claim could not be judged",
    130: "interrupted",
}


def interrupted(*_: object, **__: object) -> None:
    """Raise what Ctrl-C raises."""
    raise KeyboardInterrupt


def report_lines(place: Place, code: int) -> list[str]:
    return [f"report: {place.out / 'index.html'}", f"exit code {code}: {MEANINGS[code]}"]


def no_report_lines(code: int, why: str = "see above") -> list[str]:
    return [f"no report was written: {why}", f"exit code {code}: {MEANINGS[code]}"]


@pytest.mark.parametrize("command", ["run", "report"])
@pytest.mark.parametrize("flags", [[], ["--json"]])
@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_report_is_named(
    place: Place,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    flags: list[str],
    code: int,
) -> None:
    """With any exit code; with --json on stderr, and only JSON on stdout."""
    monkeypatch.setattr(record_supply, "run_blocks", lambda *_, **__: {})
    if code != 3:
        fill(place.store, with_parents(arms()))
    if code == 1:
        monkeypatch.setattr("repro.verdicts.ClaimResult.failed", property(lambda _: True))
    if command == "run":
        monkeypatch.setattr(record_supply.RecordSupply, "train", record_supply.RecordSupply.look_up)
    assert cli.main([command, DIRECTION, *place.words, *flags]) == code
    output = capsys.readouterr()
    people = output.err if flags else output.out
    assert people.splitlines()[-2:] == report_lines(place, code)
    if flags:
        assert json.loads(output.out, parse_constant=pytest.fail) == place.report()


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_bad_input_leaves_no_report(
    place: Place, capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    words = ["report", "--claim=transfer.hedline", *place.words, *flags]
    assert cli.main(words) == 2
    output = capsys.readouterr()
    *_, first, why, code = output.err.splitlines()
    assert first.startswith("ERROR: unknown claim 'transfer.hedline'; did you mean transfer.headl")
    assert [why, code] == no_report_lines(2)
    assert "{" not in output.out
    place.out.mkdir()
    (place.out / "claims.json").write_text("{}", encoding="utf-8")
    assert cli.main(words) == 2
    output = capsys.readouterr()
    assert (
        f"see above; the one in {place.out} is from an earlier run" in output.err.splitlines()[-2]
    )
    assert "{" not in output.out


def test_an_interruption_of_training_leaves_no_report(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("repro.plugin.record_supply.run_blocks", interrupted)
    threads = threading.enumerate()
    assert cli.main(["run", DIRECTION, *place.words]) == 130
    assert threading.enumerate() == threads
    end = capsys.readouterr().err.splitlines()
    assert end[-2:] == no_report_lines(130, "it was interrupted")
    assert f"finished runs are kept in {place.store}" in end[-3]


def test_an_interruption_of_judging_leaves_a_report_of_what_was_judged(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("repro.plugin.session_results.SessionResults.start", interrupted)
    assert cli.main(["report", DIRECTION, *place.words]) == 130
    assert capsys.readouterr().out.splitlines()[-2:] == report_lines(place, 130)
    assert place.report()["claims"][0]["verdict"] == "not run"


def test_an_interruption_before_anything(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pytest.main", interrupted)
    assert cli.main(["report", *place.words]) == 130
    assert capsys.readouterr().err.splitlines() == no_report_lines(130, "it was interrupted")


def test_outside_a_clone(
    place: Place,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pytest_session, "CLAIMS", tmp_path / "claims")
    assert cli.main(["report", *place.words]) == 2
    first, *end = capsys.readouterr().err.splitlines()
    assert first.startswith(f"error: there is no folder {tmp_path / 'claims'}; claims are judged")
    assert end == no_report_lines(2)
