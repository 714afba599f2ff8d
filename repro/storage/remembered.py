"""JSON that takes seconds to compute, kept until a file that it may depend on changes.

Listing claims or algorithms imports all of them, and with them torch and numba. What they declare changes
only with the code, so the commands that list them read it from a file the next time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from repro import paths
from repro.storage.checksum import dump_facts, load_facts
from repro.storage.npz import write_whole
from repro.storage.provenance import versions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Rows = list[dict[str, Any]]

SCHEMA = 1
"""Version of the file's format."""
FOLDER: Path | None = paths.BUILD / "listings"
"""Where the files are; None: nothing is kept."""
CONTENT = frozenset({".py", ".json", ".toml"})
"""Files of which every byte counts; of others, as figures and runs, the manifest has digests."""


def remembered(name: str, compute: Callable[[], Rows]) -> Rows:
    """Return rows as they were computed last, or compute them, if anything changed since.

    A folder that cannot be written, or a file that cannot be read, only costs time.

    Args:
        name: of the file.
        compute: returns what JSON can hold.

    Returns:
        The rows as read from JSON, computed now or not: so tuples are lists.
    """
    if FOLDER is None:
        return _as_read(compute())
    path, digest = FOLDER / f"{name}.json", sources_digest()
    try:
        facts = load_facts(path.read_bytes(), SCHEMA)
        if facts["digest"] == digest:
            rows: Rows = facts["rows"]
            return rows
    except (OSError, ValueError, KeyError, RecursionError):
        pass
    rows = _as_read(compute())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, dump_facts({"schema": SCHEMA, "digest": digest, "rows": rows}))
    except OSError:
        pass
    return rows


def sources_digest() -> str:
    """SHA-256 of all that a listing may depend on: code, claims, data, where they are, and versions."""
    digest = hashlib.sha256(json.dumps([sys.version, versions()]).encode())
    files = [paths.PROJECT / "pyproject.toml"]
    for folder in (paths.PACKAGE, paths.CLAIMS, paths.DATA):
        files += sorted(path for path in folder.rglob("*") if path.suffix in CONTENT)
    for path in files:
        if path.is_file():
            content = path.read_bytes()
            digest.update(os.fsencode(path) + b" %d\n" % len(content))
            digest.update(content)
    return digest.hexdigest()


def _as_read(rows: Rows) -> Rows:
    read: Rows = json.loads(json.dumps(rows))
    return read
