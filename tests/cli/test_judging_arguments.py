"""The arguments that choose what is judged: seeds, a cap, and what is none."""

from __future__ import annotations

import argparse

import pytest

from repro import cli
from repro.plugin.options import parse_cap, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("0-3", (0, 1, 2, 3)), ("7,3", (3, 7)), ("0-1,3,20-21", (0, 1, 3, 20, 21))],
)
def test_seeds(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    "text", ["", "3", "3-", "-3", "a-b", "0-3;5", "1.5,2", "4-2", "5,5", "0-1,1-2", "0-99999"]
)
def test_invalid_seeds(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["run", f"--seeds={text}"])
    assert stopped.value.code == 2
    assert f"given {text!r}; expected" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["29", "0", "-30", "1e3", "many", "50001", "9" * 5000])
def test_a_cap_in_which_no_run_can_converge_or_beyond_the_protocols(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        parse_cap(text)
    assert f"given {text!r}; expected a number of epochs from 30" in str(refused.value)
    assert "to 50,000" in str(refused.value)


def test_caps() -> None:
    assert [parse_cap(text) for text in ("30", "12000", "50000")] == [30, 12_000, 50_000]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("--cap=many", "given 'many'; expected a number of epochs"),
        ("--tier=fast", "invalid choice: 'fast'; one of: audit, paper, quick, study"),
    ],
)
def test_a_faulty_value_is_a_usage_error(
    word: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["run", word])
    assert stopped.value.code == 2
    assert says in capsys.readouterr().err


def test_an_option_of_another_command_shows_the_usage_of_this_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["report", "--fresh"])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert "usage: python -m repro report" in error
    assert error.endswith("unrecognized arguments: --fresh\n")


@pytest.mark.parametrize("words", [["run", "--jobs=0"], ["report", "--jobs=0"], ["list", "cars"]])
def test_usage_errors(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err
