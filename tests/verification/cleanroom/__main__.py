"""Clone the checkout, install it with an empty home and empty caches, and do as the documents say.

`python -m tests.verification.cleanroom` makes a room in a temporary folder, follows CONTRIBUTING's "Setting up",
ARTIFACT's "Kick the tyres" and CONTRIBUTING's walkthroughs there, and looks for anything that was
written outside the clone. Exit code 0: all went as the documents say, and nothing was.
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

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> int:
    """Run all stages; returns the exit code."""
    git = ("git", "-C", str(PROJECT), "status", "--porcelain")
    if subprocess.run(git, capture_output=True, check=True).stdout:  # noqa: S603 - the same command each time
        sys.stderr.write("uncommitted changes are not in the clone; what is tested is the commit\n")
    stages: dict[str, Callable[[Room], None]] = {
        "set up as in CONTRIBUTING": set_up,
        "kick the tyres as in ARTIFACT": kick_the_tyres,
        **{f"walkthrough: {name}": partial(walk_through, heading=name) for name in WALKTHROUGHS},
    }
    with tempfile.TemporaryDirectory(prefix="cleanroom-") as folder:
        return follow(Room(Path(folder), PROJECT), stages)


def follow(room: Room, stages: dict[str, Callable[[Room], None]]) -> int:
    """Go through the stages and say how each went; the exit code is 1 if any went wrong."""
    for name, stage in stages.items():
        sys.stderr.write(f"{name} …\n")
        began = time.monotonic()
        try:
            stage(room)
        except (DocumentError, subprocess.TimeoutExpired) as failure:
            sys.stdout.write(f"✗ {name}\n")
            sys.stderr.write(_told(failure))
            return 1
        sys.stdout.write(f"✓ {name}, {time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()
    if outside := room.outside():
        sys.stdout.write(f"✗ {len(outside)} paths were written outside the clone\n")
        sys.stdout.writelines(f"  {path}\n" for path in outside[:50])
        return 1
    sys.stdout.write("✓ nothing was written outside the clone but the installers' caches\n")
    return 0


def _told(failure: DocumentError | subprocess.TimeoutExpired) -> str:
    if isinstance(failure, DocumentError):
        return f"{failure.printed}\nnot as the document says: {failure.words}\n"
    return f"a command had not ended after {failure.timeout:.0f} s\n"


if __name__ == "__main__":
    sys.exit(main())
