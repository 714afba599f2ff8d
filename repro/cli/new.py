"""The command `new`: write the skeleton of a claim, an algorithm or a task."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from repro.cli.arguments import add_json
from repro.cli.checkout import require_checkout
from repro.cli.printing import print_json
from repro.errors import UserError
from repro.paths import PROJECT
from repro.plugin.exit_codes import DONE, SUCCESS
from repro.scaffold import KINDS, LEARNERS, algorithm, write

if TYPE_CHECKING:
    import argparse

DESCRIPTION = (
    "Write a commented skeleton to the place where it is found: claims/GROUP/NAME.py for the claim "
    "GROUP.NAME, repro/algorithms/NAME.py, or repro/tasks/NAME.py. An algorithm or a task runs as it "
    'is; a claim is "not run" until its judge() is filled in. CONTRIBUTING.md has a walkthrough for '
    "each of the three."
)
EXAMPLES = {
    "new claim transfer.my_claim": "write claims/transfer/my_claim.py",
    "new algorithm my_algorithm": "write repro/algorithms/my_algorithm.py, a softmax policy",
    "new algorithm my_values --kind value": "write a value learner with ε-greedy selection",
    "new task my_task": "write repro/tasks/my_task.py",
}
CODES = DONE


def add(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("what", choices=sorted(KINDS))
    parser.add_argument("name", metavar="NAME", help="as my_rule, or transfer.my_claim for a claim")
    parser.add_argument(
        "--kind",
        choices=LEARNERS,
        help="of an algorithm: what its networks put out, a softmax policy (default), values, or bids",
    )
    add_json(parser, "path and commands")


def run(options: argparse.Namespace) -> int:
    """Write a skeleton, and print what to do next; return the exit code.

    Raises:
        UserError: this is not a checkout, the name cannot be used, there is no such kind, or the file
            cannot be written.
    """
    require_checkout("new files are found")
    if options.kind and options.what != "algorithm":
        raise UserError(
            f"given --kind for a {options.what}; only algorithms have kinds: leave it out"
        )
    if options.kind:
        skeleton = algorithm(options.name, PROJECT, options.kind)
    else:
        skeleton = KINDS[options.what](options.name, PROJECT)
    write(skeleton, PROJECT)
    if options.json:
        print_json({"path": skeleton.place, "next": [command for command, _ in skeleton.then]})
        return SUCCESS
    width = max(len(command) for command, _ in skeleton.then)
    lines = [f"wrote {skeleton.place}", "next:"]
    lines += [f"  {command:{width}}  # {why}" for command, why in skeleton.then]
    sys.stdout.write("\n".join(lines) + "\n")
    return SUCCESS
