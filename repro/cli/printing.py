"""How commands print data."""

from __future__ import annotations

import json
import sys


def print_json(body: object) -> None:
    """Print JSON on stdout, in ASCII if that is not UTF-8: an escape for a terminal is no escape of JSON.

    Raises:
        ValueError: a number is infinite or not a number.
    """
    plain = (sys.stdout.encoding or "utf-8").lower() != "utf-8"
    sys.stdout.write(json.dumps(body, indent=2, ensure_ascii=plain, allow_nan=False) + "\n")
