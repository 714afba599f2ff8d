"""What a claim writes down while it is judged, and the result made of it."""

from __future__ import annotations

from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING

from repro.errors import ClaimError
from repro.figures import Picture
from repro.results import ClaimResult, Control, Detail, Measured, Table
from repro.verdicts import Estimate, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from claims.declaration import Declaration
    from repro.results import Cell


def not_run(claim: Declaration, why: str, seconds: float = 0.0) -> ClaimResult:
    """Make the result of a claim that could not be judged.

    Args:
        claim: what it declares.
        why: what stopped it.
        seconds: time spent on it.
    """
    reason = f" (registered {claim.registered}: {claim.reason})" if claim.reason else ""
    return ClaimResult(
        id=claim.id,
        title=claim.title,
        statement=claim.statement,
        source=claim.source,
        kind=claim.kind,
        required=claim.required,
        verdict=Verdict.NOT_RUN,
        registered=claim.registered,
        expected=claim.expected,
        measured=None,
        differences=claim.differences,
        command=claim.command,
        seconds=seconds,
        explanation=why + reason,
        machine_independent=claim.kind == "theory",
    )


class Recorder:
    """The fixture `record`: a claim's outcome, its further figures and its negative controls."""

    def __init__(self, claim: Declaration) -> None:
        """Start an empty record of `claim`."""
        self._claim = claim
        self._verdict: Verdict | None = None
        self._measured: Measured | None = None
        self._n: int | None = None
        self._censored: int | None = None
        self._checked: int | None = None
        self._details: list[Detail] = []
        self._tables: list[Table] = []
        self._controls: list[Control] = []
        self.pictures: list[Picture] = []

    def outcome(
        self,
        verdict: Verdict,
        estimate: Estimate | None,
        *,
        n: int | None = None,
        censored: int | None = None,
        checked: int | None = None,
    ) -> None:
        """Record how the claim came out, once.

        Args:
            verdict: what the judging code says.
            estimate: the figure it is judged by, with its 95 % interval; None where there is none.
            n: runs per arm; None where no runs are judged.
            censored: how many of all its runs never converged.
            checked: cases that a claim without runs was checked on.

        Raises:
            ClaimError: if `verdict` is no verdict, nothing was checked, or an outcome is there already.
        """
        if self._verdict is not None:
            raise ClaimError("a second outcome; record one")
        self._verdict = self._check(verdict)
        if estimate is not None:
            self._measured = Measured(estimate.value, estimate.low, estimate.high, estimate.unit)
        if checked is not None and checked < 1:
            raise ClaimError(f"given checked={checked}; expected at least one case to judge by")
        self._n, self._censored, self._checked = n, censored, checked

    def detail(self, label: str, figure: Estimate | float, verdict: Verdict | None = None) -> None:
        """Record a further figure, shown beside the outcome.

        Args:
            label: what it is, with its unit.
            figure: an estimate, or a number that has no interval.
            verdict: where the figure is judged by itself.

        Raises:
            ClaimError: if `verdict` is no verdict.
        """
        judged = None if verdict is None else self._check(verdict)
        if isinstance(figure, Estimate):
            detail = Detail(label, figure.value, figure.low, figure.high, judged)
        else:
            detail = Detail(label, float(figure), verdict=judged)
        self._details.append(detail)

    def table(self, title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Record a table, shown below the further figures.

        Args:
            title: heading, in a few words.
            head: the columns' headings.
            rows: cells: text, numbers (numpy's too), or None where there is nothing to show.

        Raises:
            ClaimError: if there is no title, heading or row, a row is not as long as the head, or a
                cell is anything else.
        """
        body = tuple(tuple(_cell(title, cell) for cell in row) for row in rows)
        if not title.strip() or not head or not body:
            raise ClaimError(
                f"table {title!r}: given {len(head)} headings and {len(body)} rows; "
                "expected a title and at least one of each"
            )
        for number, row in enumerate(body, 1):
            if len(row) != len(head):
                raise ClaimError(
                    f"table {title!r}, row {number}: given {len(row)} cells; "
                    f"expected {len(head)}, one for each heading"
                )
        self._tables.append(Table(title, tuple(head), body))

    def control(self, what: str, verdict: Verdict, expected: Verdict | tuple[Verdict, ...]) -> None:
        """Record a negative control, judged by the same code as the claim.

        Args:
            what: what was judged in the claim's place.
            verdict: how it came out.
            expected: how it may come out.

        Raises:
            ClaimError: if "reproduced" is among the expected verdicts, or there are none.
        """
        declared = (expected,) if isinstance(expected, str) else tuple(expected)
        declared = tuple(self._check(word) for word in declared)
        if not declared or Verdict.REPRODUCED in declared:
            raise ClaimError(
                f"control {what!r} expects {' or '.join(declared) or 'nothing'}; "
                "a negative control expects one or more verdicts, never 'reproduced'"
            )
        self._controls.append(Control(what, declared, self._check(verdict)))

    def figure(self, picture: Picture) -> None:
        """Record a figure that belongs to the claim; claims that share one draw it by one name.

        Raises:
            ClaimError: if `picture` is no picture.
        """
        if not isinstance(picture, Picture):
            raise ClaimError(f"figure {picture!r}; expected a Picture, as repro.figures makes")
        self.pictures.append(picture)

    def result(self, seconds: float) -> ClaimResult:
        """Make the claim's result.

        Args:
            seconds: time to judge it.

        Raises:
            ClaimError: if the claim has recorded no outcome or no control.
        """
        if self._verdict is None:
            raise ClaimError("it ended without an outcome; call record.outcome")
        if not self._controls:
            raise ClaimError("it ended without a negative control; call record.control")
        return replace(
            not_run(self._claim, "", seconds),
            verdict=self._verdict,
            explanation=self._claim.reason,
            measured=self._measured,
            n=self._n,
            censored=self._censored,
            checked=self._checked,
            details=tuple(self._details),
            tables=tuple(self._tables),
            controls=tuple(self._controls),
            figures=tuple(picture.name for picture in self.pictures),
        )

    def _check(self, verdict: Verdict) -> Verdict:
        try:
            return Verdict(verdict)
        except ValueError as error:
            raise ClaimError(
                f"{verdict!r} is no verdict; expected one of {', '.join(Verdict)}"
            ) from error


def _cell(title: str, value: object) -> Cell:
    """Make a cell plain text or a plain number, so that it can be written as JSON."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if not isinstance(value, bool):
        if isinstance(value, Integral):
            return int(value)
        if isinstance(value, Real):
            return float(value)
    raise ClaimError(
        f"table {title!r}: given the cell {value!r}; expected text, a number or None: "
        "write out anything else, truth values as words"
    )
