"""What follows from each way in which a claim can come out, by the rules that judge a run.

Nothing is written down here: a result is made up for each case, and asked.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from repro.verdicts import ClaimDeclaration, ClaimResult, Control, RunResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.plugin.declared import Declared

AS_REGISTERED, FLIPPED, DRIFTED, NOT_JUDGED = (
    "as recorded",
    "flipped",
    "drifted",
    "could not be judged",
)


@dataclass(frozen=True)
class Outcome:
    """One way to come out, and what follows.

    Attributes:
        case: the claim's verdict, or what a control came out as.
        then: "as recorded", "flipped", "drifted" or "could not be judged".
        exit_code: of a run with this claim alone.
    """

    case: str
    then: str
    exit_code: int

    def to_dict(self) -> dict[str, Any]:
        """Make its JSON object."""
        return vars(self)


def outcomes(claim: Declared) -> tuple[Outcome, ...]:
    """What follows from each verdict while all controls come out as declared."""
    held = [Control(what, words, words[0]) for what, words in claim.controls.items()]
    return tuple(_outcome(verdict.value, _result(claim, verdict, held)) for verdict in Verdict)


def control_outcomes(claim: Declared) -> tuple[Outcome, ...]:
    """What follows where the verdict is as recorded and a control is not as declared."""
    found = []
    for what, words in claim.controls.items():
        others = [v for v in Verdict if v not in {*words, Verdict.NOT_RUN}]
        for other in others:
            result = _result(claim, claim.recorded, [Control(what, words, other)])
            found.append(_outcome(f"{what}: {other}", result))
    return tuple(found)


def _result(claim: Declared, verdict: Verdict, controls: Sequence[Control]) -> ClaimResult:
    shared = {field.name: getattr(claim, field.name) for field in fields(ClaimDeclaration)}
    return ClaimResult(ClaimDeclaration(**shared), verdict, controls=tuple(controls))


def _outcome(case: str, result: ClaimResult) -> Outcome:
    if result.verdict is Verdict.NOT_RUN:
        then = NOT_JUDGED
    elif result.flipped:
        then = FLIPPED
    else:
        then = DRIFTED if result.drift else AS_REGISTERED
    run = RunResult("", None, None, {}, 0.0, (result,))
    return Outcome(case, then, run.exit_code)
