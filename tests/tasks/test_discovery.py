"""Discovery of topologies: new files, name clashes, unknown names."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from repro import tasks
from repro.errors import TaskError, UserError

if TYPE_CHECKING:
    from types import ModuleType

ONE_STEP = """
from repro.mdp.task import Topology
from repro.mdp.edges import task_from_edges

TASK = task_from_edges({name!r}, start=(0, 0), terminal=[(3, 4)], edges=[((0, 0), "A", (3, 4), 0.8)])
TOPOLOGY = Topology(training=(TASK,), transfer={{"same": (TASK,)}})
"""


def package(folder: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> ModuleType:
    """Write a package of topologies with a unique name and import it."""
    name = f"topologies_{folder.name}"
    (folder / name).mkdir()
    for file, text in {"__init__": "", **files}.items():
        (folder / name / f"{file}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)
    return importlib.import_module(name)


def test_every_file_is_a_topology_with_a_training_problem() -> None:
    files = sorted(path.stem for path in Path(tasks.__file__).parent.glob("[!_]*.py"))
    assert [name for name in tasks.problem_names() if name.endswith(".training")] == [
        f"{file}.training" for file in files
    ]


def test_problems_are_in_the_order_of_presentation() -> None:
    names = [name for name in tasks.problem_names() if name.startswith("linear_chain.")]
    assert [name.partition(".")[2] for name in names] == ["training", "last", "middle", "first"]


def test_every_task_belongs_to_a_problem() -> None:
    used = [task.name for name in tasks.problem_names() for task in tasks.problem(name).tasks]
    assert tasks.task_names() == tuple(dict.fromkeys(used))
    assert [tasks.load(name).name for name in tasks.task_names()] == list(tasks.task_names())


def test_a_new_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"two": ONE_STEP.format(name="B"), "one": ONE_STEP.format(name="A")}
    found = tasks.discover(package(tmp_path, monkeypatch, files))
    assert list(found.tasks) == ["A", "B"]
    assert list(found.problems) == ["one.training", "one.same", "two.training", "two.same"]


def test_a_duplicate_task_name_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ONE_STEP.format(name="Twin")
    made = package(tmp_path, monkeypatch, {"left": text, "right": text})
    with pytest.raises(TaskError, match=r"'Twin' is defined in .*left\.py and .*right\.py"):
        tasks.discover(made)


def test_a_file_without_a_topology_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = package(tmp_path, monkeypatch, {"empty": ""})
    with pytest.raises(TaskError, match=r"empty\.py: TOPOLOGY is None"):
        tasks.discover(made)


def test_unknown_names_get_suggestions() -> None:
    with pytest.raises(UserError, match=r"unknown task 'LinABZ'; did you mean .*LinABC"):
        tasks.load("LinABZ")
    with pytest.raises(UserError, match=r"unknown problem '.*'; did you mean linear_chain\.last"):
        tasks.problem("linear_chain.lst")


FAULTS = {
    "X = nothing": r"NameError: name 'nothing' is not defined \(line 1\)",
    ONE_STEP.format(name="Short").replace('"A", (3', '"A", (4'): (
        r"TaskError: task 'Short', .*give locations=5 or more \(line 5\)"
    ),
    ONE_STEP.format(name="Twice").replace("training=(TASK,)", "training=(TASK, TASK)"): (
        r"TaskError: problem 'broken\.training': has task 'Twice' 2 times; keep one"
    ),
    ONE_STEP.format(name="Odd").replace("training=(TASK,)", "training=7"): "TypeError: .*",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_broken_file_is_named(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a_sound": ONE_STEP.format(name="Sound"), "broken": text}
    made = package(tmp_path, monkeypatch, files)
    with pytest.raises(TaskError, match=rf"/broken\.py cannot be used: {FAULTS[text]}$") as caught:
        tasks.discover(made)
    assert "\n" not in str(caught.value)
