"""The record of some of a block's seeds is what training these alone gives."""

from __future__ import annotations

import numpy as np
import pytest

from repro.protocol.blocks import Block, pretraining, transfer
from repro.records.record import Record
from repro.statistics import epochs_to_convergence
from repro.training.run import run
from tests.support.shipping import record

SMALL = (("minibatch", 64), ("steps", 128))


def trained(block: Block) -> Record:
    found, times = run(block, None)
    return Record(
        block, found.returns, times, found.bids, found.final_bids, found.weights, provenance={}
    )


@pytest.mark.parametrize("algorithm", ["ppo", "cvs"])
def test_a_part_is_what_training_its_seeds_alone_gives(algorithm: str) -> None:
    block = Block(algorithm, "linear_chain.last", (3, 8, 5), 4, bids=True, hyperparameters=SMALL)
    part, alone = trained(block).of_seeds((5, 3)), trained(block.with_seeds((5, 3)))
    assert part.block == alone.block
    assert part.arrays.keys() == alone.arrays.keys()
    for name, values in alone.arrays.items():
        assert part.arrays[name].dtype == values.dtype
        np.testing.assert_array_equal(part.arrays[name], values, err_msg=name)


def test_a_part_ends_with_its_last_run() -> None:
    """Runs converge at epochs 300, 100 and 200, each 30 epochs before its end."""
    whole = record(transfer("ppo", "linear_chain.last", (10, 11, 12)), [300, 100, 200])
    part = whole.of_seeds((11, 12))
    assert part.returns.shape == (2, 229)
    assert part.bids["bid"].shape[:2] == (2, 229)
    assert part.times.epochs.tolist() == [100, 200]
    again = epochs_to_convergence(part.returns)
    assert again.epochs.tolist() == [100, 200]
    assert not again.censored.any()


def test_a_block_for_other_seeds_has_parents_for_them_too() -> None:
    block = transfer("cvs", "linear_chain.last", (0, 1))
    assert block.with_seeds((4, 7)) == transfer("cvs", "linear_chain.last", (4, 7))
    first = pretraining("ppo", "linear_chain", (0, 1))
    assert first.with_seeds((4,)) == pretraining("ppo", "linear_chain", (4,))


def test_a_seed_that_was_not_run_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        record(pretraining("ppo", "linear_chain", (0, 1))).of_seeds((0, 2))


def test_a_record_is_written_in_a_line() -> None:
    block = transfer("ppo", "linear_chain.middle", (3, 4, 5, 9))
    assert repr(record(block, [100, 200, 400, 100])) == (
        "<Record ppo/linear_chain.middle: 4 runs (seeds 3-5,9), 4 converged, after 200 epochs on average>"
    )
    assert "3 converged, after at least 12,675 epochs" in repr(record(block, [100, 200, 400, 0]))
