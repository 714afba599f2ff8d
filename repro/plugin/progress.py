"""Progress of training on stderr: bars on a terminal; elsewhere lines, of finished blocks and every 30 s."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from repro.console import console, moving

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import TextIO

    from rich.progress import TaskID

    from repro.protocol.blocks import Block
    from repro.records.record import Record


SILENCE = 30
"""Seconds without a line, where there are no bars, after which the running blocks are named."""


class TrainingProgress:
    """Shows the progress of blocks; a context manager that restores the terminal at its end.

    Args:
        stream: where to print; None: the current stderr.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        stream = stream or sys.stderr
        self._console = console(stream)
        self._bars: dict[Block, TaskID] = {}
        self._began = self._printed = time.monotonic()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("epoch {task.completed:,.0f} of {task.total:,.0f}{task.fields[limit]}"),
            TextColumn("{task.fields[runs]} left"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not moving(stream),
        )

    def __enter__(self) -> Self:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        self._progress.stop()

    def compiling(self) -> None:
        """Say what happens before any block is in training."""
        self._print(
            "compiling what is not compiled yet; once on each machine, this takes minutes", None
        )

    def watch(self, blocks: Mapping[Block, tuple[int, int]]) -> None:
        """Update what is shown, from the epoch and the number of unfinished runs of each block."""
        for block, (epoch, runs) in blocks.items():
            if block not in self._bars:
                self._bars[block] = self._progress.add_task(
                    block.name,
                    total=block.epochs,
                    limit=" at most" if block.extra_epochs is not None else "",
                    runs=f"{runs} runs",
                )
            self._progress.update(self._bars[block], completed=epoch, runs=f"{runs} runs")
        if self._progress.disable and time.monotonic() - self._printed >= SILENCE:
            running = [
                f"{block.name}, epoch {epoch:,} of {block.epochs:,}"
                for block, (epoch, _) in blocks.items()
            ]
            self._print(
                f"in training: {'; '.join(running) or 'nothing yet, workers are starting'}", None
            )

    def done(self, block: Block, result: Record | Exception) -> None:
        """Replace a block's bar by a line with its result."""
        if block in self._bars:
            self._progress.remove_task(self._bars.pop(block))
        if isinstance(result, Exception):
            self._print(f"{block.name} failed: {result}", "red")
            return
        epochs, censored = result.returns.shape[1], int(result.times.censored.sum())
        took = f"{result.provenance['seconds']:.0f} s, {epochs:,} epochs"
        note = f", {censored} of {len(block.seeds)} runs did not converge" if censored else ""
        self._print(f"{block.name} trained in {took}{note}", None)

    def _print(self, text: str, style: str | None) -> None:
        self._printed = time.monotonic()
        elapsed = self._printed - self._began
        self._console.print(f"[{elapsed:5.0f} s] {text}", style=style, markup=False, soft_wrap=True)
