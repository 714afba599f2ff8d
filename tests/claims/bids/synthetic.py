"""Synthetic records of bids, and claims judged on them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from repro.plugin.declaration import declare
from repro.plugin.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from repro.protocol import Block
    from repro.verdicts import ClaimResult

    Bids = NDArray[np.float32]

EPOCHS, SEEDS = 60, tuple(range(10))
A, B, C, D = range(4)
FIRST, SECOND, LAST = range(3)
LOW, HIGH = 0.125, 0.75


def steady() -> Bids:
    """Make constant bids [10, 60, 5, 6]: A, B and C are the highest at their states."""
    bids = np.full((len(SEEDS), EPOCHS, 5, 6), LOW, np.float32)
    for state, action in ((FIRST, A), (SECOND, B), (LAST, C)):
        bids[:, :, state, action] = HIGH
    return bids


def moving(pace: int) -> Bids:
    """Make bids in which C switches to D, and A and B fall by half and recover.

    Both happen in epochs `pace` + 0 to 9, in another one for each run.
    """
    bids = steady()
    for run in SEEDS:
        then = pace + 3 * run % 10 - 1
        bids[run, then:, LAST, C], bids[run, then:, LAST, D] = LOW, HIGH
        bids[run, 1:then, FIRST, A] = bids[run, 1:then, SECOND, B] = HIGH / 2
    return bids


def judged(test: Callable[..., None], bids: Mapping[str, Bids]) -> ClaimResult:
    """Judge a claim on these bids of each algorithm; PPO has PPOF's bids if none are given."""

    def runs(block: Block) -> Any:  # noqa: ANN401 - any object with these fields is a record here
        own = bids.get(block.algorithm, bids["ppof"])
        logits = {} if block.algorithm == "cvs" else {"logit": 10 * own}
        return SimpleNamespace(block=block, bids={"bid": own, **logits})

    return judged_on(test, runs, len(bids["cvs"]))


def judged_on(test: Callable[..., None], runs: Callable[[Block], Any], seeds: int) -> ClaimResult:
    """Judge a claim on these records."""
    (marker,) = [mark for mark in vars(test)["pytestmark"] if mark.name == "claim"]
    record = Recorder(declare("here", marker.kwargs))
    test(record, runs, tuple(range(seeds)))
    return record.result(0.0)


def figures_of(result: ClaimResult) -> dict[str, tuple[float | None, float | None, str | None]]:
    """Return a claim's details by label: value, upper end, verdict."""
    return {one.label: (one.value, one.high, one.verdict) for one in result.details}
