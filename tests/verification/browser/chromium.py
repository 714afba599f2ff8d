"""Where Chromium is; as a script, prints its path, or fails and says what is missing.

Runs on a bare Python, so that the session can ask before it installs anything.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")

MISSING = f"""\
no Chromium found: looked on the PATH for {", ".join(NAMES)}.
Install it and run this again; on Debian, as root: apt-get install chromium
Without it nobody has looked at the report: the script behind its filters, sorting and links, its
contrast, and its layout on a phone are checked nowhere else. So this fails and is not skipped."""


def find() -> Path | None:
    """Find the browser on the PATH; None where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def main() -> int:
    """Print the path, or what is missing to the error stream; returns the exit code."""
    path = find()
    if path is None:
        sys.stderr.write(f"{MISSING}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
