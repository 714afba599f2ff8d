"""Arrays as files: packed without pickles, written whole or not at all, and told apart by digest."""

from __future__ import annotations

import hashlib
import io
import os
import platform
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


MOST_BYTES = 2**30
"""What a payload may unpack to; the largest of the protocol's takes a twentieth of it."""


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write arrays as .npz, whose bytes depend on nothing else."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(payload: bytes) -> dict[str, NDArray[Any]]:
    """Read the arrays of an .npz that may be anybody's; nothing is unpickled.

    Raises:
        ValueError: a member is no array, is pickled, or does not fit its header, or they take too
            much memory; in one line.
        Exception: it is no .npz, or is cut short; whatever reading it raises.
    """
    with zipfile.ZipFile(io.BytesIO(payload)) as members:
        size = sum(member.file_size for member in members.infolist())
    if size > MOST_BYTES:
        raise ValueError(f"it unpacks to {size:,} bytes; expected at most {MOST_BYTES:,}")
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as members:
            arrays = {name: members[name] for name in members.files}
    except ValueError as error:
        raise ValueError(" ".join(str(error).split())) from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):  # as they are given where a member is no .npy
            raise ValueError(f"its member {name!a} is no array")  # noqa: TRY004 - as all faults of it
    return arrays


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
