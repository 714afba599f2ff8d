"""Where people read: in colour where they want it, with moving parts on a terminal only.

NO_COLOR and FORCE_COLOR are respected as no-color.org and force-color.org have it, the first before
the second, and as pytest does: without colours there are no escape sequences at all.
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
"""Columns of what is not shown on a terminal, and of a table there."""


def moving(stream: TextIO) -> bool:
    """Whether lines written to it can be drawn over: it is a terminal, and not a dumb one."""
    return stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def coloured(stream: TextIO) -> bool:
    """Whether what is written to it may be coloured."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or moving(stream)


def console(stream: TextIO | None = None, wide: int = WIDE) -> Console:
    """Make what results for people are printed on, as wide as the terminal if there is one.

    Args:
        stream: where to; None: stdout, as it is now.
        wide: columns where there is no terminal.
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
    """Print a result for people on stdout, without the spaces that fill up its lines.

    Args:
        renderable: what rich can print.
        widest: most columns, where there is prose to read; None: those of the terminal, and none
            elsewhere, so that each row of a table is a line.
    """
    out = console(wide=UNLIMITED)
    with out.capture() as capture:
        out.print(renderable, width=min(out.width, widest or out.width))
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def complain(message: str) -> None:
    """Print an error that the user can mend on stderr, as it is."""
    line = Text.assemble(("error:", "bold red"), f" {message}")
    console(sys.stderr).print(line, soft_wrap=True)
