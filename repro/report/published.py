"""Whether the verdicts and figures in README and ARTIFACT are those of a report."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from repro.errors import UserError
from repro.paths import PROJECT
from repro.report.documents import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Claim = Mapping[str, Any]

AUDIT = "nox -s verify_claims -- --tier audit"
"""The quickest command that makes a report of all claims that are judged on runs."""
RELATIVE = 1e-6
"""Difference of figures that another processor may make."""


def unlike(report: Path, project: Path = PROJECT) -> tuple[int, list[str]]:
    """Compare the claims of a report that were judged on runs with what is published of them.

    Args:
        report: folder of the report.
        project: the checkout whose data/verdicts.json is compared.

    Returns:
        How many claims were compared, and a line for each that is not as published. A claim that is not
        required need not be published.

    Raises:
        UserError: a file cannot be read, or the report has no claim that was judged on runs.
    """
    judged, published = _by_id(report / "claims.json"), _by_id(project / VERDICTS)
    judged = {name: claim for name, claim in judged.items() if claim["n"]}
    if not judged:
        raise UserError(
            f"given the report {report}, in which no claim was judged on runs; expected one of any tier, as "
            f"`{AUDIT}` makes it"
        )
    found = []
    for name, claim in judged.items():
        if name not in published:
            found += [f"{name} is not published"] if claim["required"] else []
            continue
        found += [
            f"{name}: {what} is {now}, and {then} is published"
            for what, now, then in _unlike(claim, published[name])
        ]
    return len(judged), found


def published_ids(project: Path = PROJECT) -> frozenset[str]:
    """Return the ids of the claims that have a published verdict; none if data/verdicts.json cannot be read."""
    try:
        return frozenset(_by_id(project / VERDICTS))
    except UserError:
        return frozenset()


def _by_id(path: Path) -> dict[str, Claim]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        return {claim["id"]: claim for claim in body["claims"]}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UserError(
            f"{path} cannot be read ({type(error).__name__}); make the report with `{AUDIT}`, or "
            f"take {VERDICTS} from the repository again"
        ) from error


def _unlike(claim: Claim, published: Claim) -> list[tuple[str, str, str]]:
    """List what differs, as it is now and as published."""
    pairs = [
        ("the verdict", claim["verdict"], published["verdict"]),
        ("the number of runs", claim["n"], published["n"]),
        ("the verdicts on ten seeds", *(" and ".join(_tens(one)) for one in (claim, published))),
    ]
    found = [(what, str(now), str(then)) for what, now, then in pairs if now != then]
    now, then = _figures(claim), _figures(published)
    close = len(now) == len(then) and all(
        math.isclose(a, b, rel_tol=RELATIVE) for a, b in zip(now, then, strict=True)
    )
    return found if close else [*found, ("the figure", _written(now), _written(then))]


def _tens(claim: Claim) -> list[str]:
    return [one["verdict"] for one in claim["subsamples"]]


def _figures(claim: Claim) -> list[float]:
    """Return the figure and its interval, if a claim has one; an open end is null in JSON."""
    measured = claim["measured"]
    if measured is None:
        return []
    ends = {"value": math.nan, "low": -math.inf, "high": math.inf}
    return [end if measured[name] is None else measured[name] for name, end in ends.items()]


def _written(figures: list[float]) -> str:
    return ", ".join(f"{one:.7g}" for one in figures) or "none"
