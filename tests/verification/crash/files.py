"""Tells of everything that is done to files below a folder, before it is done; it may be refused."""

from __future__ import annotations

import errno
import io
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NEEDS_ROOM = {"mkdir", "open", "write", "write the rest", "fsync"}


class Act(Protocol):
    """What is called before each operation; what it raises comes of the operation."""

    def __call__(self, operation: str, path: Path) -> None:
        """Let it happen, or raise."""


class Counted:
    """Lets everything happen and counts it; so does what inherits from it, up to a point.

    Attributes:
        operations: that were begun, as "write a.json".
    """

    def __init__(self) -> None:
        self.operations: list[str] = []

    def __call__(self, operation: str, path: Path) -> None:
        """Count it."""
        self.operations.append(f"{operation} {path.name}")
        self.act(operation, len(self.operations) - 1)

    def act(self, operation: str, number: int) -> None:
        """Let it happen."""


class Full(Counted):
    """A disk without room from one operation on."""

    def __init__(self, first: int = 0) -> None:
        super().__init__()
        self._first = first

    def act(self, operation: str, number: int) -> None:
        """Refuse what needs room."""
        if number >= self._first and operation in NEEDS_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class ReadOnly(Counted):
    """A disk on which nothing can be changed."""

    def act(self, operation: str, number: int) -> None:
        """Refuse it."""
        del operation, number
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


class Deadly(Counted):
    """Ends this process before one operation, as nothing can prevent."""

    def __init__(self, last: int, by: Callable[[], None]) -> None:
        super().__init__()
        self._last, self._by = last, by

    def act(self, operation: str, number: int) -> None:
        """End if it is time."""
        del operation
        if number == self._last:
            self._by()


@contextmanager
def watched(folder: Path, act: Act) -> Iterator[None]:
    """Call `act` before each change to a file in `folder`, and amid each write."""
    real_open, real = io.open, {n: getattr(os, n) for n in ("replace", "unlink", "mkdir")}
    real_fsync, files = os.fsync, dict[int, Path]()

    def inside(path: object) -> bool:
        return isinstance(path, str | os.PathLike) and Path(path).is_relative_to(folder)

    def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - as io.open
        if not inside(file) or not set(mode) & set("wax+"):
            return real_open(file, mode, *rest, **named)
        act("open", Path(file))
        found = real_open(file, mode, *rest, **named)
        files[found.fileno()] = Path(file)
        return _Halved(found, Path(file), act)

    def fsync(number: int) -> None:
        if number in files:
            act("fsync", files[number])
        real_fsync(number)

    def telling(name: str) -> Callable[..., Any]:
        def change(path: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - as in os
            if inside(path):
                act(name, Path(path))
            return real[name](path, *rest, **named)

        return change

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(io, "open", opened))
        stack.enter_context(mock.patch.object(os, "fsync", fsync))
        for name in real:
            stack.enter_context(mock.patch.object(os, name, telling(name)))
        yield


class _Halved:
    """A file that is written half by half."""

    def __init__(self, file: Any, path: Path, act: Act) -> None:  # noqa: ANN401 - text or bytes
        self._file, self._path, self._act = file, path, act

    def write(self, content: Any) -> int:  # noqa: ANN401 - text or bytes
        half = len(content) // 2
        self._act("write", self._path)
        self._file.write(content[:half])
        self._file.flush()
        self._act("write the rest", self._path)
        return half + int(self._file.write(content[half:]))

    def __enter__(self) -> _Halved:  # noqa: PYI034 - no subclass
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a file has
        return getattr(self._file, name)
