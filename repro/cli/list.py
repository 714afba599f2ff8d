"""The command `list`: the tasks, algorithms and claims there are."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from repro import algorithms, tasks
from repro.cli.arguments import add_json
from repro.cli.help_text import DONE, described, epilog
from repro.cli.printing import print_json
from repro.cli.pytest_session import declared
from repro.console import show
from repro.plugin.declared import Declared

if TYPE_CHECKING:
    from collections.abc import Callable

    from repro.cli.arguments import Commands

    Rows = list[dict[str, Any]]

ABOUT = described(
    "List the problems that are trained on, the algorithms, or the claims. Nothing lists them in "
    "the code: each is a file of its own, which is found."
)
EXAMPLES = {
    "list claims": "id, kind, recorded outcome, title; `explain` tells the rest",
    "list claims --json": "the same for a program to read, with the lines of the talk",
}
UNSHOWN = {"required", "source"}
"""Columns that are for programs."""
PROSE = {"title", "is", "tasks"}
"""Columns that wrap on a narrow terminal."""


def add_list(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "list",
        help="list tasks, algorithms or claims",
        description=ABOUT,
        epilog=epilog(EXAMPLES, DONE),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("what", choices=sorted(LISTS))
    add_json(parser, "the list")
    parser.set_defaults(command=show_list)


def show_list(options: argparse.Namespace) -> int:
    """Print names of one kind."""
    rows = LISTS[options.what]()
    if options.json:
        print_json(rows)
        return 0
    shown = [heading for heading in rows[0] if heading not in UNSHOWN]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in shown:
        table.add_column(heading, no_wrap=heading not in PROSE)
    for row in rows:
        table.add_row(*(Text(str(row[heading])) for heading in shown))
    show(table)
    return 0


def _tasks() -> Rows:
    return [
        {
            "problem": problem.name,
            "tasks": " ".join(task.name for task in problem.tasks),
            "from": problem.pretraining or "",
        }
        for problem in map(tasks.problem, tasks.problem_names())
    ]


def _algorithms() -> Rows:
    return [
        {"algorithm": name, "is": (type(algorithms.load(name)).__doc__ or "").partition("\n")[0]}
        for name in algorithms.algorithm_names()
    ]


def _claims() -> Rows:
    return [
        {
            "claim": claim.id,
            "kind": claim.kind,
            "required": claim.required,
            "recorded": claim.recorded,
            "source": " ".join(claim.source),
            "title": claim.title,
        }
        for claim in map(Declared.from_dict, declared())
    ]


LISTS: dict[str, Callable[[], Rows]] = {
    "tasks": _tasks,
    "algorithms": _algorithms,
    "claims": _claims,
}
