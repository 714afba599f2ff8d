"""Judge every negative control, then plant faults in copies of the checkout and see what catches them.

The exit code is 0 if everything is as declared.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.verification.checkout import CheckoutError
from tests.verification.falsify.faults import ALL
from tests.verification.falsify.report import report
from tests.verification.falsify.session import Session
from tests.verification.program import NOT_RUN, arguments, progress

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Try all faults, or those that are named; return the exit code."""
    parser = arguments("falsify", __doc__)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="at once")
    parser.add_argument("--fault", action="append", metavar="NAME", help="only this (repeatable)")
    options = parser.parse_args(words)
    known = {fault.name: fault for fault in ALL}
    if unknown := sorted({*(options.fault or ())} - known.keys()):
        parser.error(f"no fault {', '.join(unknown)}; there are: {', '.join(known)}")
    faults = [known[name] for name in options.fault or known]
    with tempfile.TemporaryDirectory(prefix="falsify-") as folder:
        # Resolved: if the temporary folder is a link, commands see its other name.
        place = Path(folder).resolve() / "copies"
        try:
            tables = Session(faults, place, options.out / "runs", options.jobs).run()
        except CheckoutError as error:
            progress(str(error))
            return NOT_RUN
    return report(tables).conclude(options.out)


if __name__ == "__main__":
    sys.exit(main())
