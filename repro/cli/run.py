"""The commands `run` and `report`: judge claims, after training or from stored runs alone."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import loky

from repro.cli.arguments import add_folders, add_json, folders
from repro.cli.help_text import described, epilog
from repro.cli.pytest_session import run_pytest
from repro.console import complain
from repro.errors import UserError
from repro.paths import REPORT
from repro.plugin.exit_codes import BAD_INPUT, EXIT_CODES, INTERRUPTED
from repro.plugin.options import parse_jobs, parse_seeds
from repro.protocol.tiers import PAPER, TIERS

if TYPE_CHECKING:
    from repro.cli.arguments import Commands

LAST = "Last of all come the report's path and what the exit code means."
RUN = described(
    "Train what is not trained yet, judge the claims, and write the report to build/claims/. "
    "Finished runs are kept in build/runs/: an interrupted command goes on from them.",
    LAST,
)
RUN_EXAMPLES = {
    "run": "everything, at the paper's scale; some minutes on two cores",
    "run --tier quick": "the linear chain on three seeds, and the theory",
    "run --tier audit": "judge the runs that came with the project; seconds, no training",
    "run --claim transfer.headline": "one claim, and only the runs that it needs",
    "run -k theory": "the theory, which needs no runs",
}
REPORT_ABOUT = described(
    "Judge the claims on runs that are stored already, train nothing, and write the report to "
    "build/claims/. A claim whose runs are missing is not run.",
    LAST,
)
REPORT_EXAMPLES = {
    "report": "judge what is in build/runs/ again",
    "report --json > claims.json": "the same, for a program to read",
}


def add_run(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command `run`."""
    parser = commands.add_parser(
        "run",
        help="train what is missing, judge the claims, write the report",
        description=RUN,
        epilog=epilog(RUN_EXAMPLES, EXIT_CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_choice(parser)
    parser.add_argument("--fresh", action="store_true", help="train again what is finished already")
    parser.add_argument(
        "--jobs",
        type=parse_jobs,
        default=loky.cpu_count(),
        metavar="N",
        help="blocks of runs trained at once (default: one a core)",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="train on a Dask cluster in place of this machine, as tcp://HOST:8786",
    )


def add_report(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command `report`."""
    parser = commands.add_parser(
        "report",
        help="judge stored runs only and write the report",
        description=REPORT_ABOUT,
        epilog=epilog(REPORT_EXAMPLES, EXIT_CODES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_choice(parser)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    """Add what both take: which claims, on which runs, and where to."""
    parser.add_argument(
        "--tier",
        choices=list(TIERS),
        default=PAPER.name,
        help="paper: everything (default); quick: the linear chain on three seeds; audit: the "
        "runs that came with the project, without training",
    )
    parser.add_argument(
        "--claim", action="append", default=[], metavar="ID", help="only this one (repeatable)"
    )
    parser.add_argument("-k", metavar="EXPRESSION", help="only claims that match, as in pytest")
    parser.add_argument(
        "--seeds", type=parse_seeds, help="as 0-9 or 0-4,7 (default: those of the tier)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to report to (default: build/claims)"
    )
    add_json(parser, "claims.json")
    add_folders(parser)
    parser.set_defaults(command=judge)


def judge(options: argparse.Namespace) -> int:
    """Judge claims by pytest; with --json stdout gets the report's claims.json and nothing else."""
    out = options.out or REPORT
    words = [f"--tier={options.tier}", f"--out={out}", *folders(options)]
    words += [f"--seeds={','.join(map(str, options.seeds))}"] if options.seeds else []
    words += [f"--claim={name}" for name in options.claim]
    words += [f"-k={options.k}"] if options.k else []
    if "jobs" in options:
        words += [f"--jobs={options.jobs}", *(["--fresh"] if options.fresh else [])]
        words += [f"--scheduler={options.scheduler}"] if options.scheduler else []
    else:
        words += ["--judge-only"]
    result = out / "claims.json"
    before = _written(result)
    with contextlib.redirect_stdout(sys.stderr) if options.json else contextlib.nullcontext():
        code = _code(words)
    if _written(result) == before:
        _say_none(out, code, earlier=before is not None)
    elif options.json:
        sys.stdout.write(result.read_text(encoding="utf-8"))
    return code


def _code(words: list[str]) -> int:
    try:
        return run_pytest(words)
    except UserError as error:
        complain(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _written(path: Path) -> int | None:
    """When a file was last written, in nanoseconds; None where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _say_none(out: Path, code: int, *, earlier: bool) -> None:
    """End on stderr, where what went wrong stands, as a run with a report ends on stdout."""
    why = "it was interrupted" if code == INTERRUPTED else "see above"
    left = f"; the one in {out} is of an earlier run" if earlier else ""
    sys.stderr.write(f"no report was written: {why}{left}\n")
    sys.stderr.write(f"exit code {code}: {EXIT_CODES.get(code, 'see above')}\n")
