"""Arrays as .npz files, and their digests."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from repro.storage.npz import digest, pack, unpack, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ARRAYS = {"a": np.arange(6.0).reshape(2, 3), "b": np.array([True, False])}


def test_packed_arrays_are_unpacked() -> None:
    found = unpack(pack(ARRAYS))
    assert list(found) == ["a", "b"]
    for name, values in ARRAYS.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values)


def test_equal_arrays_give_equal_bytes() -> None:
    assert pack(ARRAYS) == pack({name: values.copy() for name, values in ARRAYS.items()})


def test_nothing_is_pickled() -> None:
    with pytest.raises(ValueError, match="pickle"):
        pack({"a": np.array([{}], dtype=object)})


def test_half_a_payload_is_refused() -> None:
    payload = pack(ARRAYS)
    with pytest.raises(zipfile.BadZipFile):
        unpack(payload[: len(payload) // 2])


@pytest.mark.parametrize(
    "other",
    [
        np.arange(6.0).reshape(3, 2),
        np.arange(6.0, dtype=np.float32).reshape(2, 3),
        np.array([[0, 1, 2], [3, 4, np.nextafter(5, 6)]]),
        np.array([[-0.0, 1, 2], [3, 4, 5]]),
    ],
)
def test_different_arrays_have_different_digests(other: NDArray[np.float64]) -> None:
    assert digest(other) != digest(ARRAYS["a"])


def test_a_digest_does_not_depend_on_the_memory_layout() -> None:
    transposed = np.asfortranarray(ARRAYS["a"])
    assert digest(transposed) == digest(ARRAYS["a"])
    assert digest(np.zeros((4, 3))[::2]) == digest(np.zeros((2, 3)))


def test_a_failed_write_leaves_the_previous_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.npz"
    write_whole(path, b"first")

    def fail(_number: int) -> None:
        raise OSError("full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="full"):
        write_whole(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
