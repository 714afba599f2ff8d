"""Run `python -m repro`; see `repro.cli`."""

from __future__ import annotations

import sys

from repro.paths import choose_caches

choose_caches()
try:
    from repro.cli import main
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] == "repro":
        raise
    sys.exit(
        f"error: {error.name} is not installed; install this project first: "
        "python -m pip install -e . -c constraints.txt"
    )

if __name__ == "__main__":
    sys.exit(main())
