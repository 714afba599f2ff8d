"""The training loop: its schedule, who leaves when, what is kept, and what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import algorithms, tasks
from repro.errors import TrainingError
from repro.statistics import epochs_to_convergence
from repro.training.loop import train
from repro.training.trainer import Trainer, init_weights
from tests.algorithms.reference import generators

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    from repro.training.loop import Trained

PROBLEM = "linear_chain.training"
NAMES = ("one", "two", "three")
GOOD, BAD = 0.8, 0.4


class Scripted(Trainer):
    """A trainer whose returns are given, and whose every epoch adds 1 to every parameter.

    Args:
        returns: of each run at each epoch, counted from 1.
        poison: by epoch, which parameters of which run become what.
    """

    def __init__(
        self,
        returns: Callable[[int, int], float],
        runs: int = 3,
        poison: dict[int, tuple[str, int, float]] | None = None,
    ) -> None:
        algorithm = algorithms.load("cvs")
        tables = tasks.problem(PROBLEM).merged
        weights = init_weights(algorithm, tables, generators(runs))
        super().__init__(algorithm, tables, generators(runs), weights)
        self.script, self.poison = returns, poison or {}
        self.epochs_done = 0
        self.lowered: list[int] = []
        self.alive: list[list[int]] = []

    def epoch(self, behaviour_policy: Tensor, value: Tensor) -> NDArray[np.float64]:
        """Follow the script."""
        for found, expected in zip((behaviour_policy, value), self.outputs(), strict=True):
            assert torch.equal(found, expected)
        self.epochs_done += 1
        rows = self.streams.rows.tolist()
        self.alive.append(rows)
        for stack in (self.policy, self.value):
            stack.parameters += 1
        if self.epochs_done in self.poison:
            name, run, number = self.poison[self.epochs_done]
            # The output's own bias, or that of the mean in a bid policy.
            getattr(self, name).parameters[
                rows.index(run), 4, {"policy": -2, "value": -1}[name]
            ] = number
        return np.array([self.script(run, self.epochs_done) for run in rows])

    def decay_learning_rates(self) -> None:
        """Note when."""
        self.lowered.append(self.epochs_done)


def settles(*epochs: int) -> Callable[[int, int], float]:
    """Make a script by which each run is good from its epoch on."""
    return lambda run, epoch: GOOD if epoch >= epochs[run] else BAD


def follow(
    trainer: Trainer, epochs: int, extra_epochs: int | None = 0, *, bids: bool = False
) -> Trained:
    return train(trainer, epochs=epochs, extra_epochs=extra_epochs, record_bids=bids, run_ids=NAMES)


def test_a_rate_is_lowered_after_epoch_600_and_every_100_from_there() -> None:
    trainer = Scripted(settles(9999), runs=1)
    train(trainer, epochs=1050, run_ids=("one",))
    assert trainer.lowered == [600, 700, 800, 900, 1000]


@pytest.mark.parametrize("extra_epochs", [0, 7])
def test_a_run_leaves_so_long_after_its_thirty_epochs_are_in(extra_epochs: int) -> None:
    # Good from epochs 5, 21 and 1 on: windows are full in epochs 34, 50 and 30.
    trainer = Scripted(settles(5, 21, 1))
    start = trainer.weights()
    told: list[tuple[int, int]] = []
    trained = train(
        trainer,
        epochs=200,
        extra_epochs=extra_epochs,
        run_ids=NAMES,
        on_epoch=lambda epoch, left: told.append((epoch, left)),
    )
    last = [34 + extra_epochs, 50 + extra_epochs, 30 + extra_epochs]
    assert trained.returns.shape == (3, 50 + extra_epochs)
    for run in range(3):
        expected = [GOOD if e >= (5, 21, 1)[run] else BAD for e in range(1, last[run] + 1)]
        assert trained.returns[run, : last[run]].tolist() == expected
        assert np.isnan(trained.returns[run, last[run] :]).all()
        # The weights are those after the run's own last epoch.
        for kind, weights in trained.weights.items():
            np.testing.assert_allclose(weights[run], start[kind][run] + last[run], rtol=1e-5)
    assert trainer.epochs_done == 50 + extra_epochs
    left = [sum(epoch < leaves for leaves in last) for epoch in range(1, 51 + extra_epochs)]
    assert told == list(enumerate(left, start=1))


def test_a_run_that_falters_after_its_window_leaves_all_the_same() -> None:
    trainer = Scripted(lambda _run, epoch: BAD if epoch == 33 else GOOD)
    assert follow(trainer, 200, extra_epochs=10).returns.shape == (3, 40)


def test_a_second_window_keeps_no_run_longer() -> None:
    # The first is full in epoch 30, the second in 63.
    trainer = Scripted(lambda _run, epoch: BAD if epoch == 33 else GOOD)
    assert follow(trainer, 200, extra_epochs=50).returns.shape == (3, 80)


def test_a_stay_ends_at_the_cap() -> None:
    assert follow(Scripted(settles(1, 1, 3)), 36, extra_epochs=10).returns.shape == (3, 36)


def test_a_window_with_a_gap_does_not_count() -> None:
    # The gap in epoch 20 makes the window open in 21 and be full in 50.
    trainer = Scripted(lambda _run, epoch: BAD if epoch == 20 else GOOD)
    assert follow(trainer, 200).returns.shape == (3, 50)


def test_near_the_optimum_is_a_hundredth() -> None:
    edge, beyond = Scripted(lambda _run, _epoch: 0.79), Scripted(lambda _run, _epoch: 0.7899)
    assert follow(edge, 40).returns.shape == (3, 30)
    assert follow(beyond, 40).returns.shape == (3, 40)


@pytest.mark.parametrize("seed", range(5))
def test_a_run_leaves_by_the_epochs_that_it_took_to_converge(seed: int) -> None:
    """Stretches of good and bad epochs, of lengths around the window's, for three runs at once."""
    rng = np.random.default_rng(seed)
    stretches = np.tile([GOOD, BAD], 10)
    rows = [np.repeat(stretches, rng.integers(1, 45, 20))[:150].tolist() for _ in range(3)]
    trained = follow(Scripted(lambda run, epoch: rows[run][epoch - 1]), 150, extra_epochs=4)
    times = epochs_to_convergence(rows)
    for run in range(3):
        last = 150 if times.censored[run] else min(times.epochs[run] + 29 + 4, 150)
        assert np.isfinite(trained.returns[run]).sum() == last
    assert epochs_to_convergence(trained.returns).epochs.tolist() == times.epochs.tolist()


def test_at_the_cap_everything_is_kept() -> None:
    trainer = Scripted(settles(1, 999, 999))
    start = trainer.weights()["policy"]
    trained = follow(trainer, 45)
    assert np.isnan(trained.returns).sum() == 15
    for run, last in enumerate((30, 45, 45)):
        np.testing.assert_allclose(trained.weights["policy"][run], start[run] + last, rtol=1e-5)


def test_no_run_leaves_pretraining() -> None:
    trainer = Scripted(settles(1, 1, 1))
    trained = follow(trainer, 75, extra_epochs=None)
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


def test_the_last_bids_are_those_after_each_runs_own_last_epoch() -> None:
    # Runs leave after epochs 30 and 32, and one is there at the cap.
    trainer = Scripted(settles(1, 3, 999))
    trained = follow(trainer, 40)
    assert set(trained.final_bids) == {"bid"}
    for run, last in enumerate((30, 32, 40)):
        # The output's weights and biases have grown by 1 an epoch, its units with them.
        again = Scripted(settles(9999))
        for stack in (again.policy, again.value):
            stack.parameters += last
        bids = again.algorithm.bids(again.outputs()[0])["bid"][run]
        np.testing.assert_allclose(trained.final_bids["bid"][run], bids, rtol=1e-5)
        parameters = again.weights()["policy"][run]
        np.testing.assert_allclose(trained.weights["policy"][run], parameters, rtol=1e-5)


def test_a_run_that_leaves_leaves_no_trace_in_the_others() -> None:
    """Each run's numbers stay its own when the rows of the others move up."""
    trainer = Scripted(settles(1, 5, 3))
    value = trainer.weights()["value"]
    trained = follow(trainer, 100, bids=True)
    assert trainer.alive == [[0, 1, 2]] * 30 + [[1, 2]] * 2 + [[1]] * 2
    for run, last in enumerate((30, 34, 32)):
        np.testing.assert_allclose(trained.weights["value"][run], value[run] + last, rtol=1e-5)
        assert np.isfinite(trained.returns[run]).sum() == last
        assert np.isfinite(trained.bids["bid"][run]).all((-2, -1)).sum() == last


@pytest.mark.parametrize(
    ("poison", "place"),
    [
        (("policy", 2, np.nan), r"policy\[network, state, output\] is, at \[4, 0, 0\], nan"),
        (("value", 2, np.inf), r"value\[learner, state\] is, at \[4, 0\], inf"),
        (("value", 1, -np.inf), r"value\[learner, state\] is, at \[4, 0\], -inf"),
    ],
)
def test_the_error_names_run_epoch_and_tensor(poison: tuple[str, int, float], place: str) -> None:
    # Run "one" has left after epoch 30, so that the second of those left is "three".
    trainer = Scripted(settles(1, 99, 99), poison={33: poison})
    with pytest.raises(TrainingError, match=rf"^run {NAMES[poison[1]]}, after epoch 33: {place}; "):
        follow(trainer, 40)
    assert trainer.epochs_done == 33


def test_what_is_no_number_before_the_first_epoch_is_told_before_it() -> None:
    trainer = Scripted(settles(99, 99, 99))
    trainer.value.parameters[1, 0, -1] = np.nan
    with pytest.raises(TrainingError, match=r"^run two, after epoch 0: value"):
        follow(trainer, 4)
    assert trainer.epochs_done == 0


def test_what_is_no_number_after_the_last_epoch_is_told() -> None:
    trainer = Scripted(settles(99, 99, 99), poison={4: ("value", 0, np.nan)})
    with pytest.raises(TrainingError, match=r"^run one, after epoch 4: value"):
        follow(trainer, 4)


def test_outputs_that_are_large_are_numbers_still() -> None:
    # Thirty numbers whose sum is beyond single precision.
    trainer = Scripted(settles(99, 99, 99), poison={3: ("value", 1, 3e38)})
    assert follow(trainer, 4).returns.shape == (3, 4)
