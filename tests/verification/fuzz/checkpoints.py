"""Damaged checkpoints and progress files: training continues from what was saved, or starts again."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from repro.execution.status import Progress, read_progress, write_progress
from repro.records.store import Store
from repro.storage.npz import digest
from repro.training import checkpoint
from tests.support.messages import warnings_logged
from tests.verification.fuzz.bounds import ViolationError, one_error
from tests.verification.fuzz.oddities import Made, broken
from tests.verification.fuzz.records import blocks
from tests.verification.fuzz.running import Property

STATE = {"epoch": np.array(3), "weights": np.linspace(0, 1, 40).reshape(2, 20)}


@functools.cache
def _saved() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        checkpoint.save(Path(name) / "c", STATE)
        return (Path(name) / "c").read_bytes()


@st.composite
def checkpoints(draw: st.DrawFn) -> Made:
    """A damaged checkpoint."""
    return draw(broken(_saved()))


def check_checkpoint(given: Made) -> str:
    """A checkpoint is the saved state, or is refused with a message; the same for the progress file."""
    path = Path("a.checkpoint")
    content = given.what
    path.write_bytes(content)
    with warnings_logged() as lines:
        state = checkpoint.load(path)
    store = Store(Path())
    write_progress(store, blocks()[0], Progress(1, 2, 3))
    store.path(blocks()[0], "progress").write_bytes(content[:40])
    read_progress(store, blocks()[0])
    if state is None:
        (line,) = lines
        return one_error(line)
    if {n: digest(v) for n, v in state.items()} != {n: digest(v) for n, v in STATE.items()}:
        raise ViolationError("a checkpoint is not what was saved")
    return ""


def all_of(kind: str = "records") -> list[Property]:
    """Return the property of this kind for checkpoints."""
    return [Property(kind, "checkpoint", checkpoints, check_checkpoint, 300, 10)]
