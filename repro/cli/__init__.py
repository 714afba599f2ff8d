"""The command line, one file a command: arguments in, an exit code out.

Judging is pytest's work on the folder claims/; the commands check their arguments and hand them on,
so that `pytest claims` with the same options does the same.
"""

from __future__ import annotations

from repro.cli.arguments import parse_jobs, parse_seeds
from repro.cli.entry_point import commands, main
from repro.cli.help_text import BAD_INPUT, EXIT_CODES, INTERRUPTED
from repro.plugin.declared import Declared, Needed

__all__ = [
    "BAD_INPUT",
    "EXIT_CODES",
    "INTERRUPTED",
    "Declared",
    "Needed",
    "commands",
    "main",
    "parse_jobs",
    "parse_seeds",
]
