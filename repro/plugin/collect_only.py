"""What `--collect-only` writes without judging a claim: the list of claims, and the shipped runs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.plugin.listing import ListedClaim
from repro.plugin.record_supply import finished
from repro.records.shipping import ship

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from repro.plugin.declaration import Declaration
    from repro.protocol.blocks import Block


def write_list(
    path: Path, claims: Iterable[Declaration], is_shipped: Callable[[Block], bool]
) -> None:
    """Write the list of claims as JSON.

    Args:
        path: the file.
        claims: declarations.
        is_shipped: whether the runs of a block are shipped with the project.
    """
    rows = [ListedClaim.of(claim, is_shipped).to_dict() for claim in claims]
    path.write_text(json.dumps(rows), encoding="utf-8")


def ship_finished(
    blocks: Sequence[Block], store: Path, folder: Path, *, dirty: bool | None, allow_dirty: bool
) -> None:
    """Ship the finished runs of all claims.

    Args:
        blocks: what the claims need.
        store: folder of the finished runs.
        folder: of the shipped runs.
        dirty: whether the checkout has uncommitted changes; None: it is none.
        allow_dirty: whether to ship all the same.

    Raises:
        UserError: runs are missing, or were not made at a clean commit.
    """
    if dirty is not False and not allow_dirty:
        raise UserError(
            "given uncommitted changes, or a folder that is not a git checkout; expected a clean "
            "commit to ship from: commit first, or give --allow-dirty"
        )
    records = finished(blocks, store)
    size = ship(records, folder, allow_dirty=allow_dirty)
    sys.stderr.write(f"{len(records)} blocks, {size / 1e6:.1f} MB, written to {folder}\n")
