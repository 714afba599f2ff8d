"""Commands work where neither the checkout nor the user's home can be written.

Permissions do not stop root, so the folders that cannot be written here are files.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from repro import paths
from repro.paths import PROJECT, choose_caches


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout and a home in which numba and matplotlib can write nothing, and an empty TMPDIR."""
    checkout, temporary = tmp_path / "checkout", tmp_path / "temporary"
    temporary.mkdir()
    (checkout / "repro" / "engine" / "kernels").mkdir(parents=True)
    (checkout / "repro" / "engine" / "kernels" / "__pycache__").touch()
    (checkout / "build").touch()
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, "")  # so that what a test sets is undone
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", os.devnull)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(paths, "PACKAGE", checkout / "repro")
    monkeypatch.setattr(paths, "BUILD", checkout / "build")
    return checkout


def test_temporary_folders_replace_what_cannot_be_written(closed: Path) -> None:
    choose_caches()
    for name in ("NUMBA_CACHE_DIR", "MPLCONFIGDIR"):
        assert Path(os.environ[name]).parent == closed.parent / "temporary"


@pytest.mark.parametrize("writable", ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "kernels"])
def test_a_place_that_numba_can_write_is_kept(
    closed: Path, monkeypatch: pytest.MonkeyPatch, writable: str
) -> None:
    if writable == "kernels":
        (closed / "repro" / "engine" / "kernels" / "__pycache__").unlink()
    else:
        monkeypatch.setenv(writable, str(closed / "not" / "yet" / "made"))
    before = os.environ.get("NUMBA_CACHE_DIR")
    choose_caches()
    assert os.environ.get("NUMBA_CACHE_DIR") == before


def test_fonts_are_stored_below_build(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (closed / "build").unlink()
    choose_caches()
    assert os.environ["MPLCONFIGDIR"] == str(closed / "build" / "matplotlib")
    monkeypatch.setenv("MPLCONFIGDIR", str(closed / "own"))
    choose_caches()
    assert os.environ["MPLCONFIGDIR"] == str(closed / "own")


def test_a_given_folder_that_cannot_be_written_is_replaced(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", f"{os.devnull}/below")
    choose_caches()
    assert Path(os.environ["NUMBA_CACHE_DIR"]).parent == closed.parent / "temporary"


@pytest.mark.slow
def test_a_command_works_there_and_leaves_nothing_behind(closed: Path) -> None:
    shutil.copytree(
        PROJECT / "repro",
        closed / "repro",
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    done = subprocess.run(
        [sys.executable, "-m", "repro", "list", "algorithms"],
        cwd=closed,
        env={**os.environ, "PYTHONPATH": str(closed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert "cvs_n_step" in done.stdout
    assert done.returncode == 0
    assert not list((closed.parent / "temporary").iterdir())


def test_a_package_of_a_wheel_has_its_claims_inside_and_writes_where_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module, read again from a place like that of an installed package."""
    place = tmp_path / "site-packages" / "repro" / "paths.py"
    (place.parent / "project").mkdir(parents=True)
    shutil.copy(PROJECT / "repro" / "paths.py", place)
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("installed_paths", place)
    assert spec is not None
    assert spec.loader is not None
    installed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(installed)
    found = [installed.CLAIMS, installed.REPORT]
    assert found == [place.parent / "project" / "claims", tmp_path / "build" / "claims"]
    assert not installed.CHECKOUT
    assert paths.CHECKOUT


def test_a_wheel_has_what_the_package_looks_for() -> None:
    """setup.py copies these to repro/project/."""
    included = re.search(r"INCLUDED = \((.*)\)", (PROJECT / "setup.py").read_text())
    assert included is not None
    names = {name.strip('"') for name in included[1].split(", ")}
    assert {paths.CLAIMS.name, paths.DATA.name, "pyproject.toml"} == names
