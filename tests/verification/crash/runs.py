"""Damaged shipped runs: the check before judging must refuse every one."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from repro.errors import RecordError
from repro.paths import SHIPPED
from repro.records.shipped import MANIFEST, Shipped
from repro.storage.checksum import with_checksum
from tests.verification.crash.damage import cut, flipped, same_json
from tests.verification.crash.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FLIPS, OF_MANIFEST = 5, 300


def rows(folder: Path) -> Iterator[Row]:
    """Damage each file in turn."""
    runs = folder / "runs"
    shutil.copytree(SHIPPED, runs)
    Shipped(runs).verify()
    payloads, manifest = sorted(runs.glob("*.npz")), runs / MANIFEST
    yield _refused(
        "a byte of a shipped payload flipped",
        runs,
        ((path, *one) for path in payloads for one in flipped(path.read_bytes(), FLIPS)),
    )
    yield _refused(
        "a shipped payload cut short, or empty",
        runs,
        (
            (path, *one)
            for path in payloads[:: len(payloads) // 3]
            for one in cut(path.read_bytes())
        ),
    )
    yield _refused(
        "a byte of the manifest flipped",
        runs,
        ((manifest, *one) for one in flipped(manifest.read_bytes(), OF_MANIFEST)),
    )
    yield _refused(
        "the manifest cut short, or empty",
        runs,
        ((manifest, *one) for one in cut(manifest.read_bytes())),
    )
    old = with_checksum({**json.loads(manifest.read_text()), "schema": 1})
    yield _refused(
        "a manifest of an old schema", runs, [(manifest, "schema 1", json.dumps(old).encode())]
    )
    yield _refused(
        "two shipped payloads swapped",
        runs,
        [(payloads[0], "another's bytes", payloads[1].read_bytes())],
    )


def _refused(what: str, runs: Path, damages: Iterable[tuple[Path, str, bytes]]) -> Row:
    wrong, tried, line = list[str](), 0, ""
    for path, name, content in damages:
        whole = path.read_bytes()
        if path.name == MANIFEST and same_json(whole, content):
            continue
        tried += 1
        path.write_bytes(content)
        try:
            Shipped(runs).verify()
            wrong.append(f"{path.name}, {name}: it was accepted as shipped")
        except RecordError as error:
            line = str(error)
            if path.name not in line or "\n" in line:
                wrong.append(f"{path.name}, {name}: {line!r}")
        finally:
            path.write_bytes(whole)
    return Row(what, tried, line, tuple(wrong))
