"""Follow the documents in a fresh clone with an empty home, and watch what is written outside it.

Uncommitted changes are not tested. The exit code is 0 if every command did what its document says, and
nothing was written outside the clone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from repro.paths import PROJECT
from tests.verification.cleanroom.room import Room
from tests.verification.cleanroom.stages import (
    WALKTHROUGHS,
    DocumentError,
    kick_the_tyres,
    set_up,
    walk_through,
)
from tests.verification.program import Report, arguments, progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FIRST: dict[str, Callable[[Room], None]] = {
    "set up as in CONTRIBUTING": set_up,
    "kick the tyres as in ARTIFACT": kick_the_tyres,
}
STAGES: dict[str, Callable[[Room], None]] = {
    **FIRST,
    **{f"walkthrough: {name}": partial(walk_through, heading=name) for name in WALKTHROUGHS},
}
SHOWN = 50
"""Maximum number of paths outside the clone to list."""


def main(words: Sequence[str] | None = None) -> int:
    """Run all stages; return the exit code."""
    parser = arguments("cleanroom", __doc__)
    parser.add_argument(
        "--short", action="store_true", help="leave out the walkthroughs, which train for minutes"
    )
    options = parser.parse_args(words)
    stages = {name: stage for name, stage in STAGES.items() if not options.short or name in FIRST}
    git = ("git", "-C", str(PROJECT), "status", "--porcelain")
    if subprocess.run(git, capture_output=True, check=True).stdout:  # noqa: S603 - a fixed command
        progress("uncommitted changes are not in the clone")
    with tempfile.TemporaryDirectory(prefix="cleanroom-") as folder:
        return follow(Room(Path(folder), PROJECT), stages).conclude(options.out)


def follow(room: Room, stages: dict[str, Callable[[Room], None]]) -> Report:
    """Run the stages up to the first that fails, then look for files outside the clone."""
    lines: list[str] = []
    problems: list[str] = []
    outside: list[str] = []
    for name, stage in stages.items():
        progress(f"{name} …")
        began = time.monotonic()
        try:
            stage(room)
        except DocumentError as error:
            problems = [f"{error.printed}\nnot as the document says: {error.words}"]
        except subprocess.TimeoutExpired as error:
            problems = [f"a command did not finish within {error.timeout:.0f} s"]
        if problems:
            lines.append(f"✗ {name}")
            break
        lines.append(f"✓ {name}, {time.monotonic() - began:.0f} s")
    else:
        outside = room.outside()
        if outside:
            problems = [f"{len(outside)} paths were written outside the clone"]
            lines += [f"✗ {problems[0]}", *(f"  {path}" for path in outside[:SHOWN])]
        else:
            lines.append("✓ nothing was written outside the clone, except caches of installers")
    text = "".join(f"{line}\n" for line in lines)
    return Report("cleanroom", text, {"stages": lines, "outside": outside}, problems)


if __name__ == "__main__":
    sys.exit(main())
