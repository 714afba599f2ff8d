"""Print for people: colours if wanted, and updated lines on terminals only.

Colours follow NO_COLOR and FORCE_COLOR (no-color.org, force-color.org; the first takes precedence), as
in pytest. Without colours, no escape sequences are printed at all.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from typing import TextIO

    from rich.console import RenderableType

WIDE, UNLIMITED = 200, 100_000
"""Columns of text, and of tables, on a stream that is not a terminal."""


def moving(stream: TextIO) -> bool:
    """Return True if printed lines can be overwritten: on a terminal that is not dumb."""
    return stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def coloured(stream: TextIO) -> bool:
    """Return True if text on the stream may be coloured."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or moving(stream)


def console(stream: TextIO | None = None, wide: int = WIDE) -> Console:
    """Return a console for results that people read, as wide as the terminal.

    Args:
        stream: where to print; None: the current stdout.
        wide: columns if the stream is not a terminal.
    """
    stream = stream or sys.stdout
    return Console(
        file=stream,
        highlight=False,
        force_terminal=moving(stream),
        force_interactive=moving(stream),
        color_system="standard" if coloured(stream) else None,
        no_color=False,
        width=None if stream.isatty() else wide,
    )


def show(renderable: RenderableType, widest: int | None = None) -> None:
    """Print a result for people on stdout, without trailing spaces.

    Args:
        renderable: any object that rich can print.
        widest: most columns, for prose; None: those of the terminal, or unlimited elsewhere, so that
            each row of a table is one line.
    """
    out = console(wide=UNLIMITED)
    with out.capture() as capture:
        out.print(renderable, width=min(out.width, widest or out.width))
    sys.stdout.write(f"{plain(capture.get())}\n")


def plain(printed: str) -> str:
    """Remove trailing spaces, and replace no-break spaces, which tools like grep do not match."""
    lines = (line.rstrip() for line in printed.splitlines())
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def print_error(message: str) -> None:
    """Print the message of a `UserError` on stderr, in one line."""
    line = Text.assemble(("error:", "bold red"), f" {message}")
    console(sys.stderr).print(line, soft_wrap=True)
