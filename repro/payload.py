"""Arrays as files: packed without pickles, written whole or not at all, and told apart by digest."""

from __future__ import annotations

import hashlib
import io
import os
import platform
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write arrays as .npz, whose bytes depend on nothing else."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(payload: bytes) -> dict[str, NDArray[Any]]:
    """Read the arrays of an .npz.

    Raises:
        ValueError: an array is pickled.
        zipfile.BadZipFile: it is no .npz, or is cut short.
    """
    with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def digest(array: NDArray[Any]) -> str:
    """SHA-256 of an array's type, shape and numbers, however it lies in memory."""
    head = f"{array.dtype.str} {array.shape}\n".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write under a temporary name and rename, so that no half-written file bears the name."""
    temporary = path.with_name(f"{path.name}.{platform.node()}-{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
