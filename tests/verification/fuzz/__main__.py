"""Check all properties on thousands of generated cases.

The exit code is 0 if all hold. The same cases and seed make the same inputs.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING

from tests.verification.fuzz.plan import CASES, properties, shared_out, tried
from tests.verification.fuzz.report import report
from tests.verification.program import NOT_RUN, arguments, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verification.fuzz.running import Outcome

WORKERS = 2


def main(words: Sequence[str] | None = None) -> int:
    """Run the properties in two processes; return the exit code."""
    parser = arguments("fuzz", __doc__)
    parser.add_argument("--cases", type=int, default=CASES, help=f"in all (default: {CASES})")
    parser.add_argument("--seed", type=int, default=0, help="of all inputs (default: 0)")
    parser.add_argument("--only", default="", help="properties whose id starts so, as commands")
    options = parser.parse_args(words)
    chosen = [one for one in properties() if one.id.startswith(options.only)]
    if not chosen:
        known = ", ".join(one.id for one in properties())
        progress(f"given --only {options.only}; expected the beginning of one of {known}")
        return NOT_RUN
    cases = shared_out(options.cases, properties())
    began = time.monotonic()
    outcomes = _run({one.id: cases[one.id] for one in chosen}, options.seed)
    seconds = time.monotonic() - began
    return report(outcomes, options.cases, options.seed, seconds).conclude(options.out)


def _run(cases: dict[str, int], seed: int) -> list[Outcome]:
    """Try properties in separate processes, the longest first."""
    context = multiprocessing.get_context("spawn")
    os.environ.update(OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1", PYTHONHASHSEED="0")
    shares = {one.id: one.share * one.cost for one in properties()}
    order = sorted(cases, key=lambda name: -shares[name])
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        tasks = {pool.submit(tried, name, cases[name], seed): name for name in order}
        done = {}
        for task in as_completed(tasks):
            done[tasks[task]] = one = task.result()
            progress(f"{one.id}: {one.cases:,} cases, {'broken' if one.broken else 'holds'}")
    return [done[name] for name in cases]


if __name__ == "__main__":
    sys.exit(main())
