"""The state of a training on disk, from which a killed training continues. Nothing is pickled.

The checksum covers the file's name, which identifies the block and the code. So a checkpoint that
was renamed is not used.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any

from repro.storage.npz import pack, unpack, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

log = logging.getLogger(__name__)


def save(path: Path, state: Mapping[str, NDArray[Any]]) -> None:
    """Write a checkpoint completely or not at all; log a warning if it cannot be written."""
    content = pack(state)
    try:
        write_whole(path, _digest(path, content) + content)
    except OSError as error:
        log.warning("no checkpoint at %s: %s; training continues without it", path, error.strerror)


def load(path: Path) -> dict[str, NDArray[Any]] | None:
    """Read a checkpoint; return None if there is none, or, with a logged warning, if it is invalid."""
    if not path.exists():
        return None
    try:
        whole = path.read_bytes()
        digest, content = whole[:32], whole[32:]
        if _digest(path, content) != digest:
            raise ValueError("its checksum does not match")  # noqa: TRY301 - one message for all
        return unpack(content)
    except Exception as error:  # noqa: BLE001 - reading an invalid file may raise anything
        log.warning("the checkpoint %s cannot be used (%s); the block starts again", path, error)
        return None


def _digest(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + b"\n" + content).digest()
