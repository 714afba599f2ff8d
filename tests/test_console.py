"""Output for people: animation, colours and widths."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.table import Table

from repro import console

if TYPE_CHECKING:
    from collections.abc import Mapping


class Screen(StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


def set_variables(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **variables}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("variables", "moves", "on_screen", "in_pipe"),
    [
        ({}, True, True, False),
        ({"NO_COLOR": "1"}, True, False, False),
        ({"NO_COLOR": ""}, True, True, False),
        ({"FORCE_COLOR": "1"}, True, True, True),
        ({"FORCE_COLOR": ""}, True, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False, False),
        ({"TERM": "dumb"}, False, False, False),
        ({"TERM": "unknown"}, False, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, True, True),
    ],
)
def test_streams(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    moves: bool,
    on_screen: bool,
    in_pipe: bool,
) -> None:
    set_variables(monkeypatch, variables)
    for stream, moving, coloured in ((Screen(), moves, on_screen), (StringIO(), False, in_pipe)):
        assert console.moving(stream) is moving
        assert console.coloured(stream) is coloured
        made = console.console(stream)
        assert made.is_terminal is made.is_interactive is moving
        made.print("word", style="bold red")
        assert ("\x1b[" in stream.getvalue()) is coloured


def test_a_table_in_a_pipe_has_one_line_per_row(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_variables(monkeypatch, {"COLUMNS": "40"})
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("a")
    table.add_column("b")
    table.add_row("x", "word " * 100)
    table.add_row("longer", "y")
    console.show(table)
    assert capsys.readouterr().out == f"a       b\nx       {'word ' * 99}word\nlonger  y\n"
    console.show(table, 60)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60


def test_a_table_is_at_most_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    set_variables(monkeypatch, {"COLUMNS": "40"})
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    console.show("word " * 100)
    assert {len(line) for line in screen.getvalue().splitlines()[:-1]} == {39}


def test_an_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_variables(monkeypatch, {})
    console.print_error("given [red]this[/red] " + "word " * 100)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: given [red]this[/red] word word")
    assert said.err.count("\n") == 1
