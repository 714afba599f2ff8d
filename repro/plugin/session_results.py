"""The results of a session, collected while one claim after the other is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from repro.errors import ClaimError, UserError
from repro.plugin.declaration import no_blocks
from repro.plugin.recorder import Recorder, not_run
from repro.report import draw
from repro.report.recorded_outcome import deviations
from repro.verdicts import Verdict

if TYPE_CHECKING:
    import pytest

    from repro.plugin.selection import Selection
    from repro.protocol.tiers import Tier
    from repro.report import Drawn
    from repro.verdicts import ClaimResult, Control, Subsample


@dataclass(frozen=True)
class ClaimFindings:
    """What one process found about a claim, for another one; can be pickled.

    Attributes:
        result: the claim's result; its declaration lacks `needs`, which may be a lambda.
        pictures: drawn figures.
        crashed: whether the claim has a bug.
        broken: whether it contradicted its declaration.
    """

    result: ClaimResult
    pictures: tuple[Drawn, ...]
    crashed: bool
    broken: bool


class SessionResults:
    """The results of a session; a claim that the session does not reach is "not run".

    Attributes:
        results: results so far, by node id.
        pictures: recorded figures as drawn, by name.
        reported: whether any claim was judged, or begun.
        recorder: recorder of the current claim; None before the first claim.
        subsamples: outcomes of the current claim on some of its seeds.
        crashed: node ids of claims with a bug.
        broken: whether a claim contradicted its declaration.

    Args:
        selection: the claims to judge.
        tier: the tier that they are judged at.
    """

    def __init__(self, selection: Selection, tier: Tier) -> None:
        self._selection, self._tier = selection, tier
        self.results: dict[str, ClaimResult] = {}
        self.pictures: dict[str, Drawn] = {}
        self.reported = False
        self.recorder: Recorder | None = None
        self.subsamples: tuple[Subsample, ...] = ()
        self.crashed: set[str] = set()
        self.broken = False

    def mark_all_not_run(self) -> None:
        """Make each selected claim "not run", until its result replaces this."""
        for nodeid in self._selection.needs:
            self._not_run(nodeid, "the session ended before it was judged", 0.0)

    def start(self, nodeid: str) -> None:
        """Start recording a claim."""
        self.reported = True
        self.recorder, self.subsamples = Recorder(self._selection.declared[nodeid]), ()

    def finish(self, nodeid: str, call: pytest.CallInfo[None]) -> ClaimResult:
        """Make a claim's result from its recorder, or from the exception that it raised."""
        error = None if call.excinfo is None else call.excinfo.value
        if error is None and self.recorder is not None:
            try:
                # Drawn at once, because a figure cannot always be handed to another process.
                self.pictures |= {p.name: draw(p) for p in self.recorder.pictures}
                result = self.recorder.result(call.duration)
                return self._keep(nodeid, replace(result, subsamples=self.subsamples))
            except ClaimError as fault:
                error = fault
        self.broken = self.broken or isinstance(error, ClaimError)
        if isinstance(error, UserError):
            return self._not_run(nodeid, str(error), call.duration)
        self.crashed.add(nodeid)
        return self._not_run(nodeid, f"{type(error).__name__}: {error}", call.duration)

    def take(self, nodeid: str) -> ClaimFindings:
        """Take what this process has found about a claim out of its results, for another process."""
        result = self.results.pop(nodeid)
        declaration = replace(self._selection.declared[nodeid], needs=no_blocks)
        findings = ClaimFindings(
            replace(result, declaration=declaration),
            tuple(self.pictures.values()),
            nodeid in self.crashed,
            self.broken,
        )
        self.pictures.clear()
        self.broken = False
        return findings

    def add(self, nodeid: str, found: ClaimFindings) -> None:
        """Add what another process has found about a claim."""
        self.reported = True
        declaration = self._selection.declared[nodeid]
        self.results[nodeid] = replace(found.result, declaration=declaration)
        self.pictures |= {drawn.name: drawn for drawn in found.pictures}
        self.crashed |= {nodeid} if found.crashed else set()
        self.broken = self.broken or found.broken

    def lose(self, nodeid: str, why: str) -> list[str]:
        """Make a claim "not run", because the process that judged it was lost; return this in words."""
        self.reported = True
        return deviations([self._not_run(nodeid, why, 0.0)])

    def _not_run(self, nodeid: str, why: str, seconds: float) -> ClaimResult:
        return self._keep(nodeid, not_run(self._selection.declared[nodeid], why, seconds))

    def _keep(self, nodeid: str, claim: ClaimResult) -> ClaimResult:
        """Store a result, with the tier's command and the verdicts that its controls may have."""
        command = claim.declaration.command_with(self._tier.words)
        claim = replace(claim, command=command, file=nodeid.partition("::")[0])
        if self._tier.cautious and self._selection.needs[nodeid]:
            claim = replace(claim, controls=tuple(map(allow_inconclusive, claim.controls)))
        self.results[nodeid] = claim
        return claim


def allow_inconclusive(control: Control) -> Control:
    """Add "inconclusive" to the verdicts that a control may have, for tiers with few seeds."""
    also = () if Verdict.INCONCLUSIVE in control.expected else (Verdict.INCONCLUSIVE,)
    return replace(control, expected=(*control.expected, *also))
