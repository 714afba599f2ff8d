"""The contents of a store after a kill, and whether the resumed experiment is right."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.execution.status import Outcome
from repro.records.store import Store
from repro.training import checkpoint
from tests.verification.crash.experiment import BLOCKS, CHILD, PARENT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from repro.protocol.blocks import Block

PHASES = (
    "starting, nothing written",
    "training, before the first checkpoint",
    "between checkpoints of the parent",
    "between the parent's record and the child's checkpoint",
    "between checkpoints of the child",
    "after the child's record",
)
LEAST = (3, 3, 3, 1, 3, 0)
"""Number of kills required in each phase, to conclude anything."""
UNWANTED = ("Traceback", "cannot be used", "no checkpoint at")


@dataclass(frozen=True)
class Held:
    """What a store holds of a block.

    Attributes:
        recorded: whether its record is finished.
        epoch: of its checkpoint; None without a checkpoint.
    """

    recorded: bool
    epoch: int | None


def look(folder: Path) -> dict[Block, Held]:
    """Return what the store holds of each block."""
    store, found = Store(folder), {}
    for block in BLOCKS:
        state = checkpoint.load(store.path(block, "checkpoint"))
        recorded = store.path(block, "json").exists()
        found[block] = Held(recorded, None if state is None else int(state["epoch"]))
    return found


def phase(folder: Path, held: Mapping[Block, Held]) -> str:
    """Return the phase in which an experiment was killed."""
    if held[CHILD].recorded:
        return PHASES[5]
    if held[PARENT].recorded:
        return PHASES[3 if held[CHILD].epoch is None else 4]
    if held[PARENT].epoch is not None:
        return PHASES[2]
    return PHASES[1 if begun(folder) else 0]


def begun(folder: Path) -> bool:
    """Return True if a worker has started to train."""
    return any(folder.glob("*.progress"))


def payloads(folder: Path) -> dict[str, bytes]:
    """Return all payloads of a store by file name."""
    return {path.name: path.read_bytes() for path in folder.glob("*.npz")}


def faults(folder: Path, expected: Mapping[str, bytes], code: int, log: Path) -> list[str]:
    """Return what is wrong with the store of a finished experiment; empty if nothing is.

    Args:
        folder: of the store.
        expected: payloads of an uninterrupted experiment.
        code: exit code of the experiment.
        log: file with its output.
    """
    found = [f"exit code {code}"] if code else []
    there = payloads(folder)
    found += [
        f"{name} has different bytes" for name in expected if there.get(name) != expected[name]
    ]
    endings = {path.name for name in expected for path in _files(folder, name)}
    found += [f"{path.name} is left" for path in folder.iterdir() if path.name not in endings]
    found += [f"{name} is missing" for name in endings if not (folder / name).exists()]
    found += [
        f"the record of {block.name} cannot be read"
        for block in BLOCKS
        if Store(folder).load(block, set_aside=False) is None
    ]
    output = log.read_text(encoding="utf-8")
    return found + [line for line in output.splitlines() if any(word in line for word in UNWANTED)]


def _files(folder: Path, payload: str) -> tuple[Path, Path]:
    return folder / payload, (folder / payload).with_suffix(".json")


def unused(held: Mapping[Block, Held], statuses: Path) -> list[str]:
    """Return the blocks that a resumed experiment did not continue from the exact epoch.

    Args:
        held: the contents of its store when it started.
        statuses: file with the status of each block.
    """
    status_of = {one["block"]: one for one in json.loads(statuses.read_text(encoding="utf-8"))}
    found = []
    for block in BLOCKS:
        status, had = status_of[block.name], held[block]
        outcome = (
            Outcome.STORED
            if had.recorded
            else Outcome.TRAINED
            if had.epoch is None
            else Outcome.RESUMED
        )
        epochs = 0 if had.recorded else block.epochs - (had.epoch or 0)
        learned = epochs * len(block.seeds) * int(dict(block.hyperparameters)["steps"])
        was = (status["outcome"], status["transitions"], status["attempts"])
        expected = (outcome.value, learned, int(not had.recorded))
        if was != expected:
            found.append(f"{block.name}: {was}, expected {expected}")
    return found


def epochs_done(held: Mapping[Block, Held]) -> int:
    """Return the number of epochs that need not be trained again."""
    return sum(block.epochs if one.recorded else one.epoch or 0 for block, one in held.items())
