"""The training loop: its schedule, who leaves when, what is kept, and what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import algorithms, tasks
from repro.errors import TrainingError
from repro.train import Trainer, fresh_weights, train
from tests.algorithms.reference import generators, make_trainer, rough_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from repro.algorithms.base import Samples
    from repro.train import Trained

PROBLEM = "linear_chain.training"
SMALL = {"steps": 256, "minibatch": 64}
NAMES = ("one", "two", "three")
GOOD, BAD = 0.8, 0.4


class Scripted(Trainer):
    """A trainer whose returns are given, and whose every epoch adds 1 to every parameter.

    Args:
        returns: of each run at each epoch, counted from 1.
        poison: by epoch, a loss, the minibatch, run and learner (or fewer) and what to put there.
    """

    def __init__(  # noqa: D107 - the class says it
        self,
        returns: Callable[[int, int], float],
        runs: int = 3,
        poison: dict[int, tuple[str, tuple[int, ...], float]] | None = None,
    ) -> None:
        algorithm = algorithms.load("cvs")
        tables = tasks.problem(PROBLEM).merged
        weights = fresh_weights(algorithm, tables, generators(runs))
        super().__init__(algorithm, tables, generators(runs), weights)
        self.script, self.poison = returns, poison or {}
        self.epochs_done = 0
        self.lowered: list[int] = []
        self.alive: list[list[int]] = []
        # So that there is an optimiser's state to keep.
        for stack in (self.policy, self.value):
            stack.descend((stack.parameters * 0).sum(-1))

    def epoch(self) -> tuple[NDArray[np.float64], Samples]:
        """Follow the script."""
        self.epochs_done += 1
        rows = self.streams.rows.tolist()
        self.alive.append(rows)
        with torch.no_grad():
            for stack in (self.policy, self.value):
                stack.parameters += 1
        losses = {name: torch.zeros(4, len(rows), 6) for name in ("policy loss", "value loss")}
        if self.epochs_done in self.poison:
            name, place, value = self.poison[self.epochs_done]
            losses[name][place] = value
        return np.array([self.script(run, self.epochs_done) for run in rows]), losses

    def lower_rates(self) -> None:
        """Note when."""
        self.lowered.append(self.epochs_done)


def settles(*epochs: int) -> Callable[[int, int], float]:
    """Make a script by which each run is good from its epoch on."""
    return lambda run, epoch: GOOD if epoch >= epochs[run] else BAD


def follow(trainer: Trainer, epochs: int, stay: int | None = 0, *, bids: bool = False) -> Trained:
    return train(trainer, epochs=epochs, stay=stay, watch_bids=bids, run_ids=NAMES)


def test_a_rate_is_lowered_after_epoch_600_and_every_100_from_there() -> None:
    trainer = Scripted(settles(9999), runs=1)
    train(trainer, epochs=1050, run_ids=("one",))
    assert trainer.lowered == [600, 700, 800, 900, 1000]


def test_both_rates_are_lowered_by_the_factor() -> None:
    trainer = make_trainer("ppo", PROBLEM, rough_weights("ppo", PROBLEM), decay=0.25)
    stacks = (trainer.policy, trainer.value)

    def steps() -> list[float]:
        # A gradient that stays the same makes each of Adam's steps the learning rate.
        before = [stack.values() for stack in stacks]
        for stack in stacks:
            stack.descend((stack.parameters * torch.full(stack.parameters.shape, 2.0)).sum(-1))
        return [float((b - s.values()).mean()) for b, s in zip(before, stacks, strict=True)]

    np.testing.assert_allclose(steps(), [4e-5, 5e-3], rtol=1e-2)
    trainer.lower_rates()
    np.testing.assert_allclose(steps(), [1e-5, 1.25e-3], rtol=1e-2)


@pytest.mark.parametrize("stay", [0, 7])
def test_a_run_leaves_so_long_after_its_thirty_epochs_are_in(stay: int) -> None:
    # Good from epochs 5, 21 and 1 on: windows are full in epochs 34, 50 and 30.
    trainer = Scripted(settles(5, 21, 1))
    start = {"policy": trainer.policy.values(), "value": trainer.value.values()}
    told: list[tuple[int, int]] = []
    trained = train(
        trainer,
        epochs=200,
        stay=stay,
        run_ids=NAMES,
        on_epoch=lambda epoch, left: told.append((epoch, left)),
    )
    last = [34 + stay, 50 + stay, 30 + stay]
    assert trained.returns.shape == (3, 50 + stay)
    for run in range(3):
        expected = [GOOD if e >= (5, 21, 1)[run] else BAD for e in range(1, last[run] + 1)]
        assert trained.returns[run, : last[run]].tolist() == expected
        assert np.isnan(trained.returns[run, last[run] :]).all()
        # The weights are those after the run's own last epoch.
        for kind, weights in trained.weights.items():
            np.testing.assert_allclose(weights[run], start[kind][run] + last[run], rtol=1e-5)
    assert trainer.epochs_done == 50 + stay
    left = [sum(epoch < leaves for leaves in last) for epoch in range(1, 51 + stay)]
    assert told == list(enumerate(left, start=1))


def test_a_run_that_falters_after_its_window_leaves_all_the_same() -> None:
    trainer = Scripted(lambda _run, epoch: BAD if epoch == 33 else GOOD)
    assert follow(trainer, 200, stay=10).returns.shape == (3, 40)


def test_a_window_with_a_gap_does_not_count() -> None:
    # The gap in epoch 20 makes the window open in 21 and be full in 50.
    trainer = Scripted(lambda _run, epoch: BAD if epoch == 20 else GOOD)
    assert follow(trainer, 200).returns.shape == (3, 50)


def test_near_the_optimum_is_a_hundredth() -> None:
    edge, beyond = Scripted(lambda _run, _epoch: 0.79), Scripted(lambda _run, _epoch: 0.7899)
    assert follow(edge, 40).returns.shape == (3, 30)
    assert follow(beyond, 40).returns.shape == (3, 40)


def test_at_the_cap_everything_is_kept() -> None:
    trainer = Scripted(settles(1, 999, 999))
    start = trainer.policy.values()
    trained = follow(trainer, 45)
    assert np.isnan(trained.returns).sum() == 15
    for run, last in enumerate((30, 45, 45)):
        np.testing.assert_allclose(trained.weights["policy"][run], start[run] + last, rtol=1e-5)


def test_no_run_leaves_pretraining() -> None:
    trainer = Scripted(settles(1, 1, 1))
    trained = follow(trainer, 75, stay=None)
    assert trained.returns.tolist() == [[GOOD] * 75] * 3
    assert trainer.alive == [[0, 1, 2]] * 75
    assert trained.bids == {}


def test_bids_are_those_before_each_epochs_update() -> None:
    trainer = Scripted(settles(1, 3, 999))
    trained = follow(trainer, 40, bids=True)
    assert set(trained.bids) == {"bid"}
    bids = trained.bids["bid"]
    assert bids.shape == (3, 40, 5, 6)
    np.testing.assert_array_equal(bids[:, 0], np.full((3, 5, 6), 0.5, np.float32))
    assert (bids[:, 1] != 0.5).all()
    for run, last in enumerate((30, 32, 40)):
        assert np.isfinite(bids[run, :last]).all()
        assert np.isnan(bids[run, last:]).all()


@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_the_bids_recorded_are_the_algorithms(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    trainer = make_trainer(name, PROBLEM, weights, **SMALL)
    first = trainer.algorithm.bids(trainer.outputs()[0])
    trained = train(trainer, epochs=3, watch_bids=True, run_ids=NAMES[:2])
    assert set(trained.bids) == set(first)
    for key, bids in trained.bids.items():
        np.testing.assert_array_equal(bids[:, 0], first[key])
        assert (bids[:, 1:] != bids[:, :-1]).any(axis=(0, 2, 3)).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_the_error_names_run_epoch_and_tensor(bad: float) -> None:
    # Run "one" has left after epoch 30, so that the second of those left is "three".
    trainer = Scripted(settles(1, 99, 99), poison={33: ("value loss", (2, 1, 4), bad)})
    with pytest.raises(
        TrainingError,
        match=rf"^run three, epoch 33: value loss\[minibatch, learner\] is, at \[2, 4\], {bad}; ",
    ):
        follow(trainer, 40)


def test_losses_that_are_large_are_numbers_still() -> None:
    # Six numbers whose sum is beyond single precision.
    trainer = Scripted(settles(99, 99, 99), poison={3: ("value loss", (2, 1), 3e38)})
    assert follow(trainer, 4).returns.shape == (3, 4)
