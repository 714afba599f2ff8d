"""What the command `audit` does: audit a file or an algorithm, print the verdict and draw its graph.

Apart from `audit`, which has the arguments, because torch takes two seconds to load.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from repro.causal.auditing.audit import PER, audit
from repro.causal.auditing.audit_module import audit_module
from repro.causal.auditing.findings import Answer
from repro.cli.audit_rule_file import StepFile, load_rule_file
from repro.cli.audit_view import render
from repro.cli.printing import print_json
from repro.console import console
from repro.errors import UserError
from repro.plugin.exit_codes import FAILED, IMPLEMENTATION_DEPENDENT, SUCCESS, UNDECIDED

if TYPE_CHECKING:
    import argparse

    from repro.causal.auditing.verdict import Verdict
    from repro.figures import Picture

ANSWERS = {
    Answer.MODULAR: SUCCESS,
    Answer.NOT_MODULAR: FAILED,
    Answer.UNDETERMINED: UNDECIDED,
    Answer.IMPLEMENTATION_DEPENDENT: IMPLEMENTATION_DEPENDENT,
}
"""The exit code of each answer."""


def run_audit(options: argparse.Namespace) -> int:
    """Audit a file or an algorithm and return the exit code; what a file prints goes to stderr.

    Raises:
        UserError: both or neither are given, the file cannot be audited, or the figure cannot be written.
    """
    if (options.file is None) == (options.algorithm is None):
        both = "both FILE and --algorithm" if options.algorithm else "neither FILE nor --algorithm"
        raise UserError(f"given {both}; expected one of the two, as in: audit my_rule.py")
    if options.algorithm:
        # Imports numba, which an audit of a file does not need.
        from repro.cli.audit_algorithm import WHAT, algorithm_rule  # noqa: PLC0415

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
        # In a locale without these characters, a name has bytes in their place, which cannot be drawn.
        name = os.fsencode(options.file.name).decode("utf-8", "replace")
    if options.figure:
        draw(verdict, options.figure, options.algorithm or name)
    if options.reads:
        draw_reads(verdict, options.reads, options.algorithm or name)
    if options.json:
        print_json(verdict.to_dict())
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


def draw(verdict: Verdict, path: Path, what: str) -> None:
    """Draw the verdict's graph with the paths of its first witness.

    Raises:
        UserError: the file cannot be written.
    """
    from repro.figures import audit_graph  # noqa: PLC0415 - matplotlib takes a second to load

    _write(audit_graph(verdict, what=what), path, "--figure")


def draw_reads(verdict: Verdict, path: Path, what: str) -> None:
    """Draw what each gradient reads.

    Raises:
        UserError: the file cannot be written.
    """
    from repro.figures import audit_reads  # noqa: PLC0415 - as above

    _write(audit_reads(verdict, what=what), path, "--reads")


def _write(picture: Picture, path: Path, option: str) -> None:
    from repro.figures import save  # noqa: PLC0415 - as above

    try:
        with tempfile.TemporaryDirectory() as folder:
            save(picture, Path(folder))
            shutil.copyfile(Path(folder) / f"{picture.name}{path.suffix}", path)
    except OSError as error:
        raise UserError(
            f"the figure cannot be written to {path}: {error.strerror}; give another {option}"
        ) from error
