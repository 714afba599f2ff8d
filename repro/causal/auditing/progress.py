"""What a big audit says while it runs: how big it will be, before it starts, and how far it is.

Messages go to the logger "repro.causal". Those of big audits are warnings, which Python prints to stderr unless a
program says otherwise; those of small ones are not shown.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from repro.causal.tracing.dispatch_modes import intercept
from repro.causal.tracing.memory_limit import BYTES_LATER
from repro.errors import AuditError

if TYPE_CHECKING:
    from repro.causal.auditing.rule_run import AuditTarget
    from repro.causal.tracing.operator_call import OperatorCall

log = logging.getLogger("repro.causal")
BIG = 20_000
"""Numbers of an audit that takes long enough to say so: some five seconds or more."""
WORTH_COUNTING = 1000
"""Elements of inputs from which a rule runs once more, to count its numbers."""


class Progress:
    """Says how far an audit is.

    Args:
        target: the rule. If its inputs are large, it runs once to count the numbers that it computes.
    """

    def __init__(self, target: AuditTarget) -> None:
        self._start = time.monotonic()
        self._level = logging.INFO
        size = sum(x.numel() for x in target.inputs.values())
        self.expected = _count(target) if size >= WORTH_COUNTING else 0
        if self.expected >= BIG:
            self._level = logging.WARNING
            log.warning(
                "audit: about %s numbers, for which it needs up to %.1f GB; fewer steps, a smaller batch or "
                "narrower networks make it smaller, and so do bids passed as inputs",
                f"{self.expected:,}",
                self.expected * BYTES_LATER / 1e9,
            )

    def say(self, text: str, numbers: int = 0) -> None:
        """Say what has been done and what comes next.

        Args:
            text: both.
            numbers: how many were traced.
        """
        if numbers >= BIG:
            self._level = logging.WARNING
        log.log(self._level, "audit: %s (%.0f s)", text, time.monotonic() - self._start)


def _count(target: AuditTarget) -> int:
    """Count the real numbers that a rule computes; 0 if it fails, as it will again when it is traced."""
    counted = 0

    def run(call: OperatorCall) -> object:
        nonlocal counted
        result = call.func(*call.args, **call.kwargs)
        if not call.is_view:
            counted += sum(x.numel() for x in call.finished(result) if x.is_floating_point())
        return result

    try:
        target.run(target.copies(), intercept(run))
    except AuditError:
        return 0
    return counted
