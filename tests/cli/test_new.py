"""`python -m repro new`: what it writes, prints and refuses."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

import pytest

from repro.cli import main
from repro.cli.new import add_new
from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def new(root: Path) -> Callable[..., int]:
    """The command, on a checkout of its own."""
    parser = argparse.ArgumentParser()
    add_new(parser.add_subparsers(), root)

    def run(*words: str) -> int:
        options = parser.parse_args(["new", *words])
        return int(options.command(options))

    return run


def test_what_was_written_and_what_comes_next(
    new: Callable[..., int], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new("task", "my_task") == 0
    head, following, *commands = capsys.readouterr().out.splitlines()
    assert (head, following) == ("wrote repro/tasks/my_task.py", "next:")
    assert [command.partition(" # ")[0].strip() for command in commands] == [
        "python -m pytest tests/tasks",
        "python -m repro list tasks",
        "python -m repro new claim transfer.my_task",
    ]
    assert "MyTask{first}{second}" in (root / "repro" / "tasks" / "my_task.py").read_text()


def test_as_json(new: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert new("claim", "bids.my_claim", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["path"] == "claims/bids/my_claim.py"
    assert len(told["next"]) == 3
    assert told["next"][1] == "python -m repro run --claim bids.my_claim"


def test_a_second_time_is_refused(new: Callable[..., int], root: Path) -> None:
    assert new("algorithm", "my_rule") == 0
    path = root / "repro" / "algorithms" / "my_rule.py"
    path.write_text("mine")
    with pytest.raises(UserError, match=r"my_rule\.py exists"):
        new("algorithm", "my_rule")
    assert path.read_text() == "mine"


@pytest.mark.parametrize("what", ["claim", "algorithm", "task"])
def test_an_installed_package_is_no_place_for_new_files(
    new: Callable[..., int], root: Path, what: str
) -> None:
    (root / "claims").rename(root / "elsewhere")
    before = sorted(root.rglob("*"))
    with pytest.raises(UserError, match="is no checkout; new files are found in a clone only"):
        new(what, "transfer.my_claim" if what == "claim" else "my_file")
    assert sorted(root.rglob("*")) == before


def test_what_is_refused_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "claim", "transfer.headline"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "error: claims/transfer/headline.py declares the claim 'transfer.headline'; choose another "
        "name\n"
    )


def test_what_can_be_new(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["new", "figure", "mine"])
    assert stopped.value.code == 2
    assert "invalid choice: 'figure'" in capsys.readouterr().err
