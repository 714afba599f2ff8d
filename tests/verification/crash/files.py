"""Intercept every operation on files below a folder, before it happens; it may be refused."""

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

NEEDS_SPACE = {"mkdir", "open", "write", "write the rest", "fsync"}


class Act(Protocol):
    """Called before each operation; what it raises is the result of the operation."""

    def __call__(self, operation: str, path: Path) -> None:
        """Return to allow the operation, or raise."""


class Counted:
    """Allow and count every operation; subclasses refuse some.

    Attributes:
        operations: all that were started, as "write a.json".
    """

    def __init__(self) -> None:
        self.operations: list[str] = []

    def __call__(self, operation: str, path: Path) -> None:
        """Count the operation."""
        self.operations.append(f"{operation} {path.name}")
        self.act(operation, len(self.operations) - 1)

    def act(self, operation: str, number: int) -> None:
        """Allow the operation."""


class Full(Counted):
    """A disk that is full from one operation on."""

    def __init__(self, first: int = 0) -> None:
        super().__init__()
        self._first = first

    def act(self, operation: str, number: int) -> None:
        """Refuse operations that need space."""
        if number >= self._first and operation in NEEDS_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class ReadOnly(Counted):
    """A read-only disk."""

    def act(self, operation: str, number: int) -> None:
        """Refuse the operation."""
        del operation, number
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


class Deadly(Counted):
    """Kill this process before one operation."""

    def __init__(self, last: int, by: Callable[[], None]) -> None:
        super().__init__()
        self._last, self._by = last, by

    def act(self, operation: str, number: int) -> None:
        """Kill the process at the chosen operation."""
        del operation
        if number == self._last:
            self._by()


@contextmanager
def watched(folder: Path, act: Act) -> Iterator[None]:
    """Call `act` before each change to a file in `folder`, and in the middle of each write."""
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

    def intercepted(name: str) -> Callable[..., Any]:
        def change(path: Any, *rest: Any, **named: Any) -> Any:  # noqa: ANN401 - as in os
            if inside(path):
                act(name, Path(path))
            return real[name](path, *rest, **named)

        return change

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(io, "open", opened))
        stack.enter_context(mock.patch.object(os, "fsync", fsync))
        for name in real:
            stack.enter_context(mock.patch.object(os, name, intercepted(name)))
        yield


class _Halved:
    """A file that is written in two halves."""

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
