"""A command imports only the libraries that it needs: torch and numba take seconds to load."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from repro.causal.auditing.audit import PER, SELECTIONS
from repro.cli import audit, audit_run
from repro.cli.arguments import Parser

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

HEAVY = (
    "matplotlib",
    "networkx",
    "numba",
    "pytest",
    "scipy",
    "scipy.stats",
    "torch",
    "torch._dynamo",
)
RUN = f"""
import json, pathlib, runpy, sys
import repro.storage.remembered
repro.storage.remembered.FOLDER = pathlib.Path("listings")
sys.argv[0] = "repro"
try:
    runpy.run_module("repro", run_name="__main__", alter_sys=True)
except SystemExit as stopped:
    code = stopped.code
print(json.dumps([code, [name for name in {HEAVY} if name in sys.modules]]), file=sys.stderr)
"""
"""Runs a command, then prints its exit code and which of these modules it imported."""
RULE = """
import torch

def rule(a, b):
    return {"x": 2 * a, "y": 3 * b}

def inputs():
    return {"a": torch.zeros(2), "b": torch.ones(2)}
"""


def imported_by(folder: Path, *words: str) -> tuple[int, list[str]]:
    """Return the exit code of a command, and the heavy modules that it imported."""
    done = subprocess.run(  # noqa: S603 - Python with words of this file
        [sys.executable, "-c", RUN, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    code, names = json.loads(done.stderr.splitlines()[-1])
    return code, names


@pytest.mark.parametrize(
    ("words", "code", "needed"),
    [
        ("--version", 0, []),
        ("list tasks", 0, []),
        ("audit --help", 0, []),
        ("compare --help", 0, []),
        ("docs --check --report missing", 2, []),
        ("new claim no_such_group.name", 2, []),
        ("run --help", 0, ["scipy"]),
        ("list algorithms", 0, ["numba", "scipy", "torch"]),
        ("audit rule.py", 0, ["networkx", "torch"]),
    ],
)
def test_a_command_imports_what_it_needs(
    tmp_path: Path, words: str, code: int, needed: list[str]
) -> None:
    (tmp_path / "rule.py").write_text(RULE, encoding="utf-8")
    assert imported_by(tmp_path, *words.split()) == (code, needed)


@pytest.mark.parametrize(
    "words", ["list algorithms", "list hyperparameters", "list claims", "explain transfer.headline"]
)
def test_the_second_time_a_listing_imports_none(tmp_path: Path, words: str) -> None:
    code, first = imported_by(tmp_path, *words.split())
    assert code == 0
    assert "torch" in first
    assert imported_by(tmp_path, *words.split()) == (0, [])


def test_choices_written_twice_are_the_same() -> None:
    """`audit` has copies of these, because the originals import torch."""
    parser = Parser()
    audit.add(parser)
    choices = {action.dest: action.choices for action in parser._actions}
    assert choices["per"] == PER
    assert choices["selection"] == SELECTIONS
    defaults = parser.parse_args([])
    assert (defaults.per, defaults.selection) == (PER[0], SELECTIONS[0])
    for answer, code in audit_run.ANSWERS.items():
        assert audit.CODES[code] == answer.value
