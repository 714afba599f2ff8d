"""`python -m tests.verification.fuzz`: all properties on thousands of made-up cases; exit code 0 if all hold."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.verification.fuzz import table
from tests.verification.fuzz.plan import CASES, properties, shared_out, tried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verification.fuzz.running import Outcome

FOLDER = PROJECT / "build" / "fuzz"
WORKERS = 2


def main(words: Sequence[str] | None = None) -> int:
    """Run the properties on two processes, print the table; 1 if one is broken."""
    options = _options(words)
    chosen = [one for one in properties() if one.id.startswith(options.only)]
    if not chosen:
        known = ", ".join(one.id for one in properties())
        sys.stderr.write(f"given --only {options.only}; expected the beginning of one of {known}\n")
        return 2
    cases = shared_out(options.cases, properties())
    began = time.monotonic()
    outcomes = _run({one.id: cases[one.id] for one in chosen}, options.seed)
    FOLDER.mkdir(parents=True, exist_ok=True)
    facts = table.body(outcomes, seed=options.seed, seconds=time.monotonic() - began)
    (FOLDER / "fuzz.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    (FOLDER / "fuzz.md").write_text(table.markdown(outcomes), encoding="utf-8")
    sys.stdout.write(table.plain(outcomes))
    for one in outcomes:
        if one.broken:
            again = f"--only {one.id} --cases {options.cases} --seed {options.seed}"
            sys.stdout.write(
                f"\n{one.id} does not hold for\n{one.broken}\nagain: python -m tests.verification.fuzz {again}\n"
            )
    return int(any(one.broken for one in outcomes))


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.verification.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help=f"in all (default: {CASES})")
    parser.add_argument("--seed", type=int, default=0, help="from which they come (default: 0)")
    parser.add_argument("--only", default="", help="properties whose id begins so, as commands")
    return parser.parse_args(words)


def _run(cases: dict[str, int], seed: int) -> list[Outcome]:
    """Try properties in processes of their own; those that take longest first."""
    context = multiprocessing.get_context("spawn")
    os.environ.update(OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1", PYTHONHASHSEED="0")
    shares = {one.id: one.share * one.cost for one in properties()}
    order = sorted(cases, key=lambda name: -shares[name])
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        tasks = {pool.submit(tried, name, cases[name], seed): name for name in order}
        done = {}
        for task in as_completed(tasks):
            done[tasks[task]] = one = task.result()
            said = "broken" if one.broken else "holds"
            sys.stderr.write(f"{one.id}: {one.cases:,} cases, {said}\n")
    return [done[name] for name in cases]


if __name__ == "__main__":
    sys.exit(main())
