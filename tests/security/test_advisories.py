"""The output of pip-audit is read correctly, and versions without an answer are not called safe."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.security import advisories
from tests.security.advisories import main, read

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = {"name": "numpy", "version": "2.0.0", "vulns": []}
HURT = {
    "name": "torch",
    "version": "1.0",
    "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"], "aliases": ["CVE-1"], "description": ""},
        {"id": "PYSEC-2", "fix_versions": [], "aliases": [], "description": "a | b"},
    ],
}
UNKNOWN = {"name": "odd", "skip_reason": "not found"}


def printed(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


@pytest.mark.parametrize(
    ("text", "code", "summary"),
    [
        (printed(CLEAN), 0, "1 versions were checked: none with known vulnerabilities"),
        (printed(CLEAN, HURT), 1, "2 versions were checked: 1 with known vulnerabilities"),
        (
            printed(CLEAN, UNKNOWN),
            3,
            (
                "1 versions were checked: none with known vulnerabilities; NOT CHECKED, because the service "
                "does not know them: odd"
            ),
        ),
        (
            printed(HURT, UNKNOWN),
            1,
            (
                "1 versions were checked: 1 with known vulnerabilities; NOT CHECKED, because the service "
                "does not know them: odd"
            ),
        ),
        (printed(), 3, "nothing was checked: the service knows none of these versions"),
        (printed(UNKNOWN), 3, "nothing was checked: the service knows none of these versions"),
        (
            "",
            3,
            "nothing was checked: ProxyError: no way; this needs the network, and pip-audit installed",
        ),
        (
            "[]",
            3,
            "nothing was checked: ProxyError: no way; this needs the network, and pip-audit installed",
        ),
    ],
)
def test_summaries(text: str, code: int, summary: str) -> None:
    found = read(text, "Traceback\nProxyError: no way\n")
    assert (found.exit_code, found.summary) == (code, summary)


def test_the_command_prints_and_writes_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    def run(words: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(words)
        return subprocess.CompletedProcess(words, 1, printed(CLEAN, HURT), "")

    monkeypatch.setattr(advisories.subprocess, "run", run)  # type: ignore[attr-defined]  # imported by the module
    file = tmp_path / "pins.txt"
    file.write_text("torch==1.0\n")
    assert main(["--constraints", str(file), "--out", str(tmp_path / "out")]) == 1
    assert asked[0][:3] == [sys.executable, "-m", "pip_audit"]
    assert str(file) in asked[0]
    text = capsys.readouterr().out
    assert text.splitlines() == [
        "| package | version | advisory | also known as | fixed in |",
        "| --- | --- | --- | --- | --- |",
        "| torch | 1.0 | PYSEC-1 | CVE-1 | 1.1, 2.0 |",
        "| torch | 1.0 | PYSEC-2 |  | no version yet |",
        "",
        "2 versions were checked: 1 with known vulnerabilities",
    ]
    assert (tmp_path / "out" / "advisories.md").read_text(encoding="utf-8") == text
    body = json.loads((tmp_path / "out" / "advisories.json").read_text(encoding="utf-8"))
    assert (body["exit_code"], body["checked"], len(body["rows"])) == (1, 2, 2)


def test_a_timeout_is_exit_code_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def late(words: list[str], timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(words, timeout)

    monkeypatch.setattr(advisories.subprocess, "run", late)  # type: ignore[attr-defined]  # imported by the module
    (tmp_path / "pins.txt").write_text("")
    assert main(["--constraints", str(tmp_path / "pins.txt"), "--out", str(tmp_path)]) == 3
    assert capsys.readouterr().out.startswith("nothing was checked: no answer within 900 s; ")


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--constraints", str(tmp_path / "none.txt")]) == 2
    assert capsys.readouterr().err.startswith(f"error: there is no file {tmp_path / 'none.txt'}; ")
