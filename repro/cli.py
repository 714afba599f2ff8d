"""The command line: run and judge, report on what is stored, list what there is, audit a rule.

Judging is pytest's work on the folder claims/; this module checks the arguments and hands them on,
so that `pytest claims` with the same options does the same.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import loky
import pytest
from rich.console import Console
from rich.table import Table

from repro import algorithms, tasks
from repro.auditing import add_audit
from repro.errors import UserError
from repro.provenance import PROJECT
from repro.tiers import PAPER, TIERS

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD_INPUT, INTERRUPTED = 2, 130
EXIT_CODES = {
    0: "no required claim contradicts its registration",
    1: "a required claim contradicts its registration, a control did not hold, or runs are not the "
    "shipped ones where they must be",
    2: "usage or bad input",
    3: "a required claim could not be judged",
    130: "interrupted",
}
SEED_DIGITS = 4
WIDE = 200
"""Columns of a table that is not shown on a terminal."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.command(options))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def parse_seeds(text: str) -> tuple[int, ...]:
    """Read "0-9" or "0-4,7"; sorted, each once.

    Raises:
        argparse.ArgumentTypeError: it is none of these, or names no seed.
    """
    seeds: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise argparse.ArgumentTypeError(f"given {text!r}; expected seeds as 0-9 or 0-4,7")
        if max(len(first), len(last)) > SEED_DIGITS:
            raise argparse.ArgumentTypeError(f"given {text!r}; expected seeds below 10,000")
        seeds.update(range(int(first), int(last if dash else first) + 1))
    if len(seeds) < 2:  # noqa: PLR2004 - fewer show no spread
        raise argparse.ArgumentTypeError(f"given {text!r}; expected at least two seeds, as 0-9")
    return tuple(sorted(seeds))


def _parser() -> argparse.ArgumentParser:
    codes = "exit codes: " + "; ".join(f"{code} {text}" for code, text in EXIT_CODES.items())
    parser = argparse.ArgumentParser(
        prog="python -m repro", description=__doc__, epilog=codes, allow_abbrev=False
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run", help="train what is missing, judge the claims, write the report", epilog=codes
    )
    run.add_argument("--fresh", action="store_true", help="train again what is finished already")
    run.add_argument(
        "--jobs",
        type=parse_jobs,
        default=loky.cpu_count(),
        metavar="N",
        help="blocks trained at once (default: one a core)",
    )
    run.add_argument(
        "--scheduler", metavar="ADDRESS", help="train on a Dask cluster in place of this machine"
    )
    report = commands.add_parser(
        "report", help="judge stored runs only and write the report", epilog=codes
    )
    for command in (run, report):
        command.add_argument(
            "--tier",
            choices=list(TIERS),
            default=PAPER.name,
            help="paper: everything (default); quick: the linear chain on three seeds; audit: the "
            "runs that came with the project, without training",
        )
        command.add_argument(
            "--seeds", type=parse_seeds, help="as 0-9 or 0-4,7 (default: those of the tier)"
        )
        command.add_argument(
            "--claim", action="append", default=[], metavar="ID", help="only this (repeatable)"
        )
        command.add_argument(
            "-k", metavar="EXPRESSION", help="only claims that match, as in pytest"
        )
        command.add_argument("--out", type=Path, help="folder to report to (default: build/claims)")
        command.add_argument("--json", action="store_true", help="print claims.json on stdout")
        command.set_defaults(command=judge)
    shipping = commands.add_parser(
        "ship", help="replace the runs that come with the project by a finished paper tier's"
    )
    shipping.add_argument(
        "--allow-dirty", action="store_true", help="even if made with uncommitted changes"
    )
    shipping.set_defaults(command=ship)
    for command in (run, report, shipping):
        command.add_argument("--store", type=Path, help="folder of runs (default: build/runs)")
        command.add_argument(
            "--shipped", type=Path, help="folder of shipped runs (default: data/runs)"
        )
    add_audit(commands, _console)
    listing = commands.add_parser("list", help="list tasks, algorithms or claims")
    listing.add_argument("what", choices=sorted(LISTS))
    listing.add_argument("--json", action="store_true", help="print as JSON")
    listing.set_defaults(command=show_list)
    return parser


def parse_jobs(text: str) -> int:
    """Read a whole number above 0.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"given {text!r}; expected a whole number above 0")
    return int(text)


def judge(options: argparse.Namespace) -> int:
    """Judge claims by pytest, after training or from stored runs alone."""
    words = [f"--tier={options.tier}", *_folders(options)]
    words += [f"--seeds={','.join(map(str, options.seeds))}"] if options.seeds else []
    words += [f"--claim={name}" for name in options.claim]
    words += [f"-k={options.k}"] if options.k else []
    out = options.out or PROJECT / "build" / "claims"
    words += [f"--out={out}"]
    if "jobs" in options:
        words += [f"--jobs={options.jobs}", *(["--fresh"] if options.fresh else [])]
        words += [f"--scheduler={options.scheduler}"] if options.scheduler else []
    else:
        words += ["--judge-only"]
    if not options.json:
        return _pytest(words)
    with contextlib.redirect_stdout(sys.stderr):
        code = _pytest(words)
    if code in {BAD_INPUT, INTERRUPTED}:
        return code
    sys.stdout.write((out / "claims.json").read_text(encoding="utf-8"))
    return code


def ship(options: argparse.Namespace) -> int:
    """Ship the runs that all claims need, as pytest collects them."""
    words = ["--collect-only", "--ship", *(["--allow-dirty"] if options.allow_dirty else [])]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = _pytest([*words, *_folders(options)])
    if "ERROR" in said.getvalue():  # a claim cannot be imported
        sys.stderr.write(said.getvalue())
    return code


def _folders(options: argparse.Namespace) -> list[str]:
    """The folders that were named, passed on."""
    named = {"store": options.store, "shipped": options.shipped}
    return [f"--{name}={folder}" for name, folder in named.items() if folder]


def _pytest(words: Sequence[str]) -> int:
    """Run pytest on the claims of this checkout; returns its exit code."""
    folder = PROJECT / "claims"
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}; claims are judged from a clone, go there")
    configuration = ["-c", str(PROJECT / "pyproject.toml"), f"--rootdir={PROJECT}"]
    return int(pytest.main([str(folder), *configuration, "-p", "no:cacheprovider", *words]))


def show_list(options: argparse.Namespace) -> int:
    """Print names of one kind."""
    rows: list[dict[str, Any]] = LISTS[options.what]()
    if options.json:
        print(json.dumps(rows, indent=2))  # noqa: T201 - this is the command line
        return 0
    table = Table(box=None, pad_edge=False)
    for heading in rows[0]:
        table.add_column(heading, no_wrap=heading != "title")
    for row in rows:
        table.add_row(*map(str, row.values()))
    _console().print(table)
    return 0


def _console() -> Console:
    """Make what people read, as wide as the terminal if there is one."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def _tasks() -> list[dict[str, Any]]:
    return [
        {
            "problem": problem.name,
            "tasks": " ".join(task.name for task in problem.tasks),
            "from": problem.pretraining or "",
        }
        for problem in map(tasks.problem, tasks.problem_names())
    ]


def _algorithms() -> list[dict[str, Any]]:
    return [
        {"algorithm": name, "is": (type(algorithms.load(name)).__doc__ or "").partition("\n")[0]}
        for name in algorithms.algorithm_names()
    ]


def _claims() -> list[dict[str, Any]]:
    """Have the claims' plugin write its list, so that nothing here imports claims."""
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "claims.json"
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = _pytest(["--collect-only", f"--list-to={listing}"])
        if code:
            raise UserError(
                f"the claims cannot be listed; mend what pytest says\n{said.getvalue()}"
            )
        rows: list[dict[str, Any]] = json.loads(listing.read_text(encoding="utf-8"))
        return rows


LISTS = {"tasks": _tasks, "algorithms": _algorithms, "claims": _claims}
