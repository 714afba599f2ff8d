"""The subcommand `new`: from a name to a file, and what to do with it next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from repro.errors import UserError
from repro.paths import PROJECT
from repro.scaffold.skeletons import KINDS, write

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

DESCRIPTION = """Write a commented skeleton where it is found: claims/GROUP/NAME.py for a claim, whose id
is GROUP.NAME; repro/algorithms/NAME.py; or repro/tasks/NAME.py. An algorithm and a task run as they
are; a claim is "not run" until it says how it is judged. CONTRIBUTING.md walks through all three."""


def add_new(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], root: Path = PROJECT
) -> None:
    """Add the subcommand.

    Args:
        commands: of the command line.
        root: the checkout that is written to.
    """
    parser = commands.add_parser(
        "new",
        help="write the skeleton of a claim, an algorithm or a task",
        description=DESCRIPTION,
        epilog="exit codes: 0 written; 2 bad input, nothing was written",
    )
    parser.add_argument("what", choices=sorted(KINDS))
    parser.add_argument("name", metavar="NAME", help="as my_rule; of a claim, as transfer.my_claim")
    parser.add_argument("--json", action="store_true", help="print path and commands as JSON")
    parser.set_defaults(command=lambda options: run_new(options, root))


def run_new(options: argparse.Namespace, root: Path) -> int:
    """Write one skeleton and say what comes next; returns the exit code.

    Raises:
        UserError: this is no checkout, the name will not do, or the file cannot be written.
    """
    if not (root / "claims").is_dir():
        raise UserError(f"{root} is no checkout; new files are found in a clone only, go there")
    skeleton = KINDS[options.what](options.name, root)
    write(skeleton, root)
    if options.json:
        told = {"path": skeleton.place, "next": [command for command, _ in skeleton.then]}
        print(json.dumps(told, indent=2))  # noqa: T201 - this is the command line
        return 0
    lines = [f"wrote {skeleton.place}", "next:"]
    width = max(len(command) for command, _ in skeleton.then)
    lines += [f"  {command:{width}}  # {why}" for command, why in skeleton.then]
    print("\n".join(lines))  # noqa: T201 - this is the command line
    return 0
