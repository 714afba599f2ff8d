"""A claim's verdict in the last report, if there is one."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from repro.report.numbers import interval
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Number = int | float
RUN: dict[str, Any] = {
    "tier": str,
    "tier_label": str,
    "commit": str | None,
    "dirty": bool | None,
}
SHOWN: dict[str, Any] = {
    "verdict": str,
    "measured": dict | None,
    "n": int | None,
    "censored": int | None,
    "runs": int | None,
    "drift": bool,
    "flipped": bool,
    "controls": list,
}
"""The fields of a claim and of its run that are shown, with their types in a report."""
MEASURED: dict[str, Any] = {"value": Number | None, "low": Number | None, "high": Number | None}
MEASURED |= {"unit": str}
CONTROL: dict[str, Any] = {"what": str, "expected": str, "verdict": str}


def last_judged(claim: str, folder: Path) -> dict[str, Any] | str:
    """Look up a claim in a report.

    Args:
        claim: its id.
        folder: folder of the report.

    Returns:
        The shown fields of the claim and its run; or, in words, why there are none.
    """
    path = folder / "claims.json"
    try:
        body = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: None)
        run = _typed({"tier_label": f"{body['tier']} tier", **body}, RUN)
        found = [row for row in body["claims"] if row["id"] == claim]
        left_out = [row["why"] for row in body["left_out"] if row["id"] == claim]
        if found:
            return {**_judged(found[0]), **run, "report": str(path)}
    except FileNotFoundError:
        return f"there is no report in {folder}"
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        return f"{path} cannot be read ({type(error).__name__}: {why})"
    report = f"the report in {folder}, of the {run['tier_label']},"
    return f"{report} left it out: {left_out[0]}" if left_out else f"{report} does not have it"


def _judged(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the shown fields of a claim's JSON object.

    Raises:
        LookupError: a field is missing.
        TypeError: a field has another type.
        ValueError: the verdict does not exist.
    """
    shown = _typed({"runs": None, **row}, SHOWN)
    Verdict(shown["verdict"])
    if shown["measured"] is not None:
        _typed(shown["measured"], MEASURED)
    shown["controls"] = [_typed(control, CONTROL) for control in shown["controls"]]
    return shown


def _typed(row: Mapping[str, Any], types: Mapping[str, Any]) -> dict[str, Any]:
    for name, kind in types.items():
        if not isinstance(row[name], kind):
            raise TypeError(f"given {name} {row[name]!r}")
    return {name: row[name] for name in types}


def figure(measured: Mapping[str, Any] | None) -> str:
    """Format a claim's figure in a report, where open ends are null; "" if there is none."""
    if measured is None or measured["value"] is None:
        return ""
    low, high = measured["low"], measured["high"]
    if low is None and high is not None:
        low = -math.inf
    if high is None and low is not None:
        high = math.inf
    return interval(measured["value"], low, high, measured["unit"])
