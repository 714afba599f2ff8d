"""Compile kernels in a process of their own, before workers train.

Code that numba has just compiled and code that it reads from the disk are not quite the same. The functions that
a kernel calls are compiled on their own first, and the linker may take these copies instead of those that were
optimised together with the kernel. Sums of products may then be rounded differently: of ninety trainings of CVS
two came out otherwise. So a process that compiles would train to other bytes than one that reads. Workers
therefore only read: a process that ends afterwards has compiled everything they need.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from repro import tasks
from repro.errors import UserError
from repro.paths import PROJECT
from repro.protocol.blocks import Block
from repro.training.run import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Kind = tuple[str, tuple[tuple[str, float], ...], int, int, bool]
    """Algorithm, hyperparameters, observation size, actions, and whether the problem is stochastic: for the
    same ones the same code is compiled."""

_done: set[Kind] = set()


def compile_kernels(blocks: Iterable[Block], environment: Mapping[str, str]) -> None:
    """Let another process compile what these blocks need, unless this process has asked for it before.

    Nothing is reported: what cannot be compiled fails in training, which says why.

    Args:
        blocks: that will be trained.
        environment: variables for the other process, besides those of this one.
    """
    kinds: dict[Kind, str] = {}
    for block in blocks:
        with contextlib.suppress(UserError):  # as above
            kinds.setdefault(_kind(block), block.problem)
    new = [(one[0], problem, one[1]) for one, problem in kinds.items() if one not in _done]
    if new:
        _done.update(kinds)
        subprocess.run(  # noqa: S603 - this module, with names of algorithms and problems
            [sys.executable, "-m", __name__],
            input=json.dumps(new),
            text=True,
            capture_output=True,
            check=False,
            cwd=PROJECT,
            env={**os.environ, **environment},
        )


def _kind(block: Block) -> Kind:
    """Return what the compiled code of a block depends on.

    Raises:
        UserError: the block names a problem that does not exist.
    """
    tables = tasks.problem(block.problem).merged
    sizes = tables.observation.shape[1], tables.next_state.shape[1]
    return (block.algorithm, block.hyperparameters, *sizes, tables.probability is not None)


def train_an_epoch(
    algorithm: str, problem: str, hyperparameters: Iterable[tuple[str, float]]
) -> None:
    """Use each kernel once, so that it is compiled and stored."""
    settings = tuple((str(name), value) for name, value in hyperparameters)
    run(Block(algorithm, problem, seeds=(0,), epochs=1, hyperparameters=settings), None)


def main() -> None:
    """Compile for the kinds given on the standard input."""
    for algorithm, problem, hyperparameters in json.load(sys.stdin):
        with contextlib.suppress(Exception):  # training reports it
            train_an_epoch(algorithm, problem, hyperparameters)


if __name__ == "__main__":
    main()
