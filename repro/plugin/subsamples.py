"""A claim judged again on ten seeds at a time, as many as the paper has.

All seeds together decide the claim's verdict. On ten seeds, intervals are wider and verdicts differ by
chance; the report shows by how much.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, cast

from repro.plugin.recorder import Recorder
from repro.protocol.tiers import PAPER_RUNS, written
from repro.verdicts import Subsample

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from repro.plugin.declaration import Declaration
    from repro.protocol.blocks import Block
    from repro.records.record import Record

FEWEST = 2
"""Of fewer groups of ten, the only one is nearly the whole sample."""


def tens(seeds: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Split seeds into groups of ten, in order; the rest is left out. Empty if there is one group only.

    >>> [f"{group[0]} to {group[-1]}" for group in tens(tuple(range(10, 40)))]
    ['10 to 19', '20 to 29', '30 to 39']
    """
    starts = range(0, len(seeds) - PAPER_RUNS + 1, PAPER_RUNS)
    return [seeds[i : i + PAPER_RUNS] for i in starts] if len(starts) >= FEWEST else []


def judge_by_tens(
    item: pytest.Function, claim: Declaration, seeds: tuple[int, ...]
) -> tuple[Subsample, ...]:
    """Judge a claim again on each group of ten seeds, by calling its function with their runs.

    Args:
        item: the claim's test, set up; its fixture `runs` has the records of all seeds.
        claim: its declaration.
        seeds: the seeds of the session.

    Returns:
        The outcomes; none if the claim needs no runs, takes only some of the seeds, or there are too few.

    Raises:
        Exception: whatever the claim raises.
    """
    judge = cast("Callable[..., None]", item.obj)
    find_whole = cast("Callable[[Block], Record]", item.funcargs.get("runs"))
    blocks = claim.blocks(seeds)
    # A claim that takes only some of the seeds has no runs of the others to be judged on.
    whole = bool(blocks) and all(block.seeds == seeds for block in blocks)
    outcomes = []
    for group in tens(seeds) if whole else ():
        recorder = Recorder(claim)

        def find(block: Block, group: tuple[int, ...] = group) -> Record:
            return find_whole(block.with_seeds(seeds)).of_seeds(group)

        given = {**item.funcargs, "record": recorder, "runs": find, "seeds": group}
        judge(**{name: given[name] for name in inspect.signature(judge).parameters})
        found = recorder.result(0.0)
        outcomes.append(
            Subsample(
                written(group), found.verdict, found.measured, found.n, found.censored, found.runs
            )
        )
    return tuple(outcomes)
