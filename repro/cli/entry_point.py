"""From the words of a command line to a command and its exit code."""

from __future__ import annotations

import argparse
import io
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from repro.cli.arguments import Parser
from repro.cli.audit import add_audit
from repro.cli.compare import add_compare
from repro.cli.docs import add_docs
from repro.cli.explain import add_explain
from repro.cli.help_text import described, epilog
from repro.cli.list import add_list
from repro.cli.new import add_new
from repro.cli.run import add_report, add_run
from repro.cli.ship import add_ship
from repro.console import complain, console
from repro.errors import UserError
from repro.plugin.exit_codes import BAD_INPUT, BROKEN_PIPE, EXIT_CODES, INTERRUPTED
from repro.storage.provenance import commit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.cli.arguments import Commands

DISTRIBUTION = "modularity-claims"
DESCRIPTION = described(
    "Train from scratch, judge the claims of the talk, and report which come out; say what a claim "
    "is judged by; audit a learning rule of your own.",
    "Colours follow NO_COLOR and FORCE_COLOR. With --json, a command prints JSON alone on stdout "
    "and all else on stderr.",
)
EXAMPLES = {
    "run": "everything, at the paper's scale",
    "run --tier audit": "judge the runs that came with the project; seconds, no training",
    "explain transfer.headline": "what this claim says, and what would make it fail",
    "COMMAND --help": "a command's options and exit codes",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files may hold bytes that are no text, and a terminal may know few characters.
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = _parser()
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        parser.print_help(sys.stderr)
        return BAD_INPUT
    try:
        options = parser.parse_args(_without_nul(words))
        code = int(options.command(options))
        sys.stdout.flush()
    except UserError as error:
        complain(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:  # what read our output has ended, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:  # a path that was given, as one too long for the system
        named = f"{error.filename}: " if error.filename else ""
        complain(f"{named}{error.strerror}; give another path")
        return BAD_INPUT
    return code


def _without_nul(words: Sequence[str]) -> Sequence[str]:
    """Refuse what no path can have, where all the words are together still."""
    if odd := [word for word in words if "\0" in word]:
        raise UserError(f"given {odd[0]!r}; expected words without the character NUL")
    return words


def commands() -> tuple[str, ...]:
    """Names of all commands."""
    return tuple(_add_commands(argparse.ArgumentParser()).choices)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m repro",
        description=DESCRIPTION,
        epilog=epilog(EXAMPLES, EXIT_CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print it, and the commit")
    _add_commands(parser)
    return parser


def _add_commands(parser: argparse.ArgumentParser) -> Commands[argparse.ArgumentParser]:
    added = parser.add_subparsers(required=True, metavar="COMMAND", title="commands")
    add_run(added)
    add_report(added)
    add_list(added)
    add_explain(added)
    add_audit(added, console)
    add_new(added)
    add_compare(added)
    add_ship(added)
    add_docs(added)
    return added


class _Version(argparse.Action):
    """Prints the version and the commit, which is looked up only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print and exit."""
        try:
            told = version(DISTRIBUTION)
        except PackageNotFoundError:  # run from the checkout without installing it
            told = "(not installed)"
        head, dirty = commit()
        if head:
            told += f", commit {head}{' with uncommitted changes' if dirty else ''}"
        sys.stdout.write(f"{DISTRIBUTION} {told}\n")
        parser.exit()
