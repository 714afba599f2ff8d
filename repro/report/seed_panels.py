"""Every seed of a claim: drawn as points, as a table, and as a CSV file."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from repro.report.interval_svg import arrow, drawing, grid, line, scale
from repro.report.numbers import NONE, count, number, short
from repro.report.svg_axis import drawable, fit_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repro.report.svg_axis import Axis
    from repro.verdicts import Cell, ClaimResult, PerSeedValues

_HEIGHT, _MIDDLE = 30, 15
_LANES = (0, -7, 7)
_APART = 1.8
"""Minimum distance of points in one lane, in percent: about their width on a wide page."""
_WHOLE = 1e9
"""Below this, whole numbers are written with all digits."""
_SPREAD = 10
"""Above this ratio of largest to smallest value, the axis is logarithmic."""


@dataclass(frozen=True)
class ArmDrawing:
    """One arm: its label and its points."""

    label: str
    svg: Markup


@dataclass(frozen=True)
class Panel:
    """Arms of one quantity over one axis; `head` and `rows` hold the same values as a table."""

    quantity: str
    arms: tuple[ArmDrawing, ...]
    scale: Markup
    log: bool
    censored: bool
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns are right-aligned: all but the first."""
        return (False, *[True] * (len(self.head) - 1))


def seed_panels(arms: Sequence[PerSeedValues], seeds: str = "") -> list[Panel]:
    """Draw arms: one panel for each quantity, in the given order.

    Args:
        arms: the arms.
        seeds: the seeds of the run, such as "0-9"; see `seed_names`.
    """
    quantities: dict[str, list[PerSeedValues]] = {}
    for arm in arms:
        quantities.setdefault(arm.quantity, []).append(arm)
    return [_panel(quantity, group, seeds) for quantity, group in quantities.items()]


def seed_names(seeds: str, many: int) -> list[str]:
    """Name `many` values by seeds, such as "0-4,7"; if the numbers differ, count from "run 1"."""
    spans = [re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", part) for part in seeds.split(",")]
    numbers = [n for s in spans if s for n in range(int(s[1]), int(s[2] or s[1]) + 1)]
    if len(numbers) == many and all(spans):
        return [f"seed {n}" for n in numbers]
    return [f"run {n}" for n in range(1, many + 1)]


def csv_file(claim: ClaimResult, seeds: str = "") -> tuple[str, str]:
    """Make a CSV file of a claim's seeds; return its name and a data URI."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("quantity", "arm", "run", "value", "censored"))
    for arm in claim.points:
        names = seed_names(seeds, len(arm.values))
        for name, value, censored in zip(names, arm.values, arm.censored, strict=True):
            writer.writerow((arm.quantity, arm.label, name, value, censored))
    name = re.sub(r"[^A-Za-z0-9_-]+", ".", claim.id).strip(".")
    return f"{name}.csv", "data:text/csv;charset=utf-8," + quote(text.getvalue(), safe="")


def _panel(quantity: str, arms: Sequence[PerSeedValues], seeds: str) -> Panel:
    shown = [value for arm in arms for value in arm.values if drawable(value)]
    log = bool(shown) and min(shown) > 0 and max(shown) > _SPREAD * min(shown)
    axis = fit_axis(shown or [0.0], log=log)
    longest = max((seed_names(seeds, len(arm.values)) for arm in arms), key=len)
    return Panel(
        quantity,
        tuple(ArmDrawing(arm.label, _points(axis, arm, seeds)) for arm in arms),
        drawing("ruler", 22, scale(axis, 1)),
        log,
        any(any(arm.censored) for arm in arms),
        ("", *longest),
        tuple(
            (
                arm.label,
                *map(_written, arm.values, arm.censored),
                *[None] * (len(longest) - len(arm.values)),
            )
            for arm in arms
        ),
    )


def _points(axis: Axis, arm: PerSeedValues, seeds: str) -> Markup:
    names = seed_names(seeds, len(arm.values))
    named = zip(arm.values, arm.censored, names, strict=True)
    found = [(value, censored, name) for value, censored, name in named if drawable(value)]
    shapes = []
    taken = dict.fromkeys(_LANES, -100.0)
    for value, censored, name in sorted(found, key=itemgetter(0)):
        place = axis.position(value)
        free = [lane for lane in _LANES if place - taken[lane] >= _APART]
        lane = free[0] if free else min(_LANES, key=lambda lane: taken[lane])
        taken[lane] = place
        shapes.append(
            _point(place, _MIDDLE + lane, f"{name}: {_written(value, censored)}", censored)
        )
    back = grid(axis, 0, _HEIGHT) + line("row", 0, 100, _MIDDLE, _MIDDLE)
    return drawing("arm", _HEIGHT, back + Markup().join(shapes), _text(arm))


def _point(place: float, middle: float, title: str, censored: bool) -> Markup:
    if censored:
        shape = arrow("seed open", place, middle, "M-4 -5L7 0L-4 5z")
    else:
        shape = Markup('<circle class="seed" cx="{}%" cy="{}" r="4.5"/>').format(place, middle)
    return Markup("<g><title>{}</title>{}</g>").format(title, shape)


def _text(arm: PerSeedValues) -> str:
    """Describe the points of an arm."""
    known = [value for value in arm.values if drawable(value)]
    text = f"{arm.label}, {arm.quantity}: {count(len(arm.values), 'run')}"
    if known:
        text += f", from {short(min(known))} to {short(max(known))}"
    if any(arm.censored):
        text += f", {sum(arm.censored)} of them censored"
    if len(known) < len(arm.values):
        text += f", {len(arm.values) - len(known)} without a value"
    return text


def _written(value: float | None, censored: bool) -> str:
    if value is None:
        return NONE
    whole = abs(value) < _WHOLE and value == int(value)
    return f"{'≥ ' if censored else ''}{number(int(value) if whole else value)}"
