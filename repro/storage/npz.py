"""Arrays as .npz files: no pickles, complete files only, and a digest for each array."""

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
"""Largest size of unpacked arrays; the protocol's largest record is a twentieth of this."""


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Write arrays as .npz; equal arrays give equal bytes.

    Raises:
        ValueError: an array holds Python objects, which would have to be pickled.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(payload: bytes) -> dict[str, NDArray[Any]]:
    """Read the arrays of an .npz from any source; nothing is unpickled.

    Raises:
        ValueError: a member is not an array, is pickled or does not match its header, or the arrays
            are too large; the message has one line.
        Exception: the payload is not an .npz or is cut short; NumPy and zipfile raise many types.
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
        if not isinstance(array, np.ndarray):  # NumPy returns bytes for a member that is not .npy
            raise ValueError(f"its member {name!a} is not an array")  # noqa: TRY004 - one error for all faults
    return arrays


def digest(array: NDArray[Any]) -> str:
    """SHA-256 of an array's type, shape and elements, independent of its memory layout."""
    head = f"{array.dtype.str} {array.shape}\n".encode()
    return hashlib.sha256(head + np.ascontiguousarray(array).tobytes()).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a temporary file and rename it, so that no partial file has the final name."""
    temporary = path.with_name(f"{path.name}.{platform.node()}-{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
