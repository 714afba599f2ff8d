"""Two measurements of the same runs: the same bytes, or an environment that explains why not."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from tests.verification.pythons.__main__ import BLOCKS, compared, measured


def test_runs_are_compared_byte_for_byte() -> None:
    (block,) = [replace(block, epochs=1, seeds=(0,)) for block in BLOCKS if "ppof" in block.name]
    mine = measured([block])
    assert mine["digests"][block.name].keys() >= {"returns", "bid", "policy", "value"}
    assert compared(mine, measured([block])) == ("same bytes", True)

    other = measured([replace(block, seeds=(1,))])
    assert compared(mine, other) == ("DIFFERENT BYTES IN EQUAL ENVIRONMENTS", False)

    elsewhere = deepcopy(other)
    elsewhere["environment"]["numba"] = "0.0"
    assert compared(mine, elsewhere) == ("different bytes, different numba", True)
