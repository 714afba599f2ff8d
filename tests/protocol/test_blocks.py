"""Blocks: the protocol's numbers, and training from a block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.errors import TrainingError, UserError
from repro.protocol.blocks import Block, pretraining, transfer
from repro.training import loop
from repro.training.run import run

if TYPE_CHECKING:
    from pathlib import Path

SMALL = (("minibatch", 64), ("steps", 256))


def test_the_protocols_numbers() -> None:
    parent = Block("cvs", "linear_chain.training", (0, 1), epochs=2450)
    assert pretraining("cvs", "linear_chain", (0, 1)) == parent
    assert transfer("cvs", "linear_chain.last", (0, 1)) == Block(
        "cvs",
        "linear_chain.last",
        (0, 1),
        epochs=50_000,
        extra_epochs=300,
        bids=True,
        parent=parent,
    )
    assert transfer("cvs", "linear_chain.first", (0, 1)) == Block(
        "cvs", "linear_chain.first", (0, 1), epochs=50_000, extra_epochs=0, parent=parent
    )


def test_names_have_the_changed_hyperparameters() -> None:
    assert transfer("ppo", "linear_chain.last", (0,)).name == "ppo/linear_chain.last"
    slow = Block("ppo", "linear_chain.training", (0,), 9, hyperparameters=(("policy_lr", 4e-6),))
    assert slow.name == "ppo/linear_chain.training/policy_lr=4e-06"


@pytest.mark.parametrize("algorithm", ["ppo", "ppof", "cvs"])
def test_transfer_starts_from_the_parents_weights(algorithm: str) -> None:
    first, times = run(
        Block(algorithm, "linear_chain.training", (3, 4), 2, hyperparameters=SMALL), parent=None
    )
    assert times.censored.all()
    block = Block(algorithm, "linear_chain.last", (3, 4), 2, bids=True, hyperparameters=SMALL)
    pretrained, _ = run(block, first.weights)
    initial, _ = run(block, None)
    assert pretrained.bids["bid"].shape == (2, 2, 5, 6)
    # The bids of epoch 1 are those of the initial weights.
    again, _ = run(block, first.weights)
    np.testing.assert_array_equal(pretrained.bids["bid"], again.bids["bid"])
    assert not np.array_equal(pretrained.bids["bid"][:, 0], initial.bids["bid"][:, 0])


def test_the_error_for_a_nan_names_run_epoch_and_tensor() -> None:
    block = Block(
        "ppo",
        "linear_chain.training",
        (7,),
        3,
        hyperparameters=(*SMALL, ("value_lr", float("inf"))),
    )
    named = r"^run ppo/linear_chain.training/\S*, seed 7, after epoch 1: value\[learner, state\] is"
    with pytest.raises(TrainingError, match=named):
        run(block, None)


@pytest.mark.parametrize(("seeds", "epochs"), [((), 3), ((1, 1), 3), ((-1, 2), 3), ((1, 2), 0)])
def test_a_block_that_cannot_be_run_is_refused(seeds: tuple[int, ...], epochs: int) -> None:
    with pytest.raises(UserError, match=r"ppo/linear_chain.training: .*expected"):
        Block("ppo", "linear_chain.training", seeds, epochs)


def test_returns_and_bids_end_with_the_last_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "is_near", lambda returns, _best: np.ones(len(returns), bool))
    block = Block(
        "ppo",
        "linear_chain.last",
        (1, 2),
        60,
        extra_epochs=2,
        bids=True,
        hyperparameters=(*SMALL, ("hidden", 2)),
    )
    trained, _ = run(block, None)
    assert trained.returns.shape == (2, 32)
    assert trained.bids["bid"].shape == trained.bids["logit"].shape == (2, 32, 5, 6)
    assert np.isfinite(trained.bids["logit"][:, :, :3]).all()


def test_a_block_continues_from_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes and times are the same, also for a block that starts from its parent's weights."""
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)
    parent, _ = run(
        Block("cvs", "linear_chain.training", (3, 4), 1, hyperparameters=SMALL), parent=None
    )
    block = Block(
        "cvs", "linear_chain.last", (3, 4), 5, extra_epochs=0, bids=True, hyperparameters=SMALL
    )
    whole, times = run(block, parent.weights)

    class Interrupted(Exception):  # noqa: N818 - not an error
        pass

    def stop(epoch: int, runs: int) -> None:
        assert runs == 2
        if epoch == 4:
            raise Interrupted

    path, epochs = tmp_path / "checkpoint", list[int]()
    with pytest.raises(Interrupted):
        run(block, parent.weights, stop, checkpoint=path)
    found, again = run(
        block, parent.weights, lambda epoch, _: epochs.append(epoch), checkpoint=path
    )
    assert epochs == [4, 5]
    assert found.returns.tobytes() == whole.returns.tobytes()
    assert found.bids["bid"].tobytes() == whole.bids["bid"].tobytes()
    for kind, weights in whole.weights.items():
        assert found.weights[kind].tobytes() == weights.tobytes()
    np.testing.assert_array_equal(again.epochs, times.epochs)
    # The caller removes the file.
    assert path.exists()
