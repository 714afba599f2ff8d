"""The parser of a command, and arguments that several commands have."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from repro.errors import suggestion


class Parser(argparse.ArgumentParser):
    """A parser whose errors suggest the nearest choices; its commands are parsed by the same class."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401 - argparse's own
        choices = None if action.choices is None else list(map(str, action.choices))
        if choices is not None and value not in choices:
            hint = suggestion(str(value), choices)
            raise argparse.ArgumentError(action, f"invalid choice: {str(value)!r}; {hint}")


def add_folders(parser: argparse.ArgumentParser) -> None:
    """Add the options that name the folders of runs."""
    parser.add_argument(
        "--store", type=Path, metavar="FOLDER", help="finished runs (default: build/runs)"
    )
    parser.add_argument(
        "--shipped", type=Path, metavar="FOLDER", help="shipped runs (default: data/runs)"
    )


def folders(options: argparse.Namespace) -> list[str]:
    """Return the pytest arguments for the folders."""
    named = {"store": options.store, "shipped": options.shipped}
    return [f"--{name}={folder}" for name, folder in named.items() if folder]


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --json, with which a command prints only JSON on stdout, and everything else on stderr."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON on stdout")
