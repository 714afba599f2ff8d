"""Folders in which a test runs commands, filled with synthetic records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from repro.plugin import record_supply
from repro.protocol.blocks import Block, transfer, with_parents
from repro.protocol.tiers import PAPER
from repro.records.shipping import ship
from repro.records.store import Store
from tests.support.shipping import CLEAN, record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from repro.figures import Picture

SEEDS = PAPER.seeds
DIRECTION = "--claim=transfer.headline_direction"
THEORY = "--claim=theory.criterion"
# Epoch in which the first seed converges; each further seed converges one epoch later.
FIRST = {"cvs": 60, "ppof": 400, "ppo": 720}


def arms(seeds: tuple[int, ...] = SEEDS) -> list[Block]:
    """Return the blocks that the claim of `DIRECTION` compares."""
    return [transfer(algorithm, "linear_chain.last", seeds) for algorithm in FIRST]


def fill(folder: Path, blocks: Sequence[Block], **changes: object) -> Store:
    """Save a synthetic record of each block; `changes` are fields of its provenance."""
    store = Store(folder)
    for block in blocks:
        made = record(block, min(FIRST.get(block.algorithm, FIRST["cvs"]), block.epochs - 40))
        store.save(made, {**CLEAN, **changes})
    return store


class Place:
    """Names of the folders of one test, which do not exist yet, and the options for them."""

    def __init__(self, folder: Path) -> None:
        self.store, self.shipped, self.out = (folder / n for n in ("store", "shipped", "out"))
        self.words = [f"--{n}={folder / n}" for n in ("store", "shipped", "out")]

    def report(self) -> dict[str, Any]:
        """Return the content of claims.json."""
        body: dict[str, Any] = json.loads((self.out / "claims.json").read_text())
        return body

    def everywhere(self, printed: str) -> list[str]:
        """Return every text in which a run is described: printed, on the page and in the JSON."""
        page = (self.out / "index.html").read_text()
        return [printed, page, (self.out / "claims.json").read_text()]


def skip_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip what takes most of the time and has its own tests: figures, and a pytest plugin."""

    def render(_picture: Picture) -> tuple[bytes, bytes]:
        return b"<svg/>", b""

    monkeypatch.setattr("repro.figures.render", render)
    monkeypatch.setattr("repro.plugin.report_sections.problem_pictures", list)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:unraisableexception")


def replace_training(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace training by synthetic records; return a list that receives its arguments."""
    asked: list[dict[str, Any]] = []

    def run_blocks(blocks: Sequence[Block], store: Store, **words: Any) -> dict[Block, object]:  # noqa: ANN401 - passed on
        asked.append({"blocks": list(blocks), **words})
        fill(store.folder, with_parents(blocks))
        return {block: store.load(block) for block in with_parents(blocks)}

    monkeypatch.setattr(record_supply, "run_blocks", run_blocks)
    return asked


def shipped(place: Place, **changes: object) -> None:
    """Ship synthetic runs of one claim, made in another store."""
    blocks = with_parents(arms())
    store = fill(place.shipped.parent / "other", blocks, **changes)
    records = [store.load(block) for block in blocks]
    ship([one for one in records if one is not None], place.shipped)
