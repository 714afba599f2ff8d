"""The command line: each command is a file that turns arguments into an exit code.

A command's file has the texts of its help (`DESCRIPTION`, `EXAMPLES`, `CODES`), `add`, which adds its
arguments, and `run`. Only the file of the given command is imported, and libraries that take seconds to load
are imported in the functions that need them. Nothing is judged here: commands on claims check their arguments and start pytest
on the folder claims/, so `pytest claims` with the same options does the same.

- `run`, `report`, `list`, `explain`, `audit`, `new`, `compare`, `ship`, `docs`: the commands
- `entry_point`: chooses the command, and turns errors into exit codes
- `arguments`, `help_text`, `printing`: what commands share
- `judging`, `pytest_session`: pytest on the claims
- `explain_*`, `audit_*`: parts of these two commands
"""

from __future__ import annotations

from repro.cli.entry_point import commands, main

__all__ = ["commands", "main"]
