"""Synthetic runs with given mean times, and the outcome of a claim on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from repro.plugin.declaration import declare
from repro.plugin.recorder import Recorder
from repro.records.record import Record
from repro.statistics import ConvergenceTimes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repro.figures import Picture
    from repro.plugin.declaration import Declaration
    from repro.protocol import Block
    from repro.verdicts import ClaimResult, PerSeedValues

SEEDS = tuple(range(10))
# Epochs of ten runs relative to their mean; as in real runs, one is slow.
SPREAD = np.array([0.80, 0.93, 1.02, 0.88, 1.31, 0.97, 0.76, 1.10, 1.75, 0.84])


@dataclass
class World:
    """Mean epochs to convergence by algorithm and for single arms, and numbers of censored runs.

    An arm has the name of its block, as "ppo/linear_chain.last".
    """

    means: Mapping[str, float]
    arms: Mapping[str, float] = field(default_factory=dict)
    censored: Mapping[str, int] = field(default_factory=dict)

    def record(self, block: Block) -> Record:
        """Make the record of a block: every run is at the optimum from its time on."""
        name = f"{block.algorithm}/{block.problem}"
        mean = self.arms.get(block.name, self.arms.get(name, self.means[block.algorithm]))
        turn = len(name) + sum(map(ord, name))  # the slow seed differs between arms
        spread = np.resize(np.roll(SPREAD, turn), len(block.seeds))
        epochs = np.maximum(np.round(mean * spread), 1).astype(np.int64)
        cut = np.arange(len(epochs)) < self.censored.get(name, 0)
        returns = np.full((len(epochs), int(epochs.max()) + 29), np.nan)
        for row, epoch, never in zip(returns, epochs, cut, strict=True):
            row[: epoch - 1] = 0.1
            row[epoch - 1 : epoch + 29] = 0.1 if never else 0.8
        return Record(
            block=block,
            returns=returns,
            times=ConvergenceTimes(epochs, cut),
            bids={},
            final_bids={},
            weights={},
            provenance={},
        )


@dataclass
class Judged:
    """The outcome of a claim."""

    result: ClaimResult
    pictures: list[Picture]

    def control(self, words: str) -> str:
        """Return the verdict of the control whose name contains these words."""
        (found,) = (c for c in self.result.controls if words in c.what)
        return found.verdict

    def seeds(self, label: str) -> PerSeedValues:
        """Return the values of each seed of an arm."""
        (found,) = (points for points in self.result.points if points.label == label)
        return found

    def epochs(self, label: str) -> list[float]:
        """Return the values of an arm in ascending order."""
        return sorted(value for value in self.seeds(label).values if value is not None)

    def column(self, heading: str, table: int = 0) -> dict[object, object]:
        """Return a column of a table, by the cells of the first column."""
        shown = self.result.tables[table]
        place = next(i for i, head in enumerate(shown.head) if head.startswith(heading))
        return {row[0]: row[place] for row in shown.rows}


def declared(claim: Callable[..., None]) -> Declaration:
    """Return the declaration in a claim's marker."""
    (marker,) = claim.pytestmark  # type: ignore[attr-defined] # pytest's marks are
    return declare("here", marker.kwargs)


def judged(claim: Callable[..., None], world: World, seeds: tuple[int, ...] = SEEDS) -> Judged:
    """Judge a claim on synthetic runs; it can read only the blocks that it needs."""
    declaration = declared(claim)
    blocks = declaration.blocks(seeds)
    recorder = Recorder(declaration)

    def runs(block: Block) -> Record:
        assert block in blocks
        return world.record(block)

    claim(record=recorder, runs=runs, seeds=seeds)
    return Judged(recorder.result(0.0), recorder.pictures)
