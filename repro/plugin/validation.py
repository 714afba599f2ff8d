"""Check what a claim records, and convert it to plain text and numbers for JSON."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING

from repro.errors import ClaimError
from repro.plugin.declaration import MARGIN
from repro.verdicts import PerSeedValues, Table, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repro.verdicts import Cell, Margin, Measured


def verdict(given: str) -> Verdict:
    """Return a verdict.

    Raises:
        ClaimError: it is none.
    """
    try:
        return Verdict(given)
    except ValueError as error:
        raise ClaimError(
            f"{given!r} is not a verdict; expected one of {', '.join(Verdict)}"
        ) from error


def respects_margin(margin: Margin | None, given: Verdict, measured: Measured | None) -> None:
    """Check that the code that judges a claim respects the margin that its marker declares.

    Raises:
        ClaimError: there is a figure and no margin, or a claim is reproduced by none or one outside it.
    """
    if measured is not None and margin is None:
        raise ClaimError("it is judged by a figure without a margin; add to its marker " + MARGIN)
    if margin is None or given is not Verdict.REPRODUCED:
        return
    if measured is None:
        raise ClaimError(
            f"reproduced without a figure, but its marker declares the margin [{margin.low}, "
            f"{margin.high}]; pass the judged estimate to record.outcome"
        )
    if measured.value is None or not margin.allows(measured.value):
        raise ClaimError(
            f"reproduced with {measured.value}, outside the margin {list(margin.estimate or (margin.low, margin.high))} "
            "that its marker declares; declare the margin that the code judges by"
        )
    low, high = measured.low, measured.high
    if low is None or high is None or not low <= measured.value <= high:
        raise ClaimError(
            f"reproduced with {measured.value} in the interval [{low}, {high}]; expected three "
            "numbers in order"
        )


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table.

    Args:
        title: heading, in a few words.
        head: headings of the columns.
        rows: cells: text, numbers (also NumPy's), or None for an empty cell.

    Raises:
        ClaimError: there is no title, heading or row, a row is not as long as the head, or a cell
            has another type.
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
    return Table(title, tuple(head), body)


def points(
    label: str,
    quantity: str,
    values: Iterable[float | None],
    censored: Iterable[bool] | None = None,
) -> PerSeedValues:
    """Return the values of one arm.

    Args:
        label: the arm, such as "PPO"; with the problem if the claim has several.
        quantity: what the values are, with their unit, such as "epochs to convergence".
        values: one per seed, in the order of the seeds; None or NaN if a run has no value.
        censored: which values are only lower bounds; None: none of them.

    Raises:
        ClaimError: there is no value, a value is not finite, or the flags do not match the values.
    """
    numbers = tuple(_number(label, value) for value in values)
    flags = (False,) * len(numbers) if censored is None else tuple(map(bool, censored))
    return PerSeedValues(label, quantity, numbers, flags)


def _cell(title: str, value: object) -> Cell:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    if not isinstance(value, bool) and isinstance(value, Integral):
        return int(value)
    if (number := _float(value)) is not None:
        return number
    raise ClaimError(
        f"table {title!r}: given the cell {value!r}; expected text, a number or None: "
        "write anything else as text, also truth values"
    )


def _number(label: str, value: object) -> float | None:
    if value is None:
        return None
    number = _float(value)
    if number is None or math.isinf(number):
        raise ClaimError(
            f"points of {label!r}: given {value!r}; expected a finite number for each seed, or None"
        )
    return None if math.isnan(number) else number


def _float(value: object) -> float | None:
    """Convert a number to float, infinite if it is too large; None if it is not a number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
