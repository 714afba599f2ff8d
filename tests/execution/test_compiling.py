"""Kernels are compiled by a process that then ends, so that workers only read them from the disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from repro.execution import compiling
from repro.execution.compiling import compile_kernels
from repro.paths import PROJECT
from repro.protocol.blocks import Block, pretraining
from tests.support.halting import CHILD, OTHER, PARENT

if TYPE_CHECKING:
    from pathlib import Path

READER = """
import json, sys
from numba.core import event
from repro.execution.compiling import train_an_epoch
with event.install_recorder("numba:compile") as recorder:
    train_an_epoch(*json.load(sys.stdin))
print(len(recorder.buffer))
"""
"""Trains an epoch and prints how often numba compiled something meanwhile."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What other processes are asked to compile; none is started."""
    found: list[Any] = []

    def run(_words: object, *, input: str, **_more: object) -> SimpleNamespace:  # noqa: A002 - its name
        found.append(json.loads(input))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(compiling, "_done", set())
    return found


def test_each_kind_of_code_is_compiled_once(asked: list[Any]) -> None:
    compile_kernels([PARENT, CHILD, OTHER], {})
    small = [[name, value] for name, value in PARENT.hyperparameters]
    assert asked == [
        [["ppo", "linear_chain.training", small], ["cvs", "linear_chain.training", small]]
    ]
    compile_kernels([CHILD], {})
    assert len(asked) == 1
    compile_kernels([pretraining("ppo", "linear_chain", (3,))], {})  # other hyperparameters
    assert asked[1:] == [[["ppo", "linear_chain.training", []]]]


def test_what_cannot_be_compiled_is_left_to_training(asked: list[Any]) -> None:
    compile_kernels([Block("ppo", "linear_chain.nowhere", (0,), 1)], {})
    assert asked == []


@pytest.mark.slow
def test_a_process_that_trains_afterwards_compiles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code that a process compiles itself can round otherwise than code that it reads."""
    monkeypatch.setattr(compiling, "_done", set())
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    given = json.dumps([PARENT.algorithm, PARENT.problem, PARENT.hyperparameters])

    compile_kernels([PARENT], {})
    assert list(tmp_path.rglob("*.nbc"))  # the other process has stored code
    done = subprocess.run(  # noqa: S603 - the text above
        [sys.executable, "-c", READER],
        input=given,
        text=True,
        capture_output=True,
        check=True,
        cwd=PROJECT,
        env=dict(os.environ),
    )
    assert int(done.stdout) == 0
