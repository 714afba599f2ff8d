"""The bounds of a case: it ends in time, writes to its own folder only, and errs in one clear line."""

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
"""Of the processor, after which a case has hung."""
PATIENCE = 6
"""So many times as long it may take by the clock, on a machine that others use too."""
LONGEST = 20_000
"""Characters of an error that a person is still to read."""
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
"""Events of Python's that change what lies on disk, with how many paths each names."""
_NAMED = re.compile(
    r"'[^']*'|\b[0-9a-f]{16}…|\"[^\"]*\"|/\S+|[-+]?[0-9][0-9.,e+-]*|\b(nan|inf|None|True|False)\b"
)
_HINT = re.compile(r"; (?:one of: |did you mean )")
_NESTED = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}|\((…|, | )*\)")


class ViolationError(AssertionError):
    """A case broke what must hold for every case."""


class Endless(BaseException):
    """The time is up."""


@contextlib.contextmanager
def ending(seconds: float = SECONDS) -> Iterator[None]:
    """Refuse what takes longer, in the main thread of a process.

    Args:
        seconds: of the processor; what waits in place of computing has `PATIENCE` times as long.

    Raises:
        ViolationError: it took longer.
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
        pass  # told below, as where some code has swallowed it
    finally:
        for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)
        for one, handler in before:
            signal.signal(one, handler)
    waited, computed = time.monotonic() - clocks[0], time.process_time() - clocks[1]
    if computed >= seconds or waited >= seconds * PATIENCE:
        raise ViolationError(f"it did not end within {seconds:g} s")


class _Guard:
    """Watches what this process writes; Python's own hooks can be added, and never taken away."""

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
        if not isinstance(path, (str, bytes)):  # a file that is open already
            return
        real = os.path.realpath(os.fsdecode(path))
        if real == os.devnull or os.path.commonpath([real, str(self.root)]) == self.root:
            return
        self.outside.append(f"{event} {real}")
        raise PermissionError(13, "outside of the case's folder", real)


_GUARD = _Guard()


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Go to a folder, which holds temporary files too, and refuse to write anywhere else.

    Raises:
        ViolationError: something was about to be written elsewhere, which it then was not.
    """
    if not _GUARD.hooked:
        sys.addaudithook(_GUARD)
        _GUARD.hooked = True
    before, temporary = Path.cwd(), tempfile.tempdir
    os.chdir(folder)
    tempfile.tempdir, _GUARD.root, _GUARD.outside = str(folder), str(folder.resolve()), []
    try:
        yield
    finally:
        _GUARD.root, tempfile.tempdir = None, temporary
        os.chdir(before)
    if _GUARD.outside:
        raise ViolationError(f"it writes outside of its folder: {'; '.join(_GUARD.outside)}")


def one_error(message: str) -> str:
    """Refuse an error that is not one clear line; returns its kind, without what was given.

    Raises:
        ViolationError: it is empty, takes several lines, or is too long to read.
    """
    if not message.strip() or len(message.splitlines()) > 1 or len(message) > LONGEST:
        raise ViolationError(f"expected one line that says what is wrong, came {message[:200]!r}")
    return kind_of(message)


def kind_of(message: str) -> str:
    """What an error says, but for names, numbers and paths in it."""
    said, before = _NAMED.sub("…", _HINT.split(message)[0]), ""
    while said != before:
        said, before = _NESTED.sub("…", said), said
    return re.sub("…(, |: | )?(…(, |: | )?)+", "… ", said)[:90]


def refused(function: Callable[[], object]) -> str:
    """Call a function; returns "" if it works, and else the kind of the one error it ends in.

    Raises:
        ViolationError: its error is no clear line. What is no `UserError` is raised as it is.
    """
    try:
        function()
    except UserError as error:
        return one_error(str(error)) or "error"
    return ""
