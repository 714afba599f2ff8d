"""The session's tables, in Markdown and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.verification.program import Report
from tests.verification.tables import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.verification.falsify.catching import Found
    from tests.verification.falsify.commands import ClaimOutcome
    from tests.verification.falsify.session import Tables

NONE = "–"


def report(tables: Tables) -> Report:
    """Make the report."""
    return Report("falsify", text(tables), facts(tables), tables.problems)


def text(tables: Tables) -> str:
    """Write all tables as Markdown."""
    fine = sum(not one.problem for one in tables.controls)
    count = f"{fine} of {len(tables.controls)} have a declared verdict"
    none_reproduced = ", none is reproduced" if fine == len(tables.controls) else ""
    controls = markdown(
        ("claim", "control", "declared", "actual", ""),
        [
            (c.claim, c.what or NONE, " or ".join(c.declared), c.actual, _mark(c.problem))
            for c in tables.controls
        ],
    )
    faults = markdown(
        ("fault", "what it does", "caught by unit tests", "caught by claims", ""),
        [
            (
                one.fault.name,
                one.fault.does,
                ", ".join(sorted(one.tests)) or NONE,
                ", ".join(one.noticed) or NONE,
                _mark(one.problem),
            )
            for one in tables.faults
        ],
    )
    claims = markdown(
        ("fault", "claim", "judged on", "without the fault", "with the fault", "why a run fails"),
        [row for one in tables.faults for row in _claims(one)],
    )
    return f"""\
# Attempts to make wrong claims look right

## Negative controls

{count}{none_reproduced}.

{controls}
## Planted faults

{_summary(tables.faults)}

{faults}
## Claims judged with a fault

Claims on trained runs have three seeds of the linear chain and transfers of at most 3,000 epochs; a claim
that is inconclusive there catches nothing.

{claims}"""


def facts(tables: Tables) -> dict[str, Any]:
    """Make the JSON object."""
    return {
        "controls": [{**vars(one), "problem": one.problem} for one in tables.controls],
        "faults": [
            {
                "fault": one.fault.name,
                "does": one.fault.does,
                "harmless": one.fault.harmless,
                "files": [edit.file for edit in one.fault.edits],
                "tests": sorted(one.tests),
                "claims": one.noticed,
                "problem": one.problem,
                "judged": [
                    {
                        "claim": name,
                        "on": on,
                        "without": vars(clean) if (clean := one.without.get((on, name))) else None,
                        "with": vars(outcome),
                    }
                    for (on, name), outcome in one.claims.items()
                ],
            }
            for one in tables.faults
        ],
        "problems": tables.problems,
    }


def _summary(faults: Sequence[Found]) -> str:
    """Say how many faults were caught, and which by unit tests only."""
    real = [one for one in faults if not one.fault.harmless]
    caught = [one for one in real if one.tests or one.noticed]
    tests_only = [one.fault.name for one in caught if not one.noticed]
    spared = [one.fault.name for one in faults if one.fault.harmless and not one.problem]
    return (
        f"{len(caught)} of {len(real)} were caught. Caught by unit tests only, without a contradicted "
        f"claim: {', '.join(tests_only) or 'none'}. Harmless changes that nothing caught: "
        f"{', '.join(spared) or 'none'}."
    )


def _claims(found: Found) -> list[tuple[str, ...]]:
    return [
        (
            found.fault.name,
            name,
            on,
            _outcome(found.without.get((on, name))),
            _outcome(outcome),
            outcome.broken or NONE,
        )
        for (on, name), outcome in found.claims.items()
    ]


def _outcome(of: ClaimOutcome | None) -> str:
    if of is None:
        return NONE
    return of.verdict if of.measured is None else f"{of.verdict} ({of.measured:.3g})"


def _mark(problem: str) -> str:
    return f"**{problem}**" if problem else "ok"
