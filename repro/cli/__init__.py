"""The command line, one file a command: arguments in, an exit code out.

Judging is pytest's work on the folder claims/; the commands check their arguments and hand them on,
so that `pytest claims` with the same options does the same.
"""

from __future__ import annotations

from repro.cli.entry_point import commands, main

__all__ = ["commands", "main"]
