"""Training that is interrupted goes on from its checkpoint, to the same bytes as if it had not been."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro import algorithms
from repro.training import checkpoint, loop
from tests.algorithms.reference import make_trainer, rough_weights

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from repro.training.loop import Trained

PROBLEM = "linear_chain.training"
SMALL = {"steps": 128, "minibatch": 64}
NAMES = ("one", "two", "three")
EPOCHS = 7


class Interrupted(Exception):  # noqa: N818 - what ends it is not its error
    """The process was told to stop."""


@pytest.fixture(params=algorithms.algorithm_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _save_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SAVE_SECONDS", -1.0)


def lucky(returns: NDArray[np.float64]) -> NDArray[np.bool_]:
    """A rule of convergence that such short runs come to meet."""
    return returns > 0.15


def follow(
    name: str,
    checkpoint_path: Path | None = None,
    stop: int = EPOCHS,
    *,
    extra_epochs: int | None = None,
    bids: bool = False,
    told: list[tuple[int, int]] | None = None,
) -> Trained:
    """Train three runs, and interrupt them when epoch `stop` is written down."""

    def on_epoch(epoch: int, runs: int) -> None:
        if told is not None:
            told.append((epoch, runs))
        if epoch > stop:
            raise Interrupted

    return loop.train(
        make_trainer(name, PROBLEM, rough_weights(name, PROBLEM, 3), **SMALL),
        epochs=EPOCHS,
        extra_epochs=extra_epochs,
        record_bids=bids,
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
def test_after_any_epoch(name: str, tmp_path: Path, *, bids: bool) -> None:
    whole = follow(name, bids=bids)
    assert (len(whole.bids) > 0) == bids
    for stop in range(1, EPOCHS):
        path = tmp_path / str(stop)
        with pytest.raises(Interrupted):
            follow(name, path, stop, bids=bids)
        told: list[tuple[int, int]] = []
        assert_same(follow(name, path, bids=bids, told=told), whole)
        # Nothing is done twice.
        assert [epoch for epoch, _ in told] == list(range(stop + 1, EPOCHS + 1))


def test_with_runs_already_gone(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within windows, between a window and its leaving run, and after some have left."""
    monkeypatch.setattr(loop, "is_near", lucky)
    monkeypatch.setattr(loop, "WINDOW", 2)
    told: list[tuple[int, int]] = []
    whole = follow(name, extra_epochs=1, bids=True, told=told)
    left = np.isfinite(whole.returns).sum(axis=1)
    # Not all at once, and not all at the end.
    assert len(set(left)) > 1
    assert min(left) < EPOCHS - 2
    for stop in range(1, len(told)):
        path = tmp_path / str(stop)
        with pytest.raises(Interrupted):
            follow(name, path, stop, extra_epochs=1, bids=True)
        again: list[tuple[int, int]] = []
        assert_same(follow(name, path, extra_epochs=1, bids=True, told=again), whole)
        assert again == told[stop:]


def test_again_and_again(name: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    for stop in (1, 2, 5, 6):
        with pytest.raises(Interrupted):
            follow(name, path, stop, bids=True)
    assert_same(follow(name, path, bids=True), follow(name, bids=True))


def test_when_all_was_done(name: str, tmp_path: Path) -> None:
    """Killed between its last epoch and its record."""
    path, told = tmp_path / "checkpoint", list[tuple[int, int]]()
    whole = follow(name, path)
    assert_same(follow(name, path, told=told), whole)
    assert not told


def test_past_the_epochs_that_lower_the_rates(
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
def test_from_a_damaged_checkpoint_it_begins_anew(
    damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, told = tmp_path / "checkpoint", list[tuple[int, int]]()
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
    assert_same(follow("cvs", path, told=told), follow("cvs"))
    (record,) = caplog.records
    assert f"the checkpoint {path} cannot be used" in record.getMessage()
    assert told[0] == (1, 3)


def test_a_disk_that_is_full_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A folder that is not there refuses each checkpoint, as a full disk does.
    found = follow("ppo", tmp_path / "gone" / "checkpoint")
    assert len(caplog.records) == EPOCHS
    assert_same(found, follow("ppo"))


def test_a_checkpoint_is_written_when_the_last_is_old_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, saved = [100.0], list[tuple[int, float]]()

    def save(path: Path, state: dict[str, NDArray[np.int64]]) -> None:
        assert path == tmp_path / "checkpoint"
        saved.append((int(state["epoch"]), now[0]))
        now[0] += 5  # writing takes its time, which does not count

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


def test_the_protocols_checkpoints_are_half_a_minute_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert loop.SAVE_SECONDS == 30.0


def test_without_a_file_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    follow("ppo")
    assert list(tmp_path.iterdir()) == []
