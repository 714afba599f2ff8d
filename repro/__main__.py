"""Run `python -m repro`; see `repro.cli`."""

from __future__ import annotations

import os
import sys

from repro.paths import BUILD, CLAIMS

# Matplotlib writes its font cache below build/, not in the user's home.
if CLAIMS.is_dir():  # a checkout
    os.environ.setdefault("MPLCONFIGDIR", str(BUILD / "matplotlib"))

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
