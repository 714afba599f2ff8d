"""The walkthroughs of CONTRIBUTING.md work as they say: each is done in a copy of the checkout."""

from __future__ import annotations

import ast
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import Block, blocks, commands, edited, file, shows

PROJECT = Path(__file__).resolve().parent.parent
TEXT = PROJECT / "CONTRIBUTING.md"
WALKTHROUGHS = ("A claim", "An algorithm", "A task")
NOT_RUN = {
    "python3.11 -m venv .venv",
    ". .venv/bin/activate",
    "python -m pip install -e '.[test]' -c constraints.txt nox",
    "nox -s lint typecheck tests",
}
"""What prepares and checks a whole checkout; the sessions are looked for in noxfile.py."""


def under(*headings: str) -> list[Block]:
    return [block for block in blocks(TEXT) if block.heading in headings]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Copy what the walkthroughs use, with what was compiled; the shipped runs are linked to."""
    for name in ("repro", "claims", "tests"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    shutil.copytree(PROJECT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("runs"))
    (tmp_path / "data" / "runs").symlink_to(PROJECT / "data" / "runs")
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def run(words: str, folder: Path) -> str:
    """Run a command of the text, which must succeed; what it prints, errors last."""
    program, *rest = shlex.split(words)
    assert program == "python", f"{words}: no command to run in a test"
    done = subprocess.run(  # noqa: S603 - the project's own text
        [sys.executable, *rest],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, f"{words}\n{printed}"
    return printed


@pytest.mark.parametrize("heading", WALKTHROUGHS)
def test_a_walkthrough_works(heading: str, checkout: Path) -> None:
    for block in under(heading):
        if block.language == "diff":
            path = checkout / file(block)
            path.write_text(edited(path.read_text(encoding="utf-8"), block), encoding="utf-8")
            continue
        assert block.language == "console", f"line {block.line}: a block that nothing runs"
        for command in commands(block):
            printed = run(command.words, checkout)
            assert shows(command.output, printed), f"{command.words}\n{printed}"


def test_every_block_is_run_or_excepted() -> None:
    others = [block for block in blocks(TEXT) if block.heading not in WALKTHROUGHS]
    assert {command.words for block in others for command in commands(block)} == NOT_RUN
    for heading in WALKTHROUGHS:
        first, *_ = commands(under(heading)[0])
        assert first.words.startswith("python -m repro new ")
        assert {block.language for block in under(heading)} == {"console", "diff"}


def test_every_session_that_is_named_is_there() -> None:
    tree = ast.parse((PROJECT / "noxfile.py").read_text(encoding="utf-8"))
    sessions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    named = [words.split("nox -s ")[1].split() for words in NOT_RUN if words.startswith("nox")]
    assert named
    assert {name for names in named for name in names} <= sessions
