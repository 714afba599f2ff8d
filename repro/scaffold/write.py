"""Writing a new file, whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repro.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from repro.scaffold.skeletons import Skeleton


def write(skeleton: Skeleton, root: Path) -> Path:
    """Write a skeleton to the checkout; never over a file that is there.

    Raises:
        UserError: the file exists, or cannot be written; then there is none.
    """
    path = root / skeleton.place
    try:
        file = path.open("x", encoding="utf-8")
    except FileExistsError as error:
        raise UserError(f"{skeleton.place} exists; choose another name") from error
    except OSError as error:
        raise UserError(f"{skeleton.place} cannot be written: {error.strerror}") from error
    try:
        with file:
            file.write(skeleton.text)
    except OSError as error:
        path.unlink()
        raise UserError(f"{skeleton.place} cannot be written: {error.strerror}") from error
    return path
