# ruff: noqa: INP001 - Python finds it by its path
"""Log what a Python process writes outside a room, if this folder is on its path.

The environment names the room's folder and the log, which has one path per line.
"""

from __future__ import annotations

import os
import sys

ROOM, SEEN = os.environ["CLEANROOM"], os.environ["CLEANROOM_SEEN"]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# The position of the written path in an event's arguments; devices and processes are not files.
PLACES = {"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1, "os.truncate": 0}
NO_FILES = ("/dev/", "/proc/")


def _written(event: str, given: tuple[object, ...]) -> object:
    """Return the path that an event will write; None if it writes nothing."""
    if event == "open":
        path, mode, flags = given
        by_mode = isinstance(mode, str) and set(mode) & set("wax+")
        by_flags = mode is None and isinstance(flags, int) and flags & WRITING
        return path if by_mode or by_flags else None
    return given[PLACES[event]] if event in PLACES else None


def _watch(event: str, given: tuple[object, ...]) -> None:
    path = _written(event, given)
    if not isinstance(path, str | bytes):  # a file descriptor
        return
    place = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - pathlib may not be imported yet
    if place.startswith((ROOM + os.sep, *NO_FILES)) or place in {ROOM, SEEN}:
        return
    log = os.open(SEEN, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(log, f"{place}\n".encode(errors="backslashreplace"))
    finally:
        os.close(log)


sys.addaudithook(_watch)
