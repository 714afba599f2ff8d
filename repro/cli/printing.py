"""How commands print data."""

from __future__ import annotations

import json
import sys


def print_json(body: object) -> None:
    """Print JSON on stdout.

    Raises:
        ValueError: a number is infinite or not a number.
    """
    sys.stdout.write(json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
