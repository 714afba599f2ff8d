"""Commands that change the project, in a package that was installed from a wheel."""

from __future__ import annotations

import pytest

from repro.cli import main


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("new", "task", "mine"), "new files are found"),
        (("ship",), "runs are shipped"),
        (("docs",), "documents are updated"),
        (("docs", "--check"), "documents are updated"),
    ],
)
def test_it_stops_with_one_line(
    words: tuple[str, ...],
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("repro.paths.CHECKOUT", False)
    assert main(words) == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert f"is not a checkout, and {what} in a clone only: run this in a clone" in line
    assert printed.out == ""
