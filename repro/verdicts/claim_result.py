"""The result of one claim: the data that the report, the terminal and the JSON show."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from repro.verdicts.declaration import ClaimDeclaration, Margin
    from repro.verdicts.evidence import (
        Control,
        Detail,
        Measured,
        PerSeedValues,
        RawData,
        Subsample,
        Table,
    )
    from repro.verdicts.operating_characteristics import Characteristic

JSON_FIELDS = (
    "id title statement source kind group study required verdict recorded expected measured details tables n "
    "censored runs checked controls differences figures command seconds explanation scope machine_independent "
    "margin subsamples points raw characteristics drift flipped file"
)
"""Keys of a claim's JSON object, in order."""


@dataclass(frozen=True)
class ClaimResult:
    """One claim: what it declares, what was measured, and its verdict.

    The properties from `id` to `machine_independent` are those of the declaration.

    Attributes:
        declaration: what the claim declares.
        verdict: its verdict.
        measured: the figure it is judged by; None if there is none.
        details: further figures.
        tables: tables, case by case.
        n: number of runs per arm; None if no runs are judged.
        censored: number of runs, over all arms, that never converged.
        runs: number of runs of all arms; None if unknown.
        checked: number of cases checked by a claim without runs; None if cases aren't counted.
        controls: its negative controls, with their verdicts.
        figures: file names without extension, under figures/.
        command: reruns just this claim, at the tier of this run.
        seconds: time to judge it, without training.
        explanation: why it was not run, why a verdict other than "reproduced" is recorded, or why the data are
            too few for another verdict than "inconclusive".
        subsamples: its outcomes on ten seeds at a time; empty if it was not judged on so many.
        points: one figure of each seed, by arm.
        raw: the blocks of runs that it was judged on.
        characteristics: how often it has each verdict in simulated worlds; empty if not simulated.
        file: the file that declares and judges it, relative to the project; "" if unknown.
    """

    declaration: ClaimDeclaration
    verdict: Verdict
    measured: Measured | None = None
    details: tuple[Detail, ...] = ()
    tables: tuple[Table, ...] = ()
    n: int | None = None
    censored: int | None = None
    runs: int | None = None
    checked: int | None = None
    controls: tuple[Control, ...] = ()
    figures: tuple[str, ...] = ()
    command: str = ""
    seconds: float = 0.0
    explanation: str = ""
    subsamples: tuple[Subsample, ...] = ()
    points: tuple[PerSeedValues, ...] = ()
    raw: tuple[RawData, ...] = ()
    characteristics: tuple[Characteristic, ...] = ()
    file: str = ""

    @property
    def id(self) -> str:
        """Dotted name, such as "transfer.headline"."""
        return self.declaration.id

    @property
    def title(self) -> str:
        """A few words."""
        return self.declaration.title

    @property
    def statement(self) -> str:
        """The claim in our words."""
        return self.declaration.statement

    @property
    def source(self) -> tuple[str, ...]:
        """Lines of the talk."""
        return self.declaration.source

    @property
    def kind(self) -> str:
        """One of "theory", "empirical", "consistency", "explanation" and "finding"."""
        return self.declaration.kind

    @property
    def required(self) -> bool:
        """Whether the run fails if the claim flips."""
        return self.declaration.required

    @property
    def recorded(self) -> Verdict:
        """The verdict that this project has recorded."""
        return self.declaration.recorded

    @property
    def expected(self) -> str:
        """The margin, in words."""
        return self.declaration.expected

    @property
    def scope(self) -> str:
        """How far its verdict reaches."""
        return self.declaration.scope

    @property
    def differences(self) -> str:
        """How our check differs from the paper."""
        return self.declaration.differences

    @property
    def margin(self) -> Margin | None:
        """Where the interval of the claim's figure must lie."""
        return self.declaration.margin

    @property
    def machine_independent(self) -> bool:
        """Whether the machine cannot change the verdict."""
        return self.declaration.machine_independent

    @property
    def reproduced(self) -> bool:
        """Whether it counts as reproduced: by its verdict, its recorded verdict and its controls."""
        held = all(control.holds for control in self.controls)
        return held and self.verdict is self.recorded is Verdict.REPRODUCED

    @property
    def flipped(self) -> bool:
        """Whether it contradicts its recorded verdict, or a control has an unexpected verdict.

        False if the claim was not run.
        """
        if self.verdict is Verdict.NOT_RUN:
            return False
        decided = {Verdict.REPRODUCED, Verdict.NOT_REPRODUCED}
        against = {self.verdict, self.recorded} == decided
        return against or not all(control.holds for control in self.controls)

    @property
    def drift(self) -> bool:
        """Whether it is inconclusive and its recorded verdict is not, or the other way round."""
        return (
            self.verdict is not self.recorded
            and Verdict.INCONCLUSIVE in (self.verdict, self.recorded)
            and self.verdict is not Verdict.NOT_RUN
        )

    @property
    def failed(self) -> bool:
        """Whether it makes the run fail."""
        return self.required and (self.flipped or (self.drift and self.machine_independent))

    def to_dict(self) -> dict[str, Any]:
        """Make the claim's JSON object, with the keys of JSON_FIELDS."""
        made = asdict(self)
        made |= made.pop("declaration") | {
            "controls": [
                asdict(control) | {"expected": " or ".join(control.expected)}
                for control in self.controls
            ],
            "machine_independent": self.machine_independent,
            "drift": self.drift,
            "flipped": self.flipped,
        }
        return {name: made[name] for name in JSON_FIELDS.split()}
