"""A task or algorithm that cannot be used stops every command that needs it, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro import algorithms, cli, tasks
from repro.errors import TaskError, UserError
from tests.support.cli_place import THEORY, Place, shipped

if TYPE_CHECKING:
    from typing import NoReturn

SAYS = "repro/tasks/my_task.py cannot be used: NameError: name 'x' is not defined (line 3)"


@pytest.fixture(params=["task", "algorithm"])
def _broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Break a task, or an algorithm, as discovery reports it."""

    def fail() -> NoReturn:
        raise (TaskError if request.param == "task" else UserError)(SAYS)

    module, name = (tasks, "_catalogue") if request.param == "task" else (algorithms, "_found")
    monkeypatch.setattr(module, name, fail)


@pytest.mark.usefixtures("_broken")
@pytest.mark.parametrize("command", ["run --tier quick", "run --tier audit", f"report {THEORY}"])
def test_nothing_is_judged(command: str, place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*command.split(), *place.words]) == 2
    out, err = capfd.readouterr()
    assert f"{out}{err}".count(SAYS) == 1
    assert err.splitlines() == [
        f"ERROR: {SAYS}",
        "no report was written: see above",
        "exit code 2: usage or bad input",
    ]
    assert "Traceback" not in out
    assert not place.out.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("_broken")
def test_claims_are_not_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "claims"]) == 2
    assert capsys.readouterr().err == f"error: the claims cannot be listed: {SAYS}\n"


def test_tasks_and_algorithms_are_not_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> NoReturn:
        raise UserError(SAYS)

    monkeypatch.setattr(tasks, "_catalogue", fail)
    monkeypatch.setattr(algorithms, "_found", fail)
    for what in ("tasks", "algorithms"):
        assert cli.main(["list", what]) == 2
        assert capsys.readouterr().err == f"error: {SAYS}\n"


def test_shipped_runs_are_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped(place)
    before = {path.name: path.read_bytes() for path in place.shipped.iterdir()}

    def fail() -> NoReturn:
        raise UserError(SAYS)

    monkeypatch.setattr(tasks, "_catalogue", fail)
    assert cli.main(["ship", "--allow-dirty", *place.words[:2]]) == 2
    assert {path.name: path.read_bytes() for path in place.shipped.iterdir()} == before
