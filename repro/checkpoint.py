"""The state of a training in a file of its own, for a killed run to go on from. Nothing is pickled."""

from __future__ import annotations

import contextlib
import logging
import os
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

log = logging.getLogger(__name__)


def save(path: Path, state: Mapping[str, NDArray[Any]]) -> None:
    """Write a state, whole or not at all; a full disk is told, and stops no training."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **state)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        log.warning("no checkpoint at %s: %s; training goes on without", path, error.strerror)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def load(path: Path) -> dict[str, NDArray[Any]] | None:
    """Read a state; None if there is none, or if it is faulty."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("the checkpoint %s cannot be used (%s); the block begins anew", path, error)
        return None
