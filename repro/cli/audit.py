"""The command `audit`: reads a rule from a file, prints the verdict and draws its graph."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from repro.causal.auditing.audit import PER, SELECTIONS, audit
from repro.causal.auditing.audit_module import audit_module
from repro.causal.auditing.findings import Answer
from repro.causal.auditing.reads import every_element
from repro.cli.arguments import add_command, add_json
from repro.cli.audit_algorithm import WHAT, algorithm_rule
from repro.cli.audit_rule_file import StepFile, load_rule_file
from repro.cli.audit_view import render
from repro.console import console
from repro.errors import UserError
from repro.figures import causal_graph, reads_matrix, save
from repro.plugin.exit_codes import (
    DONE,
    FAILED,
    IMPLEMENTATION_DEPENDENT,
    SUCCESS,
    UNDECIDED,
)

if TYPE_CHECKING:
    from repro.causal.auditing.verdict import Verdict
    from repro.cli.arguments import Commands
    from repro.figures import Picture

ANSWERS = {
    Answer.MODULAR: SUCCESS,
    Answer.NOT_MODULAR: FAILED,
    Answer.UNDETERMINED: UNDECIDED,
    Answer.IMPLEMENTATION_DEPENDENT: IMPLEMENTATION_DEPENDENT,
}
CODES = dict(sorted({**DONE, **{code: answer.value for answer, code in ANSWERS.items()}}.items()))
EXAMPLES = {
    "audit my_rule.py": "print the answer, and the hidden variables that gradients share",
    "audit my_rule.py --figure rule.svg --verify": "draw the graph, and check it by intervention",
    "audit --algorithm cvs": "audit one of the algorithms here; `list algorithms` names them",
}
ENDINGS = (".svg", ".png")
DESCRIPTION = (
    "Decide whether a credit-assignment rule gives independent gradients. FILE is a Python file that "
    "defines rule(**inputs) -> {mechanism: gradient} and inputs() -> {name: tensor}: floating-point tensors are "
    "conditioned on; integers are context, unless a gradient is calculated with them.\n\n"
    "FILE can also define mechanisms() -> {mechanism: parameters}, to check that no parameter is "
    "shared; update({mechanism: gradient}), an update rule to audit with the rule; and "
    "execution(**inputs), the forward pass, whose results are conditioned on too.\n\n"
    "For an agent made of torch modules, FILE defines step(**batch), a training step that returns a loss or "
    "updates the parameters itself, and modules() -> {mechanism: module}; and maybe batch() -> {name: tensor}, "
    "others() -> {name: module} and seed, for random numbers. Parameters keep their names."
)


def add(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command."""
    summary = "decide whether your own rule is modular"
    parser = add_command(commands, "audit", summary, (DESCRIPTION, EXAMPLES, CODES), run)
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="defines rule and inputs(), or step and modules()",
    )
    parser.add_argument(
        "--algorithm",
        metavar="NAME",
        help=f"audit an algorithm of this project instead of a file, on {WHAT}",
    )
    add_json(parser, "the verdict")
    parser.add_argument(
        "--figure", type=parse_figure, metavar="PATH", help="draw the graph, as .svg or .png"
    )
    parser.add_argument(
        "--reads", type=parse_figure, metavar="PATH", help="draw what each gradient reads"
    )
    parser.add_argument(
        "--per",
        choices=PER,
        default=PER[0],
        help="audit each mechanism, or each step (first axis) of each mechanism by itself",
    )
    parser.add_argument(
        "--selection",
        choices=SELECTIONS,
        default=SELECTIONS[0],
        help="whether a maximum is the selected element (route) or a hidden variable (strict)",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="change each hidden variable, and compare which gradients change with the graph",
    )
    parser.add_argument(
        "--numpy",
        action="store_true",
        help="FILE is written with NumPy: trace it through torch's NumPy front end",
    )


def parse_figure(text: str) -> Path:
    """Parse the path of a figure.

    Raises:
        argparse.ArgumentTypeError: it does not end in one of `ENDINGS`.
    """
    if Path(text).suffix not in ENDINGS:
        raise argparse.ArgumentTypeError(
            f"given {text!r}; expected a path that ends in {' or '.join(ENDINGS)}"
        )
    return Path(text)


def run(options: argparse.Namespace) -> int:
    """Audit a file or an algorithm and return the exit code; what a file prints goes to stderr.

    Raises:
        UserError: both or neither are given, the file cannot be audited, or the figure cannot be written.
    """
    if (options.file is None) == (options.algorithm is None):
        both = "both FILE and --algorithm" if options.algorithm else "neither FILE nor --algorithm"
        raise UserError(f"given {both}; expected one of the two, as in: audit my_rule.py")
    if options.algorithm:
        if options.numpy:
            raise UserError(
                "given --algorithm and --numpy; the algorithms here are written with torch"
            )
        rule, inputs = algorithm_rule(options.algorithm)
        verdict = audit(
            rule, inputs, selection=options.selection, per=options.per, verify=options.verify
        )
        name = f"{options.algorithm} on {WHAT}"
    else:
        verdict = audit_file(
            options.file,
            options.selection,
            options.per,
            verify=options.verify,
            numpy=options.numpy,
        )
        name = options.file.name
    if options.figure:
        draw(verdict, options.figure, options.algorithm or name)
    if options.reads:
        draw_reads(verdict, options.reads, options.algorithm or name)
    if options.json:
        print(json.dumps(verdict.to_dict(), indent=2, ensure_ascii=False))  # noqa: T201 - the result
    else:
        console().print(render(verdict, name, verified=options.verify))
    return ANSWERS[verdict.answer]


def audit_file(path: Path, selection: str, per: str, *, verify: bool, numpy: bool) -> Verdict:
    """Audit the rule or the training step in a file; what it prints goes to stderr.

    Raises:
        UserError: the file cannot be audited.
    """
    with contextlib.redirect_stdout(sys.stderr), load_rule_file(path) as given:
        try:
            if isinstance(given, StepFile):
                if per != PER[0]:
                    raise UserError(
                        f"{path} defines a training step, whose gradients are those of parameters; --per {per} "
                        "is for rules that return gradients with one row for each step"
                    )
                if numpy:
                    raise UserError(
                        f"{path} defines a training step, for which arrays of NumPy are data; --numpy is for rules"
                    )
                return audit_module(
                    given.step,
                    given.modules,
                    batch=given.batch,
                    others=given.others,
                    execution=given.execution,
                    seed=given.seed,
                    selection=selection,
                    verify=verify,
                )
            return audit(
                given.rule,
                given.inputs,
                mechanisms=given.mechanisms,
                update=given.update,
                execution=given.execution,
                selection=selection,
                per=per,
                verify=verify,
                numpy=numpy,
            )
        except SystemExit as error:  # its code could be taken for an answer
            raise UserError(f"{path}: the rule exits the program; return gradients") from error


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
    _write(picture, path, "--figure")


def draw_reads(verdict: Verdict, path: Path, name: str) -> None:
    """Draw what each gradient reads.

    Raises:
        UserError: the file cannot be written.
    """
    picture = reads_matrix(
        verdict.reads,
        {
            one: every_element(one, verdict.shapes)
            for one in verdict.conditioned
            if one in verdict.shapes
        },
        name="audit",
        title=f"{name}: what each gradient reads",
        alt=f"Elements of inputs that each gradient of {name} reads",
    )
    _write(picture, path, "--reads")


def _write(picture: Picture, path: Path, option: str) -> None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            save(picture, Path(folder))
            shutil.copyfile(Path(folder) / f"audit{path.suffix}", path)
    except OSError as error:
        raise UserError(
            f"the figure cannot be written to {path}: {error.strerror}; give another {option}"
        ) from error
