"""Without a browser the session fails, and says what is missing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.verification.browser import chromium

if TYPE_CHECKING:
    from pathlib import Path


def _ask(path: Path) -> tuple[int, str, str]:
    done = subprocess.run(  # noqa: S603 - our own script
        (sys.executable, chromium.__file__),
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_missing_browser_fails_with_what_to_do(tmp_path: Path) -> None:
    code, out, err = _ask(tmp_path)
    assert (code, out) == (1, "")
    assert "no Chromium found" in err
    assert "apt-get install chromium" in err
    assert "checked nowhere else" in err


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_is_found_under_its_names(name: str, tmp_path: Path) -> None:
    program = tmp_path / name
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    assert _ask(tmp_path)[0] == 1
    program.chmod(0o700)
    assert _ask(tmp_path) == (0, f"{program}\n", "")


def test_the_first_name_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("google-chrome", "chromium"):
        (tmp_path / name).write_text("", encoding="utf-8")
        (tmp_path / name).chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find() == tmp_path / "chromium"
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert chromium.find() is None
