"""`python -m repro new`: what it writes, prints and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from repro.cli import main
from tests.support.empty_checkout import make_empty_checkout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the root of an empty checkout."""
    return make_empty_checkout(tmp_path)


@pytest.fixture
def new(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command, on its own checkout."""
    monkeypatch.setattr("repro.cli.new.PROJECT", root)
    return lambda *words: main(["new", *words])


def test_it_prints_the_path_and_the_next_commands(
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
    printed = json.loads(capsys.readouterr().out)
    assert printed["path"] == "claims/bids/my_claim.py"
    assert len(printed["next"]) == 3
    assert printed["next"][1] == "python -m repro run --claim bids.my_claim"


@pytest.mark.slow
def test_a_second_time_is_refused(
    new: Callable[..., int], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new("algorithm", "my_rule") == 0
    path = root / "repro" / "algorithms" / "my_rule.py"
    path.write_text("mine")
    assert new("algorithm", "my_rule") == 2
    assert "my_rule.py exists" in capsys.readouterr().err
    assert path.read_text() == "mine"


@pytest.mark.parametrize("what", ["claim", "algorithm", "task"])
def test_an_installed_package_gets_no_new_files(
    new: Callable[..., int],
    root: Path,
    what: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repro.paths.CHECKOUT", False)
    before = sorted(root.rglob("*"))
    assert new(what, "transfer.my_claim" if what == "claim" else "my_file") == 2
    assert "is not a checkout, and new files are found in a clone only" in capsys.readouterr().err
    assert sorted(root.rglob("*")) == before


def test_bad_input_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "claim", "transfer.headline"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "error: claims/transfer/headline.py declares the claim 'transfer.headline'; choose another "
        "name\n"
    )


def test_unknown_kinds_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["new", "figure", "mine"])
    assert stopped.value.code == 2
    assert "invalid choice: 'figure'" in capsys.readouterr().err
