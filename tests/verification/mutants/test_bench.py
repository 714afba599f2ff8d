"""A mutant is tried in a copy, within limits, and the copy is restored."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from repro.paths import PROJECT
from tests.verification.mutants import bench as benches
from tests.verification.mutants.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = "def double(x):\n    return 2 * x\n"
NEAR = "from code_here import double\n\ndef test_zero():\n    assert double(0) == 0\n"
FAR = "from code_here import double\n\ndef test_four():\n    assert double(2) == 4\n"
USUAL = {"test_near.py": 0.0, "test_far.py": 0.0}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench in a folder with one function and two tests of it; its server imports little."""
    folder = tmp_path_factory.mktemp("copy")
    (folder / "tests" / "verification" / "mutants").mkdir(parents=True)
    for name in (
        "tests/__init__.py",
        "tests/verification/__init__.py",
        "tests/verification/mutants/__init__.py",
        "tests/verification/mutants/server.py",
    ):
        shutil.copy(PROJECT / name, folder / name)
    for name, text in (("code_here", CODE), ("test_near", NEAR), ("test_far", FAR)):
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # faster start
        patch.setenv("PYTHONPATH", str(folder))
        with Bench(folder, folder, libraries=("pytest",)) as made:
            yield made


def _state(folder: Path) -> tuple[str, int]:
    file = folder / "code_here.py"
    return file.read_text(encoding="utf-8"), file.stat().st_mtime_ns


def test_the_code_as_it_is_passes(bench: Bench) -> None:
    outcome = bench.run(["test_near.py", "test_far.py"], writing=True)
    assert not outcome.killed
    assert outcome.files.keys() == USUAL.keys()


@pytest.mark.parametrize(
    ("text", "killed", "by"),
    [
        (CODE.replace("2 * x", "2 + x"), "test", "test_near.py::test_zero"),
        (CODE.replace("2 * x", "x * x * x"), "test", "test_far.py::test_four"),
        (CODE.replace("2 * x", "x + x"), "", ""),  # the same function: nothing can kill it
        ("import nothing_such\n", "test", "test_near.py"),
        ("import os\nos.abort()\n", "crash", ""),
    ],
)
def test_a_mutant_is_killed_or_survives(bench: Bench, text: str, killed: str, by: str) -> None:
    before = _state(bench.folder)
    outcome = bench.attempt("code_here.py", text, list(USUAL), USUAL)
    assert (outcome.killed, outcome.by) == (killed, by)
    assert _state(bench.folder) == before


def test_a_mutant_that_never_ends_is_ended(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benches, "START", 0.0)
    forever = CODE.replace("return", "while True: x +=")
    assert bench.attempt("code_here.py", forever, list(USUAL), USUAL).killed == "time"
    assert not bench.run(["test_far.py"]).killed


def test_a_mutant_that_breaks_conftest_is_killed(bench: Bench) -> None:
    """The conftest.py cannot be imported."""
    shared = bench.folder / "conftest.py"
    shared.write_text("import code_here\n", encoding="utf-8")
    try:
        assert not bench.run(["test_far.py"]).killed
        outcome = bench.attempt("code_here.py", "import nothing_such\n", list(USUAL), USUAL)
        assert outcome.killed == "crash"
    finally:
        shared.unlink()


def test_a_missing_test_file_is_an_error(bench: Bench) -> None:
    with pytest.raises(AssertionError, match=r"there is no test_gone\.py"):
        bench.run(["test_gone.py"])
