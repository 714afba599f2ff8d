"""Errors about discovered files: one line that names the file, the error and the line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from repro.errors import TaskError, UserError, import_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of an empty package that can be imported."""
    folder = tmp_path / f"found_{tmp_path.name}"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "helper.py").write_text("def fail():\n    raise ValueError('two\\n  lines')\n")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_sound_file_is_imported(package: Path) -> None:
    (package / "one.py").write_text("X = 7\n")
    assert import_file(f"{package.name}.one").X == 7


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\n\nX = nothing\n", "NameError: name 'nothing' is not defined (line 3)"),
        ("X = (\n", "SyntaxError: '(' was never closed (line 1)"),
        ("import sys\nsys.exit()\n", "SystemExit (line 2)"),
        (
            "import no_such_module_1\n",
            "ModuleNotFoundError: No module named 'no_such_module_1' (line 1)",
        ),
        # The line of the file itself, not of the function that it calls.
        ("from {package}.helper import fail\n\n\n\nfail()\n", "ValueError: two lines (line 5)"),
    ],
)
def test_a_broken_file_is_named_in_one_line(package: Path, text: str, says: str) -> None:
    (package / "one.py").write_text(text.format(package=package.name))
    with pytest.raises(TaskError) as caught:
        import_file(f"{package.name}.one", TaskError)
    assert str(caught.value) == f"{package.name}/one.py cannot be used: {says}"
    assert f"{package.name}.one" not in sys.modules


def test_an_interrupt_is_no_fault_of_the_file(package: Path) -> None:
    (package / "one.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        import_file(f"{package.name}.one", UserError)
