"""A pytest plugin for the test suites of users: failed comparisons of audits say what differs.

It is loaded by every pytest in an environment in which this package is installed. So it imports nothing until
an assertion on a verdict fails, and does nothing else.
"""

from __future__ import annotations

import sys


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Say what differs between two verdicts, or that the answer of one is another."""
    verdicts = sys.modules.get("repro.causal.auditing.verdict")
    if verdicts is None or op not in {"==", "is"}:
        return None
    if not (isinstance(left, verdicts.Verdict) and isinstance(right, verdicts.Verdict)):
        return None
    from repro.causal.auditing.differences import audit_diff  # noqa: PLC0415 - see above

    difference = str(audit_diff(left, right)).splitlines()
    return [f"{left!r} {op} {right!r}", "from the left to the right:", *difference]
