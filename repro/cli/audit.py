"""The subcommand `audit`: from a file to a verdict, a figure and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from repro.causal.auditing.audit import SELECTIONS, audit
from repro.causal.auditing.verdict import Answer
from repro.cli.audit_rule_file import opened
from repro.cli.audit_view import shown
from repro.errors import UserError
from repro.figures import causal_graph, save

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from repro.causal.auditing.verdict import Verdict

CODES = {
    Answer.MODULAR: 0,
    Answer.NOT_MODULAR: 1,
    Answer.UNDETERMINED: 3,
    Answer.IMPLEMENTATION_DEPENDENT: 4,
}
ENDINGS = (".svg", ".png")
DESCRIPTION = """Decide whether a credit-assignment rule gives independent gradients. FILE is Python and
defines rule(**inputs) -> {mechanism: gradient} and inputs() -> {name: tensor}: floating-point tensors
are conditioned on, integers are context. It may define mechanisms() -> {mechanism: parameters}, to
check that none is shared; update({mechanism: gradient}), an update rule to audit with it; and
execution(**inputs), the forward pass, whose results are conditioned on too."""


def add_audit(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], console: Callable[[], Console]
) -> None:
    """Add the subcommand.

    Args:
        commands: of the command line.
        console: makes what results for people are printed on.
    """
    means = {
        **{code: answer.value for answer, code in CODES.items()},
        2: "bad input",
        130: "interrupted",
    }
    told = "; ".join(f"{code} {means[code]}" for code in sorted(means))
    parser = commands.add_parser(
        "audit",
        help="decide whether a rule of your own is modular",
        description=DESCRIPTION,
        epilog=f"exit codes: {told}",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="defines rule and inputs()")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    parser.add_argument(
        "--figure", type=parse_figure, metavar="PATH", help="draw the graph, as .svg or .png"
    )
    parser.add_argument(
        "--selection",
        choices=SELECTIONS,
        default=SELECTIONS[0],
        help="a maximum is the value that it returns (route) or a hidden variable (strict)",
    )
    parser.add_argument(
        "--verify", action="store_true", help="change every hidden variable and see what moves"
    )
    parser.set_defaults(command=lambda options: run_audit(options, console))


def parse_figure(text: str) -> Path:
    """Read the path of a figure.

    Raises:
        argparse.ArgumentTypeError: its ending is none that can be drawn.
    """
    if Path(text).suffix not in ENDINGS:
        raise argparse.ArgumentTypeError(
            f"given {text!r}; expected a path that ends in {' or '.join(ENDINGS)}"
        )
    return Path(text)


def run_audit(options: argparse.Namespace, console: Callable[[], Console]) -> int:
    """Audit a file; returns the exit code. Stdout gets the verdict and nothing that the file prints.

    Raises:
        UserError: the file cannot be audited, or the figure cannot be written.
    """
    with contextlib.redirect_stdout(sys.stderr), opened(options.file) as material:
        try:
            verdict = audit(
                material.rule,
                material.inputs,
                mechanisms=material.mechanisms,
                update=material.update,
                execution=material.execution,
                selection=options.selection,
                verify=options.verify,
            )
        except SystemExit as error:  # whose code would pass for an answer
            raise UserError(
                f"{options.file}: the rule exits the program; return gradients"
            ) from error
    if options.figure:
        draw(verdict, options.figure, options.file.name)
    if options.json:
        print(json.dumps(verdict.to_dict(), indent=2, ensure_ascii=False))  # noqa: T201 - the result
    else:
        console().print(shown(verdict, options.file.name, verified=options.verify))
    return CODES[verdict.answer]


def draw(verdict: Verdict, path: Path, name: str) -> None:
    """Draw the verdict's graph with the paths of its first witness.

    Raises:
        UserError: the file cannot be written.
    """
    paths = verdict.witnesses[0].paths if verdict.witnesses else ()
    picture = causal_graph(
        verdict.graph,
        name="audit",
        title=f"{name}: {verdict.answer}",
        paths=paths,
        alt=f"Flattened causal graph of {name}, which is {verdict.answer}",
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            save(picture, Path(folder))
            shutil.copyfile(Path(folder) / f"audit{path.suffix}", path)
    except OSError as error:
        raise UserError(
            f"the figure cannot be written to {path}: {error.strerror}; give another --figure"
        ) from error
