"""Payloads that may be anybody's: unpacked if they hold arrays, no more of them than any record has."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from repro.payload import unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BYTES = 2**30
"""What a payload may unpack to; the largest of the protocol's takes a twentieth of it."""


def unpack_checked(payload: bytes) -> dict[str, NDArray[Any]]:
    """Read the arrays of an .npz; nothing else that it may hold is read, and nothing is unpickled.

    Raises:
        ValueError: a member is no array, is pickled, or does not fit its header, or they take too
            much memory; in one line.
        Exception: it is no .npz, or is cut short; whatever reading it raises.
    """
    with zipfile.ZipFile(BytesIO(payload)) as members:
        size = sum(member.file_size for member in members.infolist())
    if size > MOST_BYTES:
        raise ValueError(f"it unpacks to {size:,} bytes; expected at most {MOST_BYTES:,}")
    try:
        arrays = unpack(payload)
    except ValueError as error:
        raise ValueError(" ".join(str(error).split())) from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray):  # as they are given where a member is no .npy
            raise ValueError(f"its member {name!a} is no array")  # noqa: TRY004 - as all faults of it
    return arrays
