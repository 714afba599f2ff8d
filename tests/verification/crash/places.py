"""Stores at impossible or read-only places, and a clock that runs backwards."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from repro.records.store import Store
from tests.verification.crash.files import Counted, ReadOnly
from tests.verification.crash.rows import Row
from tests.verification.crash.small import CHILD, Seen, observe, unclear

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534
DAY = 86_400


def rows(folder: Path) -> Iterator[Row]:
    """Try all places."""
    folder.mkdir(parents=True)
    whole = observe(folder / "whole")
    assert whole.whole, whole
    yield _not_a_folder(folder)
    yield _linked(folder, whole)
    yield from _read_only(folder, whole)
    yield _clock(folder, whole)


def _not_a_folder(folder: Path) -> Row:
    (folder / "file").write_text("not a record")
    (folder / "nowhere").symlink_to(folder / "gone")
    wrong, line = list[str](), ""
    for name in ("file", "file/store", "nowhere"):
        seen = observe(folder / name)
        wrong += [f"{name}: {fault}" for fault in unclear(seen)]
        line = seen.lines[-1] if seen.lines else line
    if (folder / "file").read_text() != "not a record":
        wrong.append("the file is lost")
    return Row(
        "a store that is a file, is inside a file, or is a broken link", 3, line, tuple(wrong)
    )


def _linked(folder: Path, whole: Seen) -> Row:
    """A link to a folder is used like the folder."""
    (folder / "far").mkdir()
    (folder / "link").symlink_to(folder / "far")
    seen = observe(folder / "link")
    wrong = unclear(seen, lines=False) + seen.lines
    if not seen.whole or seen.payloads != whole.payloads:
        wrong.append("its records differ")
    if (
        not (folder / "link").is_symlink()
        or sorted(p.name for p in (folder / "far").iterdir()) != seen.names
    ):
        wrong.append("they are elsewhere")
    return Row("a store that is a link to a folder", 1, "", tuple(wrong))


def _read_only(folder: Path, whole: Seen) -> Iterator[Row]:
    """Read-only by interception, like a read-only mount, and by missing rights."""
    empty, finished, faulty = (folder / f"only-{n}" for n in ("empty", "finished", "faulty"))
    empty.mkdir()
    for place in (finished, faulty):
        shutil.copytree(folder / "whole", place)
    path = Store(faulty).path(CHILD, "npz")
    path.write_bytes(path.read_bytes()[:-1])
    for place, what, fine in (
        (empty, "nothing in it", False),
        (finished, "all requested records in it", True),
        (faulty, "a faulty record in it", False),
    ):
        before = {one: one.read_bytes() for one in place.iterdir()}
        wrong, line = list[str](), ""
        for act in (ReadOnly(), None):
            with _without_rights(place):
                seen = observe(place, act)
            wrong += unclear(seen, lines=not fine)
            if fine and (seen.lines or any(status.error for status in seen.statuses)):
                wrong.append(f"unexpected message {seen.lines}")
            if not fine and "cannot be written" not in seen.lines[-1]:
                wrong.append(f"unexpected message {seen.lines[-1]}")
            line = seen.lines[-1] if seen.lines else ""
        if {one: one.read_bytes() for one in place.iterdir()} != before:
            wrong.append("its files have changed")
        yield Row(f"a read-only store with {what}", 2, line, tuple(wrong))
    again = observe(faulty)
    assert again.payloads == whole.payloads, "with rights it must be computed again"


@contextmanager
def _without_rights(folder: Path) -> Iterator[None]:
    """Take away the right to change a folder, also from the superuser."""
    root = os.geteuid() == 0
    folder.chmod(0o555)
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def _clock(folder: Path, whole: Seen) -> Row:
    """The clock goes back a day at each file operation, and files have dates in the future."""
    store, now = folder / "clock", [time.time()]

    def back() -> float:
        now[0] -= DAY
        return now[0]

    with mock.patch.object(time, "time", back):
        seen = observe(store, _Ageing())
    wrong = unclear(seen, lines=False) + seen.lines
    if not seen.whole or seen.payloads != whole.payloads:
        wrong.append("its records differ")
    return Row("a clock that runs backwards", 1, "", tuple(wrong))


class _Ageing(Counted):
    """Give files a modification time in the future."""

    def __call__(self, operation: str, path: Path) -> None:
        super().__call__(operation, path)
        if path.is_file():
            os.utime(path, (2 * DAY + time.monotonic(), 2**31))
