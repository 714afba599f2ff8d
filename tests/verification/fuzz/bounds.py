"""The limits of a case: it ends in time, writes only to its own folder, and fails with one clear line."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from repro.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SECONDS = 5.0
"""CPU seconds after which a case is considered hung."""
PATIENCE = 6
"""A case may take this many times its CPU limit by the clock, on a busy machine."""
LONGEST = 20_000
"""Maximum number of characters of an error message."""
_WRITES = {
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rmdir": 1,
    "os.truncate": 1,
    "os.chmod": 1,
    "os.utime": 1,
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
}
"""Audit events of Python that change the disk, with the number of paths each names."""
_NAMED = re.compile(
    r"'[^']*'|\b[0-9a-f]{16}…|\"[^\"]*\"|/\S+|[-+]?[0-9][0-9.,e+-]*|\b(nan|inf|None|True|False)\b"
)
_HINT = re.compile(r"; (?:one of: |did you mean )")
_NESTED = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|\((…|, | )*\)")


class ViolationError(AssertionError):
    """A case violated a property."""


class Endless(BaseException):
    """The time limit was reached."""


@contextlib.contextmanager
def ending(seconds: float = SECONDS) -> Iterator[None]:
    """Limit the time of a block of code, in the main thread of a process.

    Args:
        seconds: CPU time; the limit by the clock is `PATIENCE` times as long.

    Raises:
        ViolationError: the block took longer.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Endless

    before = [(one, signal.signal(one, stop)) for one in (signal.SIGALRM, signal.SIGPROF)]
    clocks = time.monotonic(), time.process_time()
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds * PATIENCE)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        yield
    except Endless:
        pass  # reported below, as if some code had swallowed it
    finally:
        for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)
        for one, handler in before:
            signal.signal(one, handler)
    waited, computed = time.monotonic() - clocks[0], time.process_time() - clocks[1]
    if computed >= seconds or waited >= seconds * PATIENCE:
        raise ViolationError(f"it did not end within {seconds:g} s")


class _Guard:
    """Audit hook that watches what this process writes; Python cannot remove audit hooks."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.outside: list[str] = []
        self.hooked = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.root is None:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            paths = [path] if writes or (isinstance(mode, str) and set(mode) & set("wax+")) else []
        else:
            paths = list(arguments[: _WRITES.get(event, 0)])
        for path in paths:
            self._look(event, path)

    def _look(self, event: str, path: object) -> None:
        if not isinstance(path, (str, bytes)):  # a file descriptor
            return
        real = os.path.realpath(os.fsdecode(path))
        if real == os.devnull or os.path.commonpath([real, str(self.root)]) == self.root:
            return
        self.outside.append(f"{event} {real}")
        raise PermissionError(13, "outside the case's folder", real)


_GUARD = _Guard()


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Change to a folder, put temporary files there, and refuse to write anywhere else.

    Raises:
        ViolationError: the block tried to write elsewhere; the write was refused.
    """
    if not _GUARD.hooked:
        sys.addaudithook(_GUARD)
        _GUARD.hooked = True
    before, temporary, no_bytecode = Path.cwd(), tempfile.tempdir, sys.dont_write_bytecode
    os.chdir(folder)
    sys.dont_write_bytecode = True  # imports would write to other folders
    tempfile.tempdir, _GUARD.root, _GUARD.outside = str(folder), str(folder.resolve()), []
    try:
        yield
    finally:
        _GUARD.root, tempfile.tempdir = None, temporary
        sys.dont_write_bytecode = no_bytecode
        os.chdir(before)
    if _GUARD.outside:
        raise ViolationError(f"it writes outside its folder: {'; '.join(_GUARD.outside)}")


def one_error(message: str) -> str:
    """Check that an error is one clear line; return its kind, without the given values.

    Raises:
        ViolationError: it is empty, has several lines, or is too long.
    """
    if not message.strip() or len(message.splitlines()) > 1 or len(message) > LONGEST:
        raise ViolationError(f"expected one line that says what is wrong, given {message[:200]!r}")
    return kind_of(message)


def kind_of(message: str) -> str:
    """Return an error message without the names, numbers and paths in it."""
    kind, before = _NAMED.sub("…", _HINT.split(message)[0]), ""
    while kind != before:
        kind, before = _NESTED.sub("…", kind), kind
    return re.sub("…(, |: | )?(…(, |: | )?)+", "… ", kind)[:90]


def refused(function: Callable[[], object]) -> str:
    """Call a function; return "" if it works, otherwise the kind of its error.

    Raises:
        ViolationError: the error is not one clear line. Errors other than `UserError` are not caught.
    """
    try:
        function()
    except UserError as error:
        return one_error(str(error)) or "error"
    return ""
