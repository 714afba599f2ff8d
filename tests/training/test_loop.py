"""The training loop: its schedule, when runs stop, what is recorded, and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import algorithms, tasks
from repro.errors import TrainingError
from repro.statistics import epochs_to_convergence
from repro.training import loop
from repro.training.loop import train
from repro.training.trainer import Trainer, init_weights
from tests.algorithms.reference import generators

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from repro.algorithms import Outputs
    from repro.training.loop import Trained

PROBLEM = "linear_chain.training"
NAMES = ("one", "two", "three")
GOOD, BAD = 0.8, 0.4


class Scripted(Trainer):
    """A trainer with given returns; each epoch adds 1 to every parameter.

    Args:
        returns: of each run at each epoch, counted from 1.
        poison: by epoch: the networks, the run, and the number that replaces a parameter.
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

    def epoch(self, outputs: Outputs) -> NDArray[np.float64]:
        """Return the scripted returns."""
        for found, expected in zip(outputs[:2], self.outputs()[:2], strict=True):
            assert torch.equal(found, expected)
        self.epochs_done += 1
        rows = self.streams.rows.tolist()
        self.alive.append(rows)
        for networks in (self.policy, self.value):
            networks.parameters += 1
        if self.epochs_done in self.poison:
            name, run, number = self.poison[self.epochs_done]
            # The bias of the output; in a bid policy, that of the mean.
            getattr(self, name).parameters[
                rows.index(run), 4, {"policy": -2, "value": -1}[name]
            ] = number
        return np.array([self.script(run, self.epochs_done) for run in rows])

    def decay_learning_rates(self) -> None:
        """Record the epoch."""
        self.lowered.append(self.epochs_done)


def settles(*epochs: int) -> Callable[[int, int], float]:
    """Return a script in which each run is near the optimum from its epoch on."""
    return lambda run, epoch: GOOD if epoch >= epochs[run] else BAD


def follow(
    trainer: Trainer, epochs: int, extra_epochs: int | None = 0, *, bids: bool = False
) -> Trained:
    return train(
        trainer,
        epochs=epochs,
        extra_epochs=extra_epochs,
        bid_states=range(5) if bids else (),
        run_ids=NAMES,
    )


def test_learning_rates_decay_after_epoch_600_and_then_every_100() -> None:
    trainer = Scripted(settles(9999), runs=1)
    train(trainer, epochs=1050, run_ids=("one",))
    assert trainer.lowered == [600, 700, 800, 900, 1000]


@pytest.mark.parametrize("extra_epochs", [0, 7])
def test_a_run_stops_extra_epochs_after_its_window(extra_epochs: int) -> None:
    # Good from epochs 5, 21 and 1 on: windows are full in epochs 34, 50 and 30.
    trainer = Scripted(settles(5, 21, 1))
    start = trainer.weights()
    calls: list[tuple[int, int]] = []
    trained = train(
        trainer,
        epochs=200,
        extra_epochs=extra_epochs,
        run_ids=NAMES,
        on_epoch=lambda epoch, left: calls.append((epoch, left)),
    )
    last = [34 + extra_epochs, 50 + extra_epochs, 30 + extra_epochs]
    assert trained.returns.shape == (3, 50 + extra_epochs)
    for run in range(3):
        expected = [GOOD if e >= (5, 21, 1)[run] else BAD for e in range(1, last[run] + 1)]
        assert trained.returns[run, : last[run]].tolist() == expected
        assert np.isnan(trained.returns[run, last[run] :]).all()
        # The weights are those after the last epoch of the run.
        for kind, weights in trained.weights.items():
            np.testing.assert_allclose(weights[run], start[kind][run] + last[run], rtol=1e-5)
    assert trainer.epochs_done == 50 + extra_epochs
    left = [sum(epoch < leaves for leaves in last) for epoch in range(1, 51 + extra_epochs)]
    assert calls == list(enumerate(left, start=1))


def test_a_bad_epoch_after_the_window_does_not_matter() -> None:
    trainer = Scripted(lambda _run, epoch: BAD if epoch == 33 else GOOD)
    assert follow(trainer, 200, extra_epochs=10).returns.shape == (3, 40)


def test_a_second_window_does_not_matter() -> None:
    # The first is full in epoch 30, the second in 63.
    trainer = Scripted(lambda _run, epoch: BAD if epoch == 33 else GOOD)
    assert follow(trainer, 200, extra_epochs=50).returns.shape == (3, 80)


def test_extra_epochs_end_at_the_limit() -> None:
    assert follow(Scripted(settles(1, 1, 3)), 36, extra_epochs=10).returns.shape == (3, 36)


def test_a_window_with_a_gap_does_not_count() -> None:
    # After the gap in epoch 20, the window starts in 21 and is full in 50.
    trainer = Scripted(lambda _run, epoch: BAD if epoch == 20 else GOOD)
    assert follow(trainer, 200).returns.shape == (3, 50)


def test_near_the_optimum_means_within_a_hundredth() -> None:
    edge, beyond = Scripted(lambda _run, _epoch: 0.79), Scripted(lambda _run, _epoch: 0.7899)
    assert follow(edge, 40).returns.shape == (3, 30)
    assert follow(beyond, 40).returns.shape == (3, 40)


@pytest.mark.parametrize("seed", range(5))
def test_a_run_stops_according_to_its_time_to_convergence(seed: int) -> None:
    """Three runs with good and bad stretches about as long as the window."""
    rng = np.random.default_rng(seed)
    stretches = np.tile([GOOD, BAD], 10)
    rows = [np.repeat(stretches, rng.integers(1, 45, 20))[:150].tolist() for _ in range(3)]
    trained = follow(Scripted(lambda run, epoch: rows[run][epoch - 1]), 150, extra_epochs=4)
    times = epochs_to_convergence(rows)
    for run in range(3):
        last = 150 if times.censored[run] else min(times.epochs[run] + 29 + 4, 150)
        assert np.isfinite(trained.returns[run]).sum() == last
    assert epochs_to_convergence(trained.returns).epochs.tolist() == times.epochs.tolist()


def test_runs_that_reach_the_limit_are_complete() -> None:
    trainer = Scripted(settles(1, 999, 999))
    start = trainer.weights()["policy"]
    trained = follow(trainer, 45)
    assert np.isnan(trained.returns).sum() == 15
    for run, last in enumerate((30, 45, 45)):
        np.testing.assert_allclose(trained.weights["policy"][run], start[run] + last, rtol=1e-5)


def test_no_run_stops_early_in_pretraining() -> None:
    trainer = Scripted(settles(1, 1, 1))
    trained = follow(trainer, 75, extra_epochs=None)
    assert trained.returns.tolist() == [[GOOD] * 75] * 3
    assert trainer.alive == [[0, 1, 2]] * 75
    assert trained.bids == {}


def test_bids_are_recorded_before_each_update() -> None:
    trainer = Scripted(settles(1, 3, 999))
    trained = follow(trainer, 40, bids=True)
    assert set(trained.bids) == {"bid", "concentration"}
    bids = trained.bids["bid"]
    assert bids.shape == (3, 40, 5, 6)
    assert bids.dtype == np.float16
    np.testing.assert_array_equal(bids[:, 0], np.full((3, 5, 6), 0.5))
    assert (bids[:, 1] != 0.5).all()
    for run, last in enumerate((30, 32, 40)):
        for table in trained.bids.values():
            assert np.isfinite(table[run, :last]).all()
            assert np.isnan(table[run, last:]).all()
    # Larger numbers than a float16 can have are recorded as the largest one.
    assert trained.bids["concentration"][2, 39].max() == 65_504
    assert trained.final_bids["concentration"].max() > 2 * 65_504


def test_bids_are_recorded_at_the_given_states_only() -> None:
    whole = follow(Scripted(settles(1, 3, 999)), 40, bids=True).bids["bid"]
    trainer = Scripted(settles(1, 3, 999))
    found = train(trainer, epochs=40, extra_epochs=0, bid_states=(3, 0), run_ids=NAMES).bids["bid"]
    np.testing.assert_array_equal(found[:, :, [0, 3]], whole[:, :, [0, 3]])
    assert np.isnan(found[:, :, [1, 2, 4]]).all()


def test_more_epochs_than_there_is_room_for_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = follow(Scripted(settles(1, 3, 999)), 40, bids=True)
    for room in (1, 3, 32, 39, 40, 41):
        monkeypatch.setattr(loop, "ROOM", room)
        found = follow(Scripted(settles(1, 3, 999)), 40, bids=True)
        assert found.returns.tobytes() == expected.returns.tobytes()
        assert found.bids["bid"].tobytes() == expected.bids["bid"].tobytes()


def test_memory_does_not_grow_with_the_limit_on_epochs() -> None:
    """A run that converges early needs no room for a limit of so many epochs: 480 TB of bids."""
    trained = follow(Scripted(settles(1, 1, 1)), 10**12, bids=True)
    assert trained.returns.shape == (3, 30)


def test_final_bids_are_those_after_each_runs_last_epoch() -> None:
    # Two runs stop after epochs 30 and 32, one at the limit.
    trainer = Scripted(settles(1, 3, 999))
    trained = follow(trainer, 40)
    assert set(trained.final_bids) == {"bid", "concentration"}
    for run, last in enumerate((30, 32, 40)):
        # All parameters grow by 1 in each epoch.
        again = Scripted(settles(9999))
        for networks in (again.policy, again.value):
            networks.parameters += last
        bids = again.algorithm.bids(again.outputs()[0])["bid"][run]
        np.testing.assert_allclose(trained.final_bids["bid"][run], bids, rtol=1e-5)
        parameters = again.weights()["policy"][run]
        np.testing.assert_allclose(trained.weights["policy"][run], parameters, rtol=1e-5)


def test_a_run_that_stops_does_not_affect_the_others() -> None:
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
    # Run "one" stopped after epoch 30, so the second of the remaining runs is "three".
    trainer = Scripted(settles(1, 99, 99), poison={33: poison})
    with pytest.raises(TrainingError, match=rf"^run {NAMES[poison[1]]}, after epoch 33: {place}; "):
        follow(trainer, 40)
    assert trainer.epochs_done == 33


def test_nan_before_the_first_epoch_is_an_error() -> None:
    trainer = Scripted(settles(99, 99, 99))
    trainer.value.parameters[1, 0, -1] = np.nan
    with pytest.raises(TrainingError, match=r"^run two, after epoch 0: value"):
        follow(trainer, 4)
    assert trainer.epochs_done == 0


def test_nan_after_the_last_epoch_is_an_error() -> None:
    trainer = Scripted(settles(99, 99, 99), poison={4: ("value", 0, np.nan)})
    with pytest.raises(TrainingError, match=r"^run one, after epoch 4: value"):
        follow(trainer, 4)


def test_large_outputs_are_valid() -> None:
    # Thirty values whose sum overflows float32.
    trainer = Scripted(settles(99, 99, 99), poison={3: ("value", 1, 3e38)})
    assert follow(trainer, 4).returns.shape == (3, 4)
