"""How a claim came out in the last report, if there is one."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from repro.report.numbers import interval

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHOWN = ("verdict", "measured", "n", "censored", "drift", "flipped", "controls")
RUN = ("tier", "commit", "dirty")


def last_judged(claim: str, folder: Path) -> dict[str, Any] | str:
    """Look a claim up in a report.

    Args:
        claim: its id.
        folder: where the report lies.

    Returns:
        What it says of the claim and of its run; or, in words, why it says nothing.
    """
    path = folder / "claims.json"
    if not path.exists():
        return f"there is no report in {folder}"
    try:
        body = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: None)
        run = {name: body[name] for name in RUN}
        found = [row for row in body["claims"] if row["id"] == claim]
        left_out = [row["why"] for row in body["left_out"] if row["id"] == claim]
        if found:
            return {**{name: found[0][name] for name in SHOWN}, **run, "report": str(path)}
    except (OSError, ValueError, LookupError, TypeError) as error:
        return f"{path} cannot be read ({type(error).__name__}: {error})"
    told = f"the report in {folder}, of the {run['tier']} tier,"
    return f"{told} left it out: {left_out[0]}" if left_out else f"{told} is without it"


def figure(measured: Mapping[str, Any] | None) -> str:
    """Write the figure of a claim in a report, whose open ends are null there; "" for none."""
    if measured is None or measured["value"] is None:
        return ""
    low, high = measured["low"], measured["high"]
    if low is None and high is not None:
        low = -math.inf
    if high is None and low is not None:
        high = math.inf
    return interval(measured["value"], low, high, measured["unit"])
