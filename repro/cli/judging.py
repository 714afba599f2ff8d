"""What `run` and `report` share: which claims are judged, on which runs, and how a run ends."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import loky

from repro.cli.arguments import add_folders, add_json, folders
from repro.cli.pytest_session import run_pytest
from repro.console import print_error
from repro.errors import UserError
from repro.paths import REPORT
from repro.plugin.exit_codes import BAD_INPUT, EXIT_CODES, INTERRUPTED
from repro.plugin.options import parse_cap, parse_jobs, parse_seeds
from repro.protocol.tiers import PAPER, TIERS

if TYPE_CHECKING:
    import argparse

LAST = "The last lines printed are the report's path and the meaning of the exit code."


def add_choice(parser: argparse.ArgumentParser, at_once: str) -> None:
    """Add the arguments that choose claims, runs and the report's folder.

    Args:
        parser: of the command.
        at_once: what --jobs counts, for its help.
    """
    parser.add_argument(
        "--tier",
        choices=list(TIERS),
        default=PAPER.name,
        help="paper: what the talk says (default); study: also the explanation study; quick: the linear "
        "chain on three seeds; audit: the shipped runs, without training",
    )
    parser.add_argument(
        "--claim", action="append", default=[], metavar="ID", help="only this one (repeatable)"
    )
    parser.add_argument("-k", metavar="EXPRESSION", help="only claims that match, as in pytest")
    parser.add_argument(
        "--seeds", type=parse_seeds, help="as 0-9 or 0-4,7 (default: those of the tier)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder of the report (default: build/claims)"
    )
    parser.add_argument(
        "--jobs",
        type=parse_jobs,
        default=loky.cpu_count(),
        metavar="N",
        help=f"{at_once} at once (default: one per core)",
    )
    parser.add_argument(
        "--cap",
        type=parse_cap,
        metavar="N",
        help="end a transfer after N epochs, converged or not (default: that of the tier)",
    )
    add_json(parser, "the report's data")
    add_folders(parser)


def judge(options: argparse.Namespace, *more: str) -> int:
    """Judge claims with pytest; return the exit code. With --json, only claims.json goes to stdout.

    Args:
        options: as parsed from the arguments of `add_choice`.
        more: further options for pytest.
    """
    out = options.out or REPORT
    words = [f"--tier={options.tier}", f"--jobs={options.jobs}", f"--out={out}"]
    words += [*folders(options), *more]
    words += [f"--seeds={','.join(map(str, options.seeds))}"] if options.seeds else []
    words += [f"--cap={options.cap}"] if options.cap else []
    words += [f"--claim={name}" for name in options.claim]
    words += [f"-k={options.k}"] if options.k else []
    result = out / "claims.json"
    before = _written_at(result)
    with contextlib.redirect_stdout(sys.stderr) if options.json else contextlib.nullcontext():
        code = _run(words)
    if _written_at(result) == before:
        _say_no_report(out, code, earlier=before is not None)
    elif options.json:
        sys.stdout.write(result.read_text(encoding="utf-8"))
    return code


def _run(words: list[str]) -> int:
    try:
        return run_pytest(words)
    except UserError as error:
        print_error(str(error))
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _written_at(path: Path) -> int | None:
    """Return when a file was last written, in nanoseconds; None if there is no file."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None


def _say_no_report(out: Path, code: int, *, earlier: bool) -> None:
    """Print the last two lines on stderr, where the error was printed too."""
    why = "it was interrupted" if code == INTERRUPTED else "see above"
    kept = f"; the one in {out} is from an earlier run" if earlier else ""
    sys.stderr.write(f"no report was written: {why}{kept}\n")
    sys.stderr.write(f"exit code {code}: {EXIT_CODES.get(code, 'see above')}\n")
