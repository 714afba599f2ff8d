"""The state of a training in a file of its own, for a killed run to go on from. Nothing is pickled.

The file's checksum covers its name, which tells the block and the code: under another name, a state
is of no use.
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
    """Write a state, whole or not at all; a full disk is told, and stops no training."""
    content = pack(state)
    try:
        write_whole(path, _digest(path, content) + content)
    except OSError as error:
        log.warning("no checkpoint at %s: %s; training goes on without", path, error.strerror)


def load(path: Path) -> dict[str, NDArray[Any]] | None:
    """Read a state; None if there is none, or if it is faulty."""
    if not path.exists():
        return None
    try:
        whole = path.read_bytes()
        digest, content = whole[:32], whole[32:]
        if _digest(path, content) != digest:
            raise ValueError("its checksum is another")  # noqa: TRY301 - one message for all
        return unpack(content)
    except Exception as error:  # noqa: BLE001 - a faulty file may raise anything as it is read
        log.warning("the checkpoint %s cannot be used (%s); the block begins anew", path, error)
        return None


def _digest(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + b"\n" + content).digest()
