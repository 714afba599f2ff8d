"""What each verdict of a claim would mean for a run.

For each case a synthetic result is made and judged by the rules for a run, which are not repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from repro.plugin.exit_codes import exit_code
from repro.verdicts import ClaimResult, Control, RunResult, Verdict

if TYPE_CHECKING:
    from repro.verdicts import ClaimDeclaration

AS_RECORDED, FLIPPED, DRIFTED = "as recorded", "flipped", "drifted"
NOT_JUDGED = "could not be judged"


@dataclass(frozen=True)
class Outcome:
    """A possible outcome, and what it means.

    Attributes:
        case: the claim's verdict, or a control with its verdict.
        then: "as recorded", "flipped", "drifted" or "could not be judged".
        exit_code: exit code of a run with this claim alone.
    """

    case: str
    then: str
    exit_code: int

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return vars(self)


def outcomes(claim: ClaimDeclaration) -> tuple[Outcome, ...]:
    """Return what each verdict means, if all controls have declared verdicts."""
    held = tuple(Control(what, words, words[0]) for what, words in claim.controls.items())
    return tuple(
        _outcome(verdict.value, ClaimResult(claim, verdict, controls=held)) for verdict in Verdict
    )


def control_outcomes(claim: ClaimDeclaration) -> tuple[Outcome, ...]:
    """Return what each undeclared verdict of a control means, if the claim's verdict is as recorded."""
    found = []
    for what, words in claim.controls.items():
        others = [v for v in Verdict if v not in {*words, Verdict.NOT_RUN}]
        for other in others:
            result = ClaimResult(claim, claim.recorded, controls=(Control(what, words, other),))
            found.append(_outcome(f"{what}: {other}", result))
    return tuple(found)


def _outcome(case: str, result: ClaimResult) -> Outcome:
    if result.verdict is Verdict.NOT_RUN:
        then = NOT_JUDGED
    elif result.flipped:
        then = FLIPPED
    else:
        then = DRIFTED if result.drift else AS_RECORDED
    return Outcome(case, then, exit_code(RunResult("", None, None, {}, 0.0, (result,))))
