"""How commands print data."""

from __future__ import annotations

import json
import sys


def print_json(body: object) -> None:
    """Print JSON on stdout.

    Raises:
        ValueError: it holds a figure that JSON cannot say.
    """
    sys.stdout.write(json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
