"""Train short runs with this Python, and compare them with the runs of other Pythons."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import torch

from repro.paths import BUILD
from repro.protocol.blocks import Block
from repro.storage.npz import digest
from repro.storage.provenance import processor, versions
from repro.training.run import run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER = BUILD / "pythons"
BLOCKS = [
    Block(algorithm, "linear_chain.training", (0, 1, 2), 40, bids=True)
    for algorithm in ("ppo", "ppof", "cvs")
]


def measured(blocks: Iterable[Block]) -> dict[str, Any]:
    """Digests of all arrays of `blocks`, with the environment that decides whether they must agree."""
    torch.set_num_threads(1)
    digests = {}
    for block in blocks:
        trained, _ = run(block, None)
        arrays = {"returns": trained.returns} | dict(trained.bids) | dict(trained.weights)
        digests[block.name] = {name: digest(array) for name, array in arrays.items()}
    return {"environment": {**versions(), "processor": processor()}, "digests": digests}


def compared(mine: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, bool]:
    """Say how two measurements agree; the flag is False if equal environments differ in bytes."""
    if mine["digests"] == other["digests"]:
        return "same bytes", True
    unlike = [
        name
        for name, value in mine["environment"].items()
        if other["environment"].get(name) != value
    ]
    if unlike:
        return f"different bytes, different {', '.join(unlike)}", True
    return "DIFFERENT BYTES IN EQUAL ENVIRONMENTS", False


def main(folder: Path = FOLDER) -> int:
    """Measure, compare and keep the measurement; returns 1 if equal environments differ."""
    mine, name = measured(BLOCKS), "{}.{}".format(*sys.version_info)
    others = {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(mine, indent=1) + "\n", encoding="utf-8")
    agree = True
    for other, measurement in sorted(others.items()):
        text, fine = compared(mine, measurement)
        sys.stdout.write(f"Python {name} and {other}: {text}\n")
        agree = agree and fine
    return int(not agree)


if __name__ == "__main__":
    sys.exit(main())
