"""Replace a standard stream by a pseudo-terminal, and set the variables about colours."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

VARIABLES = ("NO_COLOR", "FORCE_COLOR", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
COLOUR = r"\x1b\[[0-9;]*m"


def set_variables(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Set these variables about colours, and no others; terminals have 100 columns."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", "COLUMNS": "100", **variables}.items():
        monkeypatch.setenv(name, value)


@contextlib.contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[list[str]]:
    """Replace `sys.stdout` or `sys.stderr` by a pseudo-terminal; yield a list that receives its text."""
    master, slave = os.openpty()
    heard: list[bytes] = []
    reader = threading.Thread(target=_read, args=(master, heard))
    reader.start()
    text: list[str] = []
    try:
        with os.fdopen(slave, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:
            for name in names:
                patch.setattr(f"sys.{name}", stream)
            yield text
    finally:
        reader.join()
        os.close(master)
        text.append(b"".join(heard).decode().replace("\r\n", "\n"))


def _read(master: int, heard: list[bytes]) -> None:
    with contextlib.suppress(OSError):  # the other end is closed
        while part := os.read(master, 4096):
            heard.append(part)


def plain(variables: Mapping[str, str], *, on_terminal: bool) -> bool:
    """Return True if nothing may be coloured, by no-color.org and force-color.org."""
    if variables.get("NO_COLOR"):
        return True
    return not (variables.get("FORCE_COLOR") or (on_terminal and variables.get("TERM") != "dumb"))
