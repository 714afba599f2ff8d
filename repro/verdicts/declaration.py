"""What a claim declares before it is judged: what it says, its margin and its negative controls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.errors import ClaimError
from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Margin:
    """Where the interval of a claim's figure must lie for the verdict "reproduced".

    A margin is fixed before the runs that it judges. A claim may require more, which its `expected` says.

    Attributes:
        low: lower end; -inf if there is none.
        high: upper end; inf if there is none.
        target: the number in the talk; None if the talk gives none.
        estimate: where the figure itself must lie, if its interval may reach further than it; None if a margin on the
            interval is all.

    Raises:
        ClaimError: the ends are not in order, both are infinite, the target lies outside, or the estimate's own margin
            is not inside.
    """

    low: float = -math.inf
    high: float = math.inf
    target: float | None = None
    estimate: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse a margin that contains nothing or everything."""
        ends = (self.low, self.high)
        if not self.low < self.high or all(map(math.isinf, ends)):
            raise ClaimError(
                f"margin: given [{self.low}, {self.high}]; expected low below high, and at least "
                "one of them finite"
            )
        if self.target is not None and not self.low <= self.target <= self.high:
            raise ClaimError(
                f"margin: given the target {self.target} and [{self.low}, {self.high}]; expected the "
                "target inside"
            )
        if (
            self.estimate is not None
            and not self.low <= self.estimate[0] < self.estimate[1] <= self.high
        ):
            raise ClaimError(
                f"margin: given {self.estimate} for the estimate and [{self.low}, {self.high}] for its interval; "
                "expected the first within the second"
            )

    def allows(self, value: float) -> bool:
        """Return whether the figure itself lies where it must."""
        low, high = self.estimate or (self.low, self.high)
        return low <= value <= high


@dataclass(frozen=True, kw_only=True)
class ClaimDeclaration:
    """What a claim declares; plain data, known before anything is judged.

    Attributes:
        id: dotted name of [a-z0-9_], such as "transfer.headline"; unique.
        title: a few words.
        statement: the claim in our words.
        source: lines of the talk, such as ("talk:44",).
        kind: "theory", "empirical", "consistency" (it holds by how the model is built, so it is no
            evidence for the talk), "explanation" (it tests a cause that the talk gives for its results) or
            "finding" (the talk does not state it).
        expected: the margin, in words.
        controls: the negative controls, each with the verdicts that it may have.
        margin: where the interval of the claim's figure must lie; None if no single figure decides.
        required: whether the run fails if the verdict contradicts the recorded one.
        differences: how our check differs from the paper.
        recorded: the verdict that this project has recorded.
        reason: why a verdict other than "reproduced" is recorded; empty for "reproduced".
        scope: what the verdict does not cover, and which of the claim's own figures differ; shown under the verdict.
            Empty if the statement and the differences say all of it.
        group: name that claims have in common which rest on the same runs or events; they count as one
            statement. Empty: the claim is a statement of its own.
        study: whether it belongs to the explanation study, whose runs are trained by the study tier alone.
    """

    id: str
    title: str
    statement: str
    source: tuple[str, ...]
    kind: str
    expected: str
    controls: Mapping[str, tuple[Verdict, ...]]
    margin: Margin | None = None
    required: bool = True
    differences: str = ""
    recorded: Verdict = Verdict.REPRODUCED
    reason: str = ""
    scope: str = ""
    group: str = ""
    study: bool = False

    @property
    def command(self) -> str:
        """The command that judges this claim alone, at the paper's scale."""
        return self.command_with(" --tier study" if self.study else "")

    def command_with(self, options: str) -> str:
        """Return the command that judges this claim alone, with options such as " --tier quick"."""
        return f"nox -s verify_claims -- --claim {self.id}{options}"

    @property
    def machine_independent(self) -> bool:
        """Whether the machine cannot change the verdict, so that a drift fails the run too."""
        return self.kind in {"theory", "consistency"}

    @property
    def counts(self) -> bool:
        """Whether the claim is about a statement of the talk that could turn out to be false."""
        return self.kind in {"theory", "empirical"}

    @property
    def counts_as(self) -> str:
        """Name of the statement of the talk that the claim is about: its group or else its id; "" if none."""
        return (self.group or self.id) if self.counts else ""
