"""From what claims write down to their results, while a session judges one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from repro.errors import ClaimError, UserError
from repro.plugin.recorder import Recorder, not_run
from repro.verdicts import Verdict

if TYPE_CHECKING:
    import pytest

    from repro.figures import Picture
    from repro.plugin.selection import Selection
    from repro.protocol.tiers import Tier
    from repro.verdicts import ClaimResult, Control


class Judging:
    """The results of a session, by node id; a claim that it does not get to is "not run".

    Attributes:
        results: so far.
        pictures: that claims have recorded, by name.
        recorder: of the claim that is being judged; None before the first.
        crashed: claims with a bug.
        broken: whether a claim broke its rules.

    Args:
        selection: the claims to judge.
        tier: on what they are judged.
    """

    def __init__(self, selection: Selection, tier: Tier) -> None:
        self._selection, self._tier = selection, tier
        self.results: dict[str, ClaimResult] = {}
        self.pictures: dict[str, Picture] = {}
        self.recorder: Recorder | None = None
        self.crashed: set[str] = set()
        self.broken = False

    def expect(self) -> None:
        """Note that all selected claims are still to be judged."""
        for nodeid in self._selection.needs:
            self._conclude(nodeid, "the session ended before it was judged", 0.0)

    def start(self, nodeid: str) -> None:
        """Start a claim's record."""
        self.recorder = Recorder(self._selection.declared[nodeid])

    def finish(self, nodeid: str, call: pytest.CallInfo[None]) -> ClaimResult:
        """Make a claim's result from what was recorded, or from what went wrong."""
        error = None if call.excinfo is None else call.excinfo.value
        if error is None and self.recorder is not None:
            try:
                self.pictures |= {p.name: p for p in self.recorder.pictures}
                return self._keep(nodeid, self.recorder.result(call.duration))
            except ClaimError as fault:
                error = fault
        self.broken = self.broken or isinstance(error, ClaimError)
        if isinstance(error, UserError):
            return self._conclude(nodeid, str(error), call.duration)
        self.crashed.add(nodeid)
        return self._conclude(nodeid, f"{type(error).__name__}: {error}", call.duration)

    def _conclude(self, nodeid: str, why: str, seconds: float) -> ClaimResult:
        return self._keep(nodeid, not_run(self._selection.declared[nodeid], why, seconds))

    def _keep(self, nodeid: str, claim: ClaimResult) -> ClaimResult:
        """Keep a result with what its tier changes: the command, and what controls may come to."""
        claim = replace(claim, command=claim.command + self._tier.words)
        if self._tier.cautious and self._selection.needs[nodeid]:
            claim = replace(claim, controls=tuple(map(undemanding, claim.controls)))
        self.results[nodeid] = claim
        return claim


def undemanding(control: Control) -> Control:
    """Let a control come out inconclusive as well, as on few seeds it may."""
    also = () if Verdict.INCONCLUSIVE in control.expected else (Verdict.INCONCLUSIVE,)
    return replace(control, expected=(*control.expected, *also))
