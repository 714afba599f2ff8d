"""Exit codes of the command line and of `pytest claims`."""

from __future__ import annotations

BAD_INPUT, INTERRUPTED, BROKEN_PIPE = 2, 130, 141
EXIT_CODES = {
    0: "every required claim has its recorded outcome",
    1: "a required claim contradicts its recorded outcome, a control did not hold, or runs are not the "
    "shipped ones where they must be",
    2: "usage or bad input",
    3: "a required claim could not be judged",
    130: "interrupted",
}
