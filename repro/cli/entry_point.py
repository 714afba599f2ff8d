"""From the words of a command line to a command and its exit code."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from repro.cli.arguments import Parser
from repro.cli.help_text import parser_options
from repro.console import print_error
from repro.errors import UserError
from repro.plugin.exit_codes import BAD_INPUT, BROKEN_PIPE, EXIT_CODES, INTERRUPTED
from repro.storage.provenance import commit, no_commit

if TYPE_CHECKING:
    from collections.abc import Sequence

DISTRIBUTION = "modularity-claims"
DESCRIPTION = (
    "Train from scratch, judge the claims of the talk, and report which ones are reproduced; explain "
    "how a claim is judged; audit your own learning rule.\n\n"
    "Colours follow NO_COLOR and FORCE_COLOR. With --json, a command prints only JSON on stdout, and "
    "everything else on stderr."
)
EXAMPLES = {
    "run": "judge what the talk says, at the paper's scale",
    "run --tier audit": "judge the shipped runs, without training; takes seconds",
    "explain transfer.headline": "what this claim says, and what would make it fail",
    "COMMAND --help": "the options and exit codes of a command",
}
COMMANDS = {
    "run": "train what is missing, judge the claims, write the report",
    "report": "judge stored runs and write the report, without training",
    "list": "list tasks, algorithms, hyperparameters or claims",
    "explain": "explain how a claim is judged and what would make it fail",
    "audit": "decide whether your own rule is modular",
    "gallery": "print the audits of other libraries",
    "new": "write the skeleton of a claim, an algorithm or a task",
    "compare": "decide whether two sets of records agree",
    "crate": "describe a finished report as an RO-Crate, for archives",
    "ship": "replace the shipped runs by those of a finished study tier",
    "docs": "write the tables of README.md and ARTIFACT.md from the last report",
}
"""Names of the commands' files, and what each does in a line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # File names may contain bytes that are not text, and a terminal may have few characters.
        sys.stdout.reconfigure(errors="backslashreplace")
    words = sys.argv[1:] if arguments is None else arguments
    parser = _parser(words)
    if not words:
        parser.print_help(sys.stderr)
        return BAD_INPUT
    try:
        options, unknown = parser.parse_known_args(_without_nul(words))
        if unknown:  # argparse would show the usage of the whole program
            options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        code = int(options.command(options))
        sys.stdout.flush()
    except UserError as error:
        print_error(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output has ended, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:  # about a given path, for example one that is too long
        named = f"{error.filename}: " if error.filename else ""
        print_error(f"{named}{error.strerror}; give another path")
        return BAD_INPUT
    return code


def commands() -> tuple[str, ...]:
    """Return the names of all commands."""
    return tuple(COMMANDS)


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser for a command line; only the file of its command is imported."""
    parser = Parser(prog="python -m repro", **parser_options(DESCRIPTION, EXAMPLES, EXIT_CODES))
    parser.add_argument("--version", action=_Version, nargs=0, help="print version and commit")
    added = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    given = next((word for word in words if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        if name == given:
            command = importlib.import_module(f"repro.cli.{name}")
            texts = parser_options(command.DESCRIPTION, command.EXAMPLES, command.CODES)
            its_parser = added.add_parser(name, help=summary, **texts)
            its_parser.set_defaults(command=command.run, parser=its_parser)
            command.add(its_parser)
        else:
            added.add_parser(name, help=summary)
    return parser


def _without_nul(words: Sequence[str]) -> Sequence[str]:
    """Return the words; raise a UserError if one contains NUL, which no path can contain."""
    if odd := [word for word in words if "\0" in word]:
        raise UserError(f"given {odd[0]!r}; expected words without the character NUL")
    return words


class _Version(argparse.Action):
    """Prints the version and the commit, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print and exit."""
        try:
            text = version(DISTRIBUTION)
        except PackageNotFoundError:  # run from the checkout without installing it
            text = "(not installed)"
        head, dirty = commit()
        if head:
            text += f", commit {head}{' with uncommitted changes' if dirty else ''}"
        elif why := no_commit():
            text += f", no commit: {why}"
        sys.stdout.write(f"{DISTRIBUTION} {text}\n")
        parser.exit()
