"""Find Chromium; as a script, print its path, or fail and say what is missing.

Needs only the standard library, so that the session can check before it installs anything.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")

MISSING = f"""\
no Chromium found: looked on the PATH for {", ".join(NAMES)}.
Install it and run this again; on Debian, as root: apt-get install chromium
Only this session checks the script of the report (filters, sorting, links), its contrast and its layout
on a phone: they are checked nowhere else. So it fails instead of being skipped."""


def find() -> Path | None:
    """Find the browser on the PATH; return None if there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def main() -> int:
    """Print the path to stdout, or what is missing to stderr; return the exit code."""
    path = find()
    if path is None:
        sys.stderr.write(f"{MISSING}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
