"""Interrupted training continues from its checkpoint and gives the same bytes as without the break."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import algorithms
from repro.algorithms import Algorithm
from repro.training import checkpoint, loop
from tests.algorithms.reference import KINDS, acting_at_random, make_trainer, rough_weights

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from repro.training.loop import Trained

pytestmark = pytest.mark.slow

PROBLEM = "linear_chain.training"
SMALL = {"steps": 128, "minibatch": 64}
NAMES = ("one", "two", "three")
EPOCHS = 7
KEEP = (2, 5)


class Interrupted(Exception):  # noqa: N818 - an interruption is not an error
    """The process was interrupted."""


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _save_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)


def lucky(returns: NDArray[np.float64], _best_return: float) -> NDArray[np.bool_]:
    """A convergence rule that short runs can satisfy."""
    return returns > 0.15


def follow(
    name: str,
    checkpoint_path: Path | None = None,
    stop: int = EPOCHS,
    *,
    extra_epochs: int | None = None,
    bids: bool = False,
    calls: list[tuple[int, int]] | None = None,
) -> Trained:
    """Train three runs; interrupt them once epoch `stop` is saved."""

    def on_epoch(epoch: int, runs: int) -> None:
        if calls is not None:
            calls.append((epoch, runs))
        if epoch > stop:
            raise Interrupted

    return loop.train(
        make_trainer(
            name, PROBLEM, rough_weights(name, PROBLEM, 3), **acting_at_random(name, SMALL)
        ),
        epochs=EPOCHS,
        extra_epochs=extra_epochs,
        bid_states=(0, 2) if bids else (),
        keep=() if extra_epochs is not None else KEEP,
        run_ids=NAMES,
        on_epoch=on_epoch,
        checkpoint_path=checkpoint_path,
    )


def assert_same(one: Trained, other: Trained) -> None:
    assert one.returns.tobytes() == other.returns.tobytes()
    for what in ("bids", "final_bids", "weights"):
        mine, its = getattr(one, what), getattr(other, what)
        assert mine.keys() == its.keys()
        for key, array in mine.items():
            assert array.shape == its[key].shape
            assert array.tobytes() == its[key].tobytes(), (what, key)


@pytest.mark.parametrize("bids", [False, True])
def test_resume_after_any_epoch(name: str, tmp_path: Path, *, bids: bool) -> None:
    whole = follow(name, bids=bids)
    assert (len(whole.bids) > 0) == bids
    assert {"policy.2", "value.5"} <= set(whole.weights)
    for stop in range(1, EPOCHS):
        path = tmp_path / str(stop)
        with pytest.raises(Interrupted):
            follow(name, path, stop, bids=bids)
        calls: list[tuple[int, int]] = []
        assert_same(follow(name, path, bids=bids, calls=calls), whole)
        # No epoch is repeated.
        assert [epoch for epoch, _ in calls] == list(range(stop + 1, EPOCHS + 1))


def test_resume_after_runs_stopped(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stop within windows, after windows, and after some runs stopped."""
    monkeypatch.setattr(loop, "is_near", lucky)
    # Greedy returns are the same in many runs; mean returns vary.
    monkeypatch.setattr(type(algorithms.load(name)), "judged_return", Algorithm.judged_return)
    monkeypatch.setattr(loop, "WINDOW", 2)
    calls: list[tuple[int, int]] = []
    whole = follow(name, extra_epochs=1, bids=True, calls=calls)
    left = np.isfinite(whole.returns).sum(axis=1)
    # Runs stop in different epochs, and some early.
    assert len(set(left)) > 1
    assert min(left) < EPOCHS - 2
    for stop in range(1, len(calls)):
        path = tmp_path / str(stop)
        with pytest.raises(Interrupted):
            follow(name, path, stop, extra_epochs=1, bids=True)
        again: list[tuple[int, int]] = []
        assert_same(follow(name, path, extra_epochs=1, bids=True, calls=again), whole)
        assert again == calls[stop:]


def test_resume_several_times(name: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    for stop in (1, 2, 5, 6):
        with pytest.raises(Interrupted):
            follow(name, path, stop, bids=True)
    assert_same(follow(name, path, bids=True), follow(name, bids=True))


def test_resume_after_the_last_epoch(name: str, tmp_path: Path) -> None:
    """The process is killed after the last epoch, before the record is written."""
    path, calls = tmp_path / "checkpoint", list[tuple[int, int]]()
    whole = follow(name, path)
    assert_same(follow(name, path, calls=calls), whole)
    assert not calls


def test_resume_around_learning_rate_decay(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "FIRST_DECAY", 2)
    monkeypatch.setattr(loop, "DECAY_EVERY", 2)
    whole = follow(name)
    for stop in (1, 2, 3, 4):
        path = tmp_path / str(stop)
        with pytest.raises(Interrupted):
            follow(name, path, stop)
        assert_same(follow(name, path), whole)


@pytest.mark.parametrize("damage", ["empty", "half", "changed"])
def test_a_damaged_checkpoint_restarts_the_training(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, calls = tmp_path / "checkpoint", list[tuple[int, int]]()
    with pytest.raises(Interrupted):
        follow("cvs", path, 5)
    content = path.read_bytes()
    middle = len(content) // 2
    damaged = {
        "empty": b"",
        "half": content[:middle],
        "changed": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
    }
    path.write_bytes(damaged[damage])
    assert_same(follow("cvs", path, calls=calls), follow("cvs"))
    (record,) = caplog.records
    assert f"the checkpoint {path} cannot be used" in record.getMessage()
    assert calls[0] == (1, 3)


def test_training_continues_without_checkpoints(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # In a missing folder no checkpoint can be written, as on a full disk.
    found = follow("ppo", tmp_path / "gone" / "checkpoint")
    assert len(caplog.records) == EPOCHS
    assert_same(found, follow("ppo"))


def test_checkpoints_are_written_at_intervals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, saved = [100.0], list[tuple[int, float]]()

    def save(path: Path, state: dict[str, NDArray[np.int64]]) -> None:
        assert path == tmp_path / "checkpoint"
        saved.append((int(state["epoch"]), now[0]))
        now[0] += 5  # the time for writing does not count

    def on_epoch(*_: int) -> None:
        now[0] += 12

    monkeypatch.setattr(loop, "SAVE_SECONDS", 30.0)
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(checkpoint, "save", save)
    loop.train(
        make_trainer("ppo", PROBLEM, rough_weights("ppo", PROBLEM), **SMALL),
        epochs=7,
        run_ids=NAMES[:2],
        on_epoch=on_epoch,
        checkpoint_path=tmp_path / "checkpoint",
    )
    assert saved == [(3, 136.0), (6, 177.0)]


def test_the_interval_is_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert loop.SAVE_SECONDS == 30.0


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    follow("ppo")
    assert list(tmp_path.iterdir()) == []
