"""Arguments that several commands take, and how they are read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from repro.errors import unknown

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


class Parser(argparse.ArgumentParser):
    """A parser that names the nearest choices where a word is none of them; so do its commands'."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401 - argparse's own
        choices = None if action.choices is None else list(map(str, action.choices))
        if choices is not None and value not in choices:
            _, _, told = str(unknown("choice", str(value), choices)).partition(" choice ")
            raise argparse.ArgumentError(action, f"invalid choice: {told}")


def add_folders(parser: argparse.ArgumentParser) -> None:
    """Let a command be told where runs lie."""
    parser.add_argument(
        "--store", type=Path, metavar="FOLDER", help="finished runs (default: build/runs)"
    )
    parser.add_argument(
        "--shipped",
        type=Path,
        metavar="FOLDER",
        help="runs that came with the project (default: data/runs)",
    )


def folders(options: argparse.Namespace) -> list[str]:
    """The folders that were named, to pass on."""
    named = {"store": options.store, "shipped": options.shipped}
    return [f"--{name}={folder}" for name, folder in named.items() if folder]


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """Let a command print JSON: that alone on stdout, all else on stderr."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON on stdout")
