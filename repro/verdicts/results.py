"""What a run of the claims found: the data that the report, the terminal and the JSON show.

Everything here is plain data, measured by the run that it is about; nothing is computed but totals.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from repro.verdicts.run_facts import Accounts, Cost
from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from repro.verdicts.evidence import Margin, PerSeedValues, RawData
    from repro.verdicts.operating_characteristics import Characteristic
    from repro.verdicts.run_facts import LeftOut, ShippedComparison

SCHEMA = 1
Cell = str | float | None


@dataclass(frozen=True)
class Measured:
    """The figure a claim is judged by, with its 95 % interval; None where it does not apply."""

    value: float | None
    low: float | None
    high: float | None
    unit: str = ""


@dataclass(frozen=True)
class Detail:
    """One further figure of a claim; `verdict` is None where it is shown and not judged."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Table:
    """A table that a claim shows: what came out case by case.

    Attributes:
        title: heading, in a few words.
        head: the columns' headings.
        rows: cells, as many in each row as there are headings. Text stands as it is, an int with
            all digits, a float with three; None is shown as a dash.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Control:
    """A negative control: data on which the same judging code must not say "reproduced"."""

    what: str
    expected: tuple[Verdict, ...]
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether it came out as declared."""
        return self.verdict in self.expected


@dataclass(frozen=True)
class ClaimResult:
    """One claim: what it says, what was expected and measured, and how it came out.

    Attributes:
        id: dotted name, as "transfer.headline".
        title: a few words.
        statement: the claim in our words.
        source: lines of the talk, as ("talk:44",).
        kind: "theory", "empirical" or "finding".
        required: whether it makes the run fail where it comes out otherwise than recorded.
        verdict: how it came out.
        recorded: the verdict that this project has recorded; other than "reproduced" only with
            a reason in `explanation`.
        expected: the margin it is judged by, in words.
        measured: the figure it is judged by; None where there is none.
        details: further figures.
        tables: what came out case by case.
        n: runs per arm that were judged; None where no runs are.
        censored: how many of all its runs never converged.
        checked: cases that a claim without runs was checked on; None where cases aren't counted.
        controls: its negative controls.
        differences: how our check differs from the paper.
        figures: file names without ending, under figures/.
        command: reruns just this claim.
        seconds: time to judge it, training not included.
        explanation: why it was not run, or is recorded otherwise than "reproduced".
        machine_independent: whether drift makes the run fail as well.
        margin: where its figure was expected; None where it is judged by no single figure.
        points: every seed, by arm.
        raw: the blocks of runs that it was judged on.
        characteristics: how often each verdict comes out in simulated worlds; empty where none were.
    """

    id: str
    title: str
    statement: str
    source: tuple[str, ...]
    kind: str
    required: bool
    verdict: Verdict
    recorded: Verdict
    expected: str
    measured: Measured | None
    details: tuple[Detail, ...] = ()
    tables: tuple[Table, ...] = ()
    n: int | None = None
    censored: int | None = None
    checked: int | None = None
    controls: tuple[Control, ...] = ()
    differences: str = ""
    figures: tuple[str, ...] = ()
    command: str = ""
    seconds: float = 0.0
    explanation: str = ""
    machine_independent: bool = False
    margin: Margin | None = None
    points: tuple[PerSeedValues, ...] = ()
    raw: tuple[RawData, ...] = ()
    characteristics: tuple[Characteristic, ...] = ()

    @property
    def reproduced(self) -> bool:
        """Whether it counts as reproduced: it came out so, is recorded so, and its controls held."""
        held = all(control.holds for control in self.controls)
        return held and self.verdict is self.recorded is Verdict.REPRODUCED

    @property
    def flipped(self) -> bool:
        """Whether it contradicts its recorded outcome, or a control did not come out as declared.

        A claim that was not run has done neither.
        """
        if self.verdict is Verdict.NOT_RUN:
            return False
        decided = {Verdict.REPRODUCED, Verdict.NOT_REPRODUCED}
        against = {self.verdict, self.recorded} == decided
        return against or not all(control.holds for control in self.controls)

    @property
    def drift(self) -> bool:
        """Whether it moved to or from inconclusive against its recorded outcome."""
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
        """Make the claim's object in the JSON file: its fields in order, then what follows from them."""
        controls = [
            {"what": c.what, "expected": " or ".join(c.expected), "verdict": c.verdict}
            for c in self.controls
        ]
        return {
            **asdict(self),
            "controls": controls,
            "drift": self.drift,
            "flipped": self.flipped,
        }


@dataclass(frozen=True)
class RunResult:
    """All claims of one run, and what the run was made of.

    Attributes:
        tier: "paper", "quick", "audit", or "custom" for the paper's with other seeds.
        commit: of the project's checkout, None outside one.
        dirty: whether that checkout had uncommitted changes, None outside one.
        environment: versions and machine, as strings or numbers.
        seconds: wall time of the run so far.
        claims: one each, in the order in which they were judged.
        about: what the tier means, in a sentence.
        left_out: claims that the tier does not judge.
        cost: memory and speed.
        accounts: of every block of runs that was asked for.
        comparison: with the shipped runs; None where there was nothing to compare.
        known: how many claims there are, chosen or not; 0 where that was not counted.
    """

    tier: str
    commit: str | None
    dirty: bool | None
    environment: dict[str, Any]
    seconds: float
    claims: tuple[ClaimResult, ...] = ()
    about: str = ""
    left_out: tuple[LeftOut, ...] = ()
    cost: Cost = field(default_factory=Cost)
    accounts: Accounts = field(default_factory=Accounts)
    comparison: ShippedComparison | None = None
    known: int = 0

    @property
    def totals(self) -> dict[str, int]:
        """Claims per verdict, every verdict listed.

        One that came out reproduced but is recorded otherwise, or whose control did not hold, is
        counted under no verdict: it has flipped or drifted.
        """
        counted = [c for c in self.claims if c.reproduced or c.verdict is not Verdict.REPRODUCED]
        return {v.value: sum(c.verdict is v for c in counted) for v in Verdict}

    @property
    def exit_code(self) -> int:
        """0 all required claims as recorded, 3 one was not run, 1 one came out otherwise.

        1 as well where runs did not come out as shipped although they must.
        """
        if any(c.required and c.verdict is Verdict.NOT_RUN for c in self.claims):
            return 3
        unlike = self.comparison is not None and self.comparison.failed
        return int(unlike or any(c.failed for c in self.claims))

    def to_json(self) -> str:
        """Write schema 1; figures that are infinite or not a number become null."""
        body: dict[str, Any] = {
            "schema": SCHEMA,
            "tier": self.tier,
            "about": self.about,
            "commit": self.commit,
            "dirty": self.dirty,
            "environment": self.environment,
            "seconds": self.seconds,
            "cost": asdict(self.cost),
            "accounts": self.accounts.to_dict(),
            "comparison": self.comparison.to_dict() if self.comparison else None,
            "known": self.known,
            "totals": self.totals,
            "left_out": [asdict(claim) for claim in self.left_out],
            "claims": [claim.to_dict() for claim in self.claims],
        }
        return json.dumps(_finite(body), indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def _finite(value: object) -> object:
    """Replace what JSON can't say by null, all the way down."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return value
