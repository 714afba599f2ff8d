"""Exit codes of `pytest claims` and of every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repro.verdicts import RunResult

SUCCESS = 0
FAILED = 1
"""The answer is no: a claim has another verdict, two sets differ, a rule is not modular."""
BAD_INPUT = 2
UNDECIDED = 3
"""A claim could not be judged, or a rule could not be followed."""
IMPLEMENTATION_DEPENDENT = 4
"""Used by `audit` only."""
INTERRUPTED = 130
BROKEN_PIPE = 141
"""The program that reads our output has ended."""

EXIT_CODES = {
    SUCCESS: "as recorded: no required claim contradicts its recorded outcome",
    FAILED: "a required claim contradicts its recorded outcome or one of its negative controls failed, or runs "
    "differ from the shipped runs where they must not",
    BAD_INPUT: "usage or bad input",
    UNDECIDED: "a required claim could not be judged",
    INTERRUPTED: "interrupted",
}
"""What each code of a command that judges claims means."""
DONE = {SUCCESS: "done", BAD_INPUT: EXIT_CODES[BAD_INPUT], INTERRUPTED: EXIT_CODES[INTERRUPTED]}
"""What each code of a command that judges nothing means."""


def exit_code(run: RunResult) -> int:
    """Return the exit code of a run; a claim that was not run has priority over one that failed."""
    if run.undecided:
        return UNDECIDED
    return FAILED if run.failed else SUCCESS
