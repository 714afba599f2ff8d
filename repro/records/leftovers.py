"""What killed processes left in a store: halves of files, and files of use only to a training."""

from __future__ import annotations

import contextlib
import os
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from repro.protocol.blocks import Block
    from repro.records.store import Store


def sweep(store: Store, block: Block, *endings: str) -> None:
    """Remove a block's files of these endings, and halves of files that nobody goes on writing.

    What cannot be removed is left.
    """
    useless = [store.path(block, ending) for ending in endings]
    with contextlib.suppress(OSError):
        halves = store.folder.glob(f"{store.path(block, '*').name}.tmp")
        useless += [half for half in halves if _abandoned(half)]
    for path in useless:
        with contextlib.suppress(OSError):
            path.unlink()


def _abandoned(half: Path) -> bool:
    """Whether `write_whole` began this file in a process that is no more.

    Whether one of another machine lives cannot be seen from here. Its half of a checkpoint may go
    all the same: at worst that checkpoint is not written.
    """
    writer, _, process = half.name.removesuffix(".tmp").rpartition("-")
    if not (writer.endswith(f".{platform.node()}") and process.isdecimal()):
        return ".checkpoint." in half.name
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it is another user's, or none at all
        return False
    return False
