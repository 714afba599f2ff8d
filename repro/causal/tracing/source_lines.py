"""Where in the user's code an operator runs: the line, and the torch module whose `forward` is running."""

from __future__ import annotations

import sys
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

if TYPE_CHECKING:
    from types import CodeType, FrameType

_FOLDERS = tuple(
    str(Path(file).parent) for file in (torch.__file__, np.__file__, Path(__file__).parent)
)
"""Folders of torch, of NumPy and of the audit itself, whose lines say nothing to a user."""
_known: dict[CodeType, str] = {}


class Source(NamedTuple):
    """Where an operator runs.

    Attributes:
        line: file and line, such as "agent.py:31"; "" if unknown.
        module: the innermost torch module whose `forward` is running; None in a backward pass.
    """

    line: str = ""
    module: torch.nn.Module | None = None


def here() -> Source:
    """Get the innermost line of the running code that is neither in torch, NumPy nor in the audit."""
    module: torch.nn.Module | None = None
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the way to look at one's callers without a traceback
    while frame is not None:
        code = frame.f_code
        if module is None and code.co_name == "forward":
            owner = frame.f_locals.get("self")
            module = owner if isinstance(owner, torch.nn.Module) else None
        file = _file(code)
        if file:
            return Source(f"{file}:{frame.f_lineno}", module)
        frame = frame.f_back
    return Source("", module)


def constants_here() -> frozenset[float]:
    """Get the numbers that are written in the innermost code that is neither in torch, NumPy nor in the audit."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - as above
    while frame is not None and not _file(frame.f_code):
        frame = frame.f_back
    found: set[float] = set()
    queue: list[object] = [] if frame is None else list(frame.f_code.co_consts)
    for x in queue:
        if isinstance(x, tuple):
            queue += x
        elif isinstance(x, (int, float)):
            found |= {float(x), -float(x)}
    return frozenset(found)


def line_of(error: BaseException) -> str:
    """Get the innermost line outside of these folders on which an error was raised; "" if there is none."""
    lines = ((_file(frame.f_code), number) for frame, number in walk_tb(error.__traceback__))
    *_, last = ("", *(f"{file}:{number}" for file, number in lines if file))
    return last


def _file(code: CodeType) -> str:
    """Get the name of a code's file; "" if it is in one of these folders."""
    known = _known.get(code)
    if known is None:
        path = code.co_filename
        inside = path.startswith(_FOLDERS) or path.startswith("<frozen")
        # Code that was made from a string, as that of a dataclass, has no file.
        known = _known[code] = "" if inside else Path(path).name
    return known
