"""Colours: wanted or not, on a terminal, on a dumb terminal, and in a pipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from repro import cli
from tests.cli.terminal import COLOUR, plain, set_variables, terminal
from tests.support.cli_place import DIRECTION, Place, skip_drawing

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE_SETS: list[dict[str, str]] = [
    {},
    {"NO_COLOR": "1"},
    {"FORCE_COLOR": "1"},
    {"NO_COLOR": "1", "FORCE_COLOR": "1"},
    {"NO_COLOR": "", "FORCE_COLOR": ""},
    {"TERM": "dumb"},
    {"TERM": "dumb", "FORCE_COLOR": "1"},
]
RULE = """
import torch
def inputs():
    return {"values": torch.tensor([0.1, 0.5, 0.3])}
def rule(values):
    return {"A": values[0] - values[1], "B": values[1] - values[2]}
"""


@pytest.fixture(params=VARIABLE_SETS, ids=str)
def variables(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Set these variables in the environment."""
    found: dict[str, str] = request.param
    set_variables(monkeypatch, **found)
    return found


def expect(text: str, variables: dict[str, str], *, on_terminal: bool) -> None:
    """Check that colours are used if wanted, and otherwise no escape sequences."""
    if plain(variables, on_terminal=on_terminal):
        assert "\x1b" not in text
    else:
        assert re.search(COLOUR, text)


def test_a_list(
    variables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["list", "algorithms"]) == 0
    expect(capsys.readouterr().out, variables, on_terminal=False)
    with terminal(monkeypatch, "stdout") as text:
        assert cli.main(["list", "algorithms"]) == 0
    expect(text[0], variables, on_terminal=True)
    words = re.sub(COLOUR, "", text[0]).split()
    assert words[:4] == ["algorithm", "name", "is", "a2c"]


def test_an_audit(
    variables: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "rule.py").write_text(RULE, encoding="utf-8")
    cli.main(["audit", str(tmp_path / "rule.py")])
    expect(capsys.readouterr().out, variables, on_terminal=False)
    with terminal(monkeypatch, "stdout") as text:
        cli.main(["audit", str(tmp_path / "rule.py")])
    expect(text[0], variables, on_terminal=True)


@pytest.mark.slow
@pytest.mark.parametrize("variables", VARIABLE_SETS[:4], ids=str, indirect=True)
def test_a_table_of_verdicts(
    variables: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    skip_drawing(monkeypatch)
    words = ["report", DIRECTION, *Place(tmp_path).words]
    if "FORCE_COLOR" in variables or not variables:
        assert cli.main(words) == 3
        expect(capsys.readouterr().out, variables, on_terminal=False)
    with terminal(monkeypatch, "stdout") as text:
        assert cli.main(words) == 3
    expect(text[0], variables, on_terminal=True)
    assert "– not run" in text[0]


def test_an_error(
    variables: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["audit", str(tmp_path / "none.py")]
    assert cli.main(words) == 2
    output = capsys.readouterr()
    assert output.out == ""
    expect(output.err, variables, on_terminal=False)
    with terminal(monkeypatch, "stderr") as text:
        assert cli.main(words) == 2
    expect(text[0], variables, on_terminal=True)
    (line,) = re.sub(COLOUR, "", text[0]).splitlines()  # in a terminal of any width
    assert line.startswith(f"error: {tmp_path / 'none.py'} does not exist; expected ")


@pytest.mark.usefixtures("variables")
def test_json_is_never_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch, "stdout") as text:
        assert cli.main(["list", "algorithms", "--json"]) == 0
    assert "\x1b" not in text[0]
    assert text[0].startswith("[\n")
