"""The command `audit`: reads a rule from a file, prints the verdict and draws its graph."""

from __future__ import annotations

import argparse
from pathlib import Path

from repro.cli.arguments import add_json
from repro.plugin.exit_codes import (
    DONE,
    FAILED,
    IMPLEMENTATION_DEPENDENT,
    SUCCESS,
    UNDECIDED,
)

_ANSWERS = {
    SUCCESS: "modular",
    FAILED: "not modular",
    UNDECIDED: "undetermined",
    IMPLEMENTATION_DEPENDENT: "implementation-dependent",
}
CODES = dict(sorted({**DONE, **_ANSWERS}.items()))
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


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
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
        help="audit an algorithm of this project instead of a file, on one short episode",
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
        choices=("mechanism", "step"),
        default="mechanism",
        help="audit each mechanism, or each step (first axis) of each mechanism by itself",
    )
    parser.add_argument(
        "--selection",
        choices=("route", "strict"),
        default="route",
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
    """Audit, and return the exit code; see `repro.cli.audit_run`."""
    from repro.cli.audit_run import run_audit  # noqa: PLC0415 - torch takes two seconds to load

    return run_audit(options)
