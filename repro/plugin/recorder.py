"""The fixture `record`: what a claim records while it is judged, and its result."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING

from repro.errors import ClaimError
from repro.figures import Picture
from repro.plugin import validation
from repro.verdicts import Censored, ClaimResult, Control, Detail, Estimate, Measured, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repro.plugin.declaration import Declaration
    from repro.verdicts import PerSeedValues, Table


def not_run(claim: Declaration, why: str, seconds: float = 0.0) -> ClaimResult:
    """Return the result of a claim that could not be judged.

    Args:
        claim: its declaration.
        why: the reason.
        seconds: time spent on it.
    """
    reason = f" (recorded {claim.recorded}: {claim.reason})" if claim.reason else ""
    return ClaimResult(
        claim, Verdict.NOT_RUN, command=claim.command, seconds=seconds, explanation=why + reason
    )


BY_CASES = "judged case by case, like the claim, and not by a figure"
"""Why the controls of a claim without a margin have no figure."""


class Recorder:
    """Records a claim's outcome, its negative controls, and what the report shows with them.

    Attributes:
        pictures: the recorded figures.

    Args:
        claim: the claim's declaration.
    """

    def __init__(self, claim: Declaration) -> None:
        self._claim = claim
        self._outcome: ClaimResult | None = None
        self._details: list[Detail] = []
        self._tables: list[Table] = []
        self._points: list[PerSeedValues] = []
        self._controls: dict[str, Control] = {}
        self.pictures: list[Picture] = []

    def outcome(
        self,
        verdict: Verdict,
        estimate: Estimate | None,
        *,
        n: int | None = None,
        censored: Censored | int | None = None,
        checked: int | None = None,
    ) -> None:
        """Record the claim's verdict, once.

        Args:
            verdict: the verdict of the judging code.
            estimate: the judged figure with its 95 % interval; None if no single figure decides.
            n: number of runs per arm; None if no runs are judged.
            censored: how many runs, over all arms, never converged, and of how many; an int if of how many is not
                known.
            checked: number of cases that a claim without runs was checked on.

        Raises:
            ClaimError: `verdict` is not a verdict, nothing was checked, or an outcome exists already.
        """
        if self._outcome is not None:
            raise ClaimError("a second outcome; record one")
        judged = validation.verdict(verdict)
        cut, runs = (
            (censored.runs, censored.of) if isinstance(censored, Censored) else (censored, None)
        )
        counted: dict[str, object] = {"n": n, "censored": cut, "checked": checked}
        for name, given in counted.items():
            if given is not None and not isinstance(given, Integral):
                raise ClaimError(f"given {name}={given!r}; expected a whole number, or None")
        if checked is not None and checked < 1:
            raise ClaimError(f"given checked={checked}; expected at least one case to judge by")
        why = estimate.note if estimate and judged is Verdict.INCONCLUSIVE else ""
        self._outcome = replace(
            not_run(self._claim, ""),
            verdict=judged,
            explanation=self._claim.reason or why,
            measured=_measured(estimate) if estimate else None,
            n=n,
            censored=cut,
            runs=runs,
            checked=checked,
        )

    def part(self, label: str, figure: Estimate | float, verdict: Verdict) -> None:
        """Record one of several parts of the claim's criterion; see `detail`.

        Args:
            label: what it is, with its unit.
            figure: an estimate, or a number without an interval.
            verdict: what the claim's rule says of this part alone.
        """
        self.detail(label, figure, verdict, part=True)

    def detail(
        self,
        label: str,
        figure: Estimate | float,
        verdict: Verdict | None = None,
        *,
        part: bool = False,
    ) -> None:
        """Record a further figure, shown with the outcome.

        Args:
            label: what it is, with its unit.
            figure: an estimate, or a number without an interval.
            verdict: the figure's own verdict, if it has one.
            part: whether the claim needs it, as one of several parts of its criterion.

        Raises:
            ClaimError: `verdict` is not a verdict, or `figure` is not a number.
        """
        judged = None if verdict is None else validation.verdict(verdict)
        if isinstance(figure, Estimate):
            detail = Detail(label, figure.value, figure.low, figure.high, judged, part)
        else:
            try:
                detail = Detail(label, float(figure), verdict=judged, part=part)
            except (OverflowError, TypeError, ValueError) as error:
                raise ClaimError(
                    f"detail {label!r}: given {figure!r}; expected an estimate or a number"
                ) from error
        self._details.append(detail)

    def table(self, title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Record a table, shown below the further figures; see `validation.table`."""
        self._tables.append(validation.table(title, head, rows))

    def points(
        self,
        label: str,
        quantity: str,
        values: Iterable[float | None],
        censored: Iterable[bool] | None = None,
    ) -> None:
        """Record one value per seed of one arm, shown with the interval; see `validation.points`.

        Raises:
            ClaimError: the values are invalid, or recorded already for this arm and quantity.
        """
        points = validation.points(label, quantity, values, censored)
        if any((one.label, one.quantity) == (label, quantity) for one in self._points):
            raise ClaimError(f"points of {label!r}, {quantity}: recorded twice; record them once")
        self._points.append(points)

    def control(
        self, what: str, verdict: Verdict, estimate: Estimate | None = None, why: str = ""
    ) -> None:
        """Record a negative control, judged by the same code as the claim.

        Args:
            what: the control's name in the claim's marker.
            verdict: its verdict.
            estimate: the figure that it is judged by. A claim with a margin needs one for each control, so that
                readers see how near the control came, or a reason.
            why: why there is no figure. A claim without a margin judges cases, which is reason enough.

        Raises:
            ClaimError: the marker declares no such control, it is recorded already, or it has neither a figure nor
                a reason although the claim has a margin.
        """
        if what not in self._claim.controls:
            raise ClaimError(
                f"control {what!r} is not declared; the marker declares "
                f"{', '.join(map(repr, self._claim.controls))}: add it, or fix its name"
            )
        if what in self._controls:
            raise ClaimError(f"control {what!r}: recorded twice; record it once")
        if estimate is None and not why:
            if self._claim.margin is not None:
                raise ClaimError(
                    f"control {what!r}: given a verdict alone, but the claim declares a margin; pass the judged "
                    "estimate to record.control, or why=..."
                )
            why = BY_CASES
        measured = None if estimate is None else _measured(estimate)
        expected = self._claim.controls[what]
        self._controls[what] = Control(what, expected, validation.verdict(verdict), measured, why)

    def figure(self, picture: Picture) -> None:
        """Record a figure of the claim; claims that share a figure give it the same name.

        Raises:
            ClaimError: `picture` is not a `Picture`.
        """
        if not isinstance(picture, Picture):
            raise ClaimError(f"given the figure {picture!r}; expected a Picture of repro.figures")
        self.pictures.append(picture)

    def result(self, seconds: float) -> ClaimResult:
        """Return the claim's result.

        Args:
            seconds: time to judge it.

        Raises:
            ClaimError: the claim recorded no outcome, one of its controls is missing, or it is
                reproduced by a figure outside its margin.
        """
        if self._outcome is None:
            raise ClaimError("it ended without an outcome; call record.outcome")
        validation.respects_margin(
            self._claim.margin, self._outcome.verdict, self._outcome.measured
        )
        for what in self._claim.controls:
            if what not in self._controls:
                raise ClaimError(
                    f"it ended without the control {what!r}, which its marker declares; call "
                    "record.control, or remove it from the marker"
                )
        return replace(
            self._outcome,
            seconds=seconds,
            details=tuple(self._details),
            tables=tuple(self._tables),
            points=tuple(self._points),
            controls=tuple(self._controls[what] for what in self._claim.controls),
            figures=tuple(picture.name for picture in self.pictures),
        )


def _measured(estimate: Estimate) -> Measured:
    return Measured(estimate.value, estimate.low, estimate.high, estimate.unit)
