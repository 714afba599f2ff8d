"""Progress: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import re
from io import StringIO

import numpy as np
import pytest

from repro.errors import TrainingError
from repro.plugin.progress import TrainingProgress
from repro.protocol.blocks import Block
from repro.records.record import Record
from repro.statistics import ConvergenceTimes

BLOCK = Block("ppo", "linear_chain.last", (0, 1), 12_000, extra_epochs=0)
RECORD = Record(
    BLOCK,
    np.zeros((2, 345)),
    ConvergenceTimes(np.array([7, 345]), np.array([False, True])),
    {},
    {},
    {},
    {"seconds": 12.4},
)


class Screen(StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary terminal, without variables about colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")


def shown(stream: StringIO, *, failed: bool = False) -> str:
    """Return what is printed for a block that is shown at epoch 40 and then finishes."""
    with TrainingProgress(stream) as progress:
        progress.watch({BLOCK: (40, 2)})
        progress._progress.refresh()
        progress.done(BLOCK, TrainingError("the loss is nan") if failed else RECORD)
    return stream.getvalue()


def test_a_terminal_gets_a_bar() -> None:
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown(Screen()))
    assert "epoch 40 of 12,000 at most" in text
    assert "2 runs left" in text


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"FORCE_COLOR": "1"},
        {"TTY_COMPATIBLE": "1", "FORCE_COLOR": "1"},
        {"TTY_INTERACTIVE": "1"},
    ],
)
def test_elsewhere_each_block_is_one_line(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """Even with FORCE_COLOR, a log gets no progress bar."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    text = shown(StringIO())
    assert "epoch 40" not in text
    assert "\x1b" not in text
    (line,) = text.splitlines()
    assert (
        "ppo/linear_chain.last/epochs=12000 trained in 12 s, 345 epochs, 1 of 2 runs did not"
        in line
    )


def test_a_log_gets_a_line_after_thirty_silent_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("repro.plugin.progress.time.monotonic", lambda: now[0])
    stream, screen = StringIO(), Screen()
    with TrainingProgress(stream) as progress, TrainingProgress(screen) as bars:
        for now[0] in (110.0, 129.0, 131.0, 150.0, 162.0):
            progress.watch({BLOCK: (int(now[0]) * 10, 2)})
            bars.watch({BLOCK: (40, 2)})
        progress.done(BLOCK, RECORD)
        now[0] = 190.0
        progress.watch({})
        now[0] = 193.0
        progress.watch({})
    lines = stream.getvalue().splitlines()
    name = "ppo/linear_chain.last/epochs=12000"
    assert lines[0] == f"[   31 s] in training: {name}, epoch 1,310 of 12,000"
    assert lines[1] == f"[   62 s] in training: {name}, epoch 1,620 of 12,000"
    assert lines[2].startswith(f"[   62 s] {name} trained")
    assert lines[3:] == ["[   93 s] in training: nothing yet, workers are starting"]
    assert "in training" not in screen.getvalue()


@pytest.mark.parametrize("stream", [StringIO(), Screen()])
def test_it_says_that_it_compiles_before_it_trains(stream: StringIO) -> None:
    with TrainingProgress(stream) as progress:
        progress.compiling()
    assert "compiling what is not compiled yet; once on each machine" in stream.getvalue()


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    text = shown(Screen())
    assert "\x1b" not in text
    assert len(text.splitlines()) == 1


def test_a_bar_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(Screen(), failed=True)
    assert "epoch 40 of 12,000 at most" in text
    assert re.search(r"\x1b\[[0-9;]*m", text) is None


@pytest.mark.parametrize(("variables", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True)])
def test_a_failure_says_why(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], coloured: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    text = shown(StringIO(), failed=True)
    assert "ppo/linear_chain.last/epochs=12000 failed: the loss is nan" in text
    assert ("\x1b[31m" in text) is coloured
