"""Bytes on disk: how arrays and facts are written, and how changes to them are detected.

Arrays are .npz files without pickles, facts are JSON with a checksum, and files get their name only
when they are complete. This package does not depend on experiments:

- `npz`: pack and unpack arrays, a digest of an array, `write_whole`;
- `checksum`: facts as JSON with a checksum;
- `provenance`: commit, versions, processor, instructions;
- `crate`: a finished report as an RO-Crate;
- `syntax_digest`: a digest of the code that a result depends on.
"""

from __future__ import annotations

from repro.storage.checksum import dump_facts, has_valid_checksum, load_facts, with_checksum
from repro.storage.npz import digest, pack, unpack, write_whole
from repro.storage.provenance import (
    commit,
    environment,
    instructions,
    no_commit,
    processor,
    versions,
)
from repro.storage.syntax_digest import code_digest, imported_modules

__all__ = [
    "code_digest",
    "commit",
    "digest",
    "dump_facts",
    "environment",
    "has_valid_checksum",
    "imported_modules",
    "instructions",
    "load_facts",
    "no_commit",
    "pack",
    "processor",
    "unpack",
    "versions",
    "with_checksum",
    "write_whole",
]
