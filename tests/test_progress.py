"""Progress: bars on a terminal, a line a block elsewhere."""

from __future__ import annotations

from io import StringIO

import numpy as np
from rich.console import Console

from repro.errors import TrainingError
from repro.experiment import Block
from repro.progress import TrainingProgress
from repro.statistics import Times
from repro.store import Record

BLOCK = Block("ppo", "linear_chain.last", (0, 1), 12_000, stay=0)
RECORD = Record(
    BLOCK,
    np.zeros((2, 345)),
    Times(np.array([7, 345]), np.array([False, True])),
    {},
    {},
    {},
    {"seconds": 12.4},
)


def shown(*, terminal: bool, failed: bool = False) -> str:
    """What is written for a block that comes to epoch 40 and then ends."""
    console = Console(file=StringIO(), force_terminal=terminal, width=160, no_color=True)
    with TrainingProgress(console) as progress:
        progress.watch({BLOCK: (40, 2)})
        progress._progress.refresh()
        progress.done(BLOCK, TrainingError("the loss is nan") if failed else RECORD)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_a_terminal_gets_a_bar() -> None:
    text = shown(terminal=True)
    assert "epoch 40 of 12,000 at most" in text
    assert "2 runs left" in text


def test_elsewhere_a_block_is_a_line() -> None:
    text = shown(terminal=False)
    assert "epoch 40" not in text
    (line,) = text.splitlines()
    assert "ppo/linear_chain.last trained in 12 s, 345 epochs, 1 of 2 runs did not" in line


def test_a_failure_says_why() -> None:
    assert "ppo/linear_chain.last failed: the loss is nan" in shown(terminal=False, failed=True)
