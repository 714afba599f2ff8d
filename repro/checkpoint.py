"""The state of a training in a file of its own, for a killed run to go on from. Nothing is pickled."""

from __future__ import annotations

import hashlib
import logging
import zipfile
from typing import TYPE_CHECKING, Any

from repro.payload import pack, unpack, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

log = logging.getLogger(__name__)


def save(path: Path, state: Mapping[str, NDArray[Any]]) -> None:
    """Write a state, whole or not at all; a full disk is told, and stops no training."""
    content = pack(state)
    try:
        write_whole(path, hashlib.sha256(content).digest() + content)
    except OSError as error:
        log.warning("no checkpoint at %s: %s; training goes on without", path, error.strerror)


def load(path: Path) -> dict[str, NDArray[Any]] | None:
    """Read a state; None if there is none, or if it is faulty."""
    if not path.exists():
        return None
    try:
        return _read(path.read_bytes())
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        log.warning("the checkpoint %s cannot be used (%s); the block begins anew", path, error)
        return None


def _read(whole: bytes) -> dict[str, NDArray[Any]]:
    digest, content = whole[:32], whole[32:]
    if hashlib.sha256(content).digest() != digest:
        raise ValueError("its checksum is another")
    return unpack(content)
