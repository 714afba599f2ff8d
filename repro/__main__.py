"""`python -m repro`: see `repro.cli`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Matplotlib keeps its list of fonts with all else that is made here, not in the user's home.
_BUILD = Path(__file__).resolve().parent.parent / "build"
if _BUILD.with_name("claims").is_dir():  # a checkout
    os.environ.setdefault("MPLCONFIGDIR", str(_BUILD / "matplotlib"))

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
