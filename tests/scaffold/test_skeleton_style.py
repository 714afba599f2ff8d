"""Skeletons and the finished walkthroughs of CONTRIBUTING.md pass `nox -s lint`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

import pytest

from repro.paths import PROJECT
from repro.scaffold.skeletons import KINDS, LEARNERS, algorithm, claim, task
from tests.support.documents import blocks, commands, edited, file
from tests.support.empty_checkout import make_empty_checkout

if TYPE_CHECKING:
    from pathlib import Path

GROUPS = sorted(path.parent.name for path in PROJECT.glob("claims/*/__init__.py"))
NAMES = ("a", "a" * 28)
"""The shortest and the longest: lines that contain a name must fit either."""


def skeletons() -> dict[str, str]:
    """Return the text of every skeleton by its place."""
    made = [claim(f"{group}.{name}", PROJECT) for group, name in product(GROUPS, NAMES)]
    made += [
        algorithm(f"{name}_{kind}"[-28:], PROJECT, kind) for kind, name in product(LEARNERS, NAMES)
    ]
    made += [task(name, PROJECT) for name in NAMES]
    return {one.place: one.text for one in made}


def walkthroughs(root: Path) -> dict[str, str]:
    """Follow the walkthroughs up to their last edit; return the text of every file by its place."""
    found: dict[str, str] = {}
    for block in blocks(PROJECT / "CONTRIBUTING.md"):
        if block.language == "diff":
            found[file(block)] = edited(found[file(block)], block)
        for command in commands(block) if block.language == "console" else ():
            match command.words.removeprefix("python -m repro new ").split():
                case ["algorithm", name, "--kind", learner]:
                    made = algorithm(name, root, learner)
                case [kind, name] if kind in KINDS:
                    made = KINDS[kind](name, root)
                case _:
                    continue
            found[made.place] = made.text
    return found


def complaints(texts: dict[str, str], folder: Path) -> str:
    """Return what `nox -s lint` says of new files; "" if nothing."""
    shutil.copy(PROJECT / "pyproject.toml", folder)
    for place, text in texts.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text, encoding="utf-8")
    found = ""
    for words in (("check",), ("format", "--diff")):
        # Imports of this project are sorted apart from others only if ruff finds their modules.
        options = ("--quiet", "--no-cache", "--config", f"src = ['{PROJECT}']")
        done = subprocess.run(  # noqa: S603 - a program of the extra "test"
            [sys.executable, "-m", "ruff", *words, *options, *texts],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        found += (done.stdout + done.stderr) if done.returncode else ""
    return found


@pytest.mark.slow
def test_every_skeleton_is_clean(tmp_path: Path) -> None:
    texts = skeletons()
    assert len(texts) == 2 * (len(GROUPS) + len(LEARNERS) + 1)
    assert not complaints(texts, tmp_path)


def test_what_the_walkthroughs_end_with_is_clean(tmp_path: Path) -> None:
    root = make_empty_checkout(tmp_path / "root")
    (root / "claims" / "explanation").mkdir()
    (root / "claims" / "explanation" / "__init__.py").touch()
    texts = walkthroughs(root)
    assert len(texts) == 6
    assert not complaints(texts, tmp_path)


def test_unclean_files_are_seen(tmp_path: Path) -> None:
    text = '"""What it is."""\n\nlast = absent\nx  = 1\n'
    said = complaints({"claims/transfer/quaint.py": text}, tmp_path)
    assert "F821" in said
    assert "+x = 1" in said
