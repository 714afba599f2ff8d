"""The command `list`: list the tasks, algorithms or claims."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from repro import tasks
from repro.cli.arguments import add_json
from repro.cli.printing import print_json
from repro.cli.pytest_session import listed_claims
from repro.console import show
from repro.plugin.exit_codes import DONE, SUCCESS
from repro.storage.remembered import remembered

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    Rows = list[dict[str, Any]]

DESCRIPTION = (
    "List the problems that algorithms train on, the algorithms, their hyperparameters, or the claims. Each "
    "task, algorithm and claim is a file that is discovered; no list in the code names them."
)
EXAMPLES = {
    "list claims": "id, kind, recorded outcome and title; `explain` has the rest",
    "list hyperparameters": "what each algorithm can be given, with the protocol's values",
    "list claims --json": "the same for a program to read, with the lines of the talk",
}
CODES = DONE
JSON_ONLY = {"required", "source", "hyperparameters"}
"""Columns that only the JSON has."""
PROSE = {"title", "is", "tasks"}
"""Columns that wrap on a narrow terminal."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("what", choices=sorted(LISTS))
    add_json(parser, "the list")


def run(options: argparse.Namespace) -> int:
    """Print a list; return the exit code."""
    rows = LISTS[options.what]()
    if options.json:
        print_json(rows)
        return SUCCESS
    shown = [heading for heading in rows[0] if heading not in JSON_ONLY]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in shown:
        table.add_column(heading, no_wrap=heading not in PROSE)
    for row in rows:
        table.add_row(*(Text(str(row[heading])) for heading in shown))
    show(table)
    return SUCCESS


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
    return remembered("algorithms", _loaded)


def _loaded() -> Rows:
    from repro import algorithms  # noqa: PLC0415 - imports torch and numba

    return [
        {
            "algorithm": name,
            "name": algorithms.display_name(name),
            "is": (type(algorithms.load(name)).__doc__ or "").partition("\n")[0],
            "hyperparameters": asdict(algorithms.load(name)),
        }
        for name in algorithms.algorithm_names()
    ]


def _hyperparameters() -> Rows:
    return [
        {"algorithm": row["algorithm"], "hyperparameter": name, "default": default}
        for row in _algorithms()
        for name, default in row["hyperparameters"].items()
    ]


def _claims() -> Rows:
    return [
        {
            "claim": claim["id"],
            "kind": claim["kind"],
            "required": claim["required"],
            "recorded": claim["recorded"],
            "source": " ".join(claim["source"]),
            "title": claim["title"],
        }
        for claim in listed_claims()
    ]


LISTS: dict[str, Callable[[], Rows]] = {
    "tasks": _tasks,
    "algorithms": _algorithms,
    "hyperparameters": _hyperparameters,
    "claims": _claims,
}
