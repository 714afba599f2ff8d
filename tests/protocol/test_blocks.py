"""Blocks: the protocol's numbers, and training from a block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    parent = Block("cvs", "linear_chain.training", (0, 1), epochs=2450, keep=(400, 950, 1500))
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
    assert slow.name == "ppo/linear_chain.training/policy_lr=4e-06/epochs=9"


def training(algorithm: str = "cvs", **hyperparameters: float) -> Block:
    return pretraining(algorithm, "linear_chain", (0, 1), hyperparameters=hyperparameters)


LAST = Block("cvs", "linear_chain.last", (0, 1), 1250, parent=training())
NAMES = {
    "cvs/linear_chain.last": transfer("cvs", "linear_chain.last", (0, 1)),
    "cvs/linear_chain.last/from=950": transfer("cvs", "linear_chain.last", (0, 1), from_epoch=950),
    "cvs/linear_chain.last/from=950/hidden=8/minibatch=128": transfer(
        "cvs",
        "linear_chain.last",
        (0, 1),
        from_epoch=950,
        hyperparameters={"minibatch": 128, "hidden": 8},
    ),
    "cvs/linear_chain.last/from=default/minibatch=128": transfer(
        "cvs",
        "linear_chain.last",
        (0, 1),
        hyperparameters={"minibatch": 128},
        parent=training(),
    ),
    "cvs/linear_chain.last/from=400,minibatch=128": transfer(
        "cvs", "linear_chain.last", (0, 1), from_epoch=400, parent=training(minibatch=128)
    ),
    "cvs/linear_chain.last/from=vickrey_society/scale_concentrations=2": transfer(
        "cvs",
        "linear_chain.last",
        (0, 1),
        parent=training("vickrey_society"),
        changes={"scale_concentrations": 2},
    ),
    "cvs/linear_chain.last/epochs=1250": LAST,
    "cvs/linear_chain.training/from=linear_chain.last,1250": Block(
        "cvs", "linear_chain.training", (0, 1), 50_000, extra_epochs=0, parent=LAST
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_what_is_not_the_protocols(name: str) -> None:
    assert NAMES[name].name == name


def test_the_last_epoch_of_a_parent_is_its_end() -> None:
    at_the_end = transfer("cvs", "linear_chain.last", (0, 1), from_epoch=2450)
    assert at_the_end == transfer("cvs", "linear_chain.last", (0, 1))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            {"keep": (3, 2)},
            r"keeps weights after epochs 3, 2; expected increasing numbers from 1 to 9",
        ),
        ({"keep": (2, 2)}, r"keeps weights after epochs 2, 2; expected increasing"),
        ({"keep": (0, 2)}, r"keeps weights after epochs 0, 2; expected increasing"),
        ({"keep": (10,)}, r"keeps weights after epochs 10; expected increasing"),
        (
            {"keep": (2,), "extra_epochs": 0},
            r"after epochs 2, but its runs stop .* extra_epochs=None",
        ),
        ({"from_epoch": 3}, r"given from_epoch or changes, .* but no parent"),
        ({"changes": (("scale_logits", 0.5),)}, r"given from_epoch or changes, .* but no parent"),
        (
            {"parent": training(), "from_epoch": 100},
            (
                r"from epoch 100 of cvs/linear_chain.training, which keeps the weights of 400, 950, 1500 and "
                r"of its last epoch; give a parent with keep=\(100,\)"
            ),
        ),
        ({"parent": training(), "seeds": (0, 2)}, r"seeds \(0, 2\), but its parent has \(0, 1\)"),
    ],
)
def test_a_start_that_does_not_exist_is_refused(words: dict[str, Any], says: str) -> None:
    given: dict[str, Any] = {"seeds": (0, 1), "epochs": 9, **words}
    with pytest.raises(UserError, match=says):
        Block("cvs", "linear_chain.last", **given)


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
    with pytest.raises(UserError, match=r"ppo/linear_chain.training/epochs=\d: .*expected"):
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
