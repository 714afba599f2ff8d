"""Checkpoints: what is written is read; damaged files cause a warning and are not used."""

from __future__ import annotations

import io
import logging
import os
import pickle
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from repro.training import checkpoint

if TYPE_CHECKING:
    from numpy.typing import NDArray

STATE: dict[str, NDArray[Any]] = {
    "epoch": np.array(3),
    "returns": np.array([[0.25, np.nan], [-0.0, np.inf]]),
    "weights.policy": np.arange(6, dtype=np.float32).reshape(1, 2, 3).transpose(0, 2, 1),
    "rows": np.array([0, 2]),
    "none": np.empty((3, 0, 2), np.float32),
    "generators": np.array([[2**64 - 1, 0]], np.uint64),
}


def written(folder: Path) -> Path:
    path = folder / "block.checkpoint"
    checkpoint.save(path, STATE)
    return path


def is_refused(path: Path, caplog: pytest.LogCaptureFixture) -> bool:
    """Return True if loading gives None and one warning that names the file."""
    caplog.clear()
    state = checkpoint.load(path)
    if state is None:
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert str(path) in record.getMessage()
        assert "starts again" in record.getMessage()
    return state is None


def test_what_is_read_is_what_was_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = checkpoint.load(written(tmp_path))
    assert found is not None
    assert found.keys() == STATE.keys()
    for name, array in STATE.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()
    assert [path.name for path in tmp_path.iterdir()] == ["block.checkpoint"]
    assert not caplog.records


def test_a_later_state_replaces_an_earlier_one(tmp_path: Path) -> None:
    path = written(tmp_path)
    checkpoint.save(path, {"epoch": np.array(4)})
    found = checkpoint.load(path)
    assert found is not None
    assert {name: array.tolist() for name, array in found.items()} == {"epoch": 4}


def test_a_missing_file_causes_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert checkpoint.load(tmp_path / "none") is None
    assert not caplog.records


def test_a_renamed_file_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """For example if the checkpoints of two blocks were swapped."""
    path = written(tmp_path).rename(tmp_path / "other.checkpoint")
    assert is_refused(path, caplog)
    assert not is_refused(path.rename(tmp_path / "block.checkpoint"), caplog)


def test_a_truncated_file_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    for length in {*range(0, len(whole), 29), len(whole) - 1}:
        path.write_bytes(whole[:length])
        assert is_refused(path, caplog), length


def test_any_changed_byte_is_detected(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 0x80
        path.write_bytes(changed)
        assert is_refused(path, caplog), place


def an_array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.arange(3))
    return file.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"half a sentence", an_array(), pickle.dumps({"epoch": 3}), b"\0" * 999]
)
def test_other_files_are_refused(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "block.checkpoint"
    path.write_bytes(content)
    assert is_refused(path, caplog)


def test_a_folder_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert is_refused(tmp_path, caplog)


def test_nothing_is_pickled(tmp_path: Path) -> None:
    path = tmp_path / "block.checkpoint"
    with pytest.raises(ValueError, match="allow_pickle"):
        checkpoint.save(path, {"name": np.array(["a", None], object)})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_large_causes_a_warning_and_keeps_the_last_state(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = written(tmp_path)
    # The system rejects longer files, as a full disk would.
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
    try:
        checkpoint.save(path, {"epoch": np.array(4), "long": np.random.default_rng(1).random(9999)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert str(path) in record.getMessage()
    assert "File too large; training continues" in record.getMessage()
    assert list(tmp_path.iterdir()) == [path]
    found = checkpoint.load(path)
    assert found is not None
    assert found["epoch"] == 3


def test_a_failed_fsync_keeps_the_last_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Data are on the disk only after a successful fsync."""
    path = written(tmp_path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    checkpoint.save(path, {"epoch": np.array(4)})
    (record,) = caplog.records
    assert "No space left on device" in record.getMessage()
    assert list(tmp_path.iterdir()) == [path]
    found = checkpoint.load(path)
    assert found is not None
    assert found["epoch"] == 3


def test_a_missing_folder_causes_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoint.save(tmp_path / "gone" / "block.checkpoint", STATE)
    (record,) = caplog.records
    assert "No such file or directory" in record.getMessage()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_keeps_the_last_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file is renamed last, after it is completely on the disk."""
    path, order = written(tmp_path), []
    fsync, replace = os.fsync, Path.replace

    def flushed(number: int) -> None:
        order.append("on the disk")
        fsync(number)

    def renamed(self: Path, target: Path) -> Path:
        order.append("named")
        found = checkpoint.load(target)
        assert found is not None
        assert found["epoch"] == 3
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    checkpoint.save(path, {"epoch": np.array(4)})
    assert order == ["on the disk", "named"]
    found = checkpoint.load(path)
    assert found is not None
    assert found["epoch"] == 4
