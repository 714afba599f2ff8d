"""A synthetic report with what the shipped one lacks: every verdict, odd sizes, hostile texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from repro.report import Section, write_report
from repro.verdicts import Control, Detail, Margin, Measured, PerSeedValues, RawData, Table
from tests.report.example import (
    INCONCLUSIVE,
    NOT,
    NOT_RUN,
    REPRODUCED,
    SOURCES,
    claim,
    picture,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path

    from repro.figures import Picture
    from repro.verdicts import ClaimResult

HARM = "window.pwned = 1; alert(1)"
EVIL = f'<script>{HARM}</script>"\'><img src=x onerror="{HARM}">{{{{ 7 * 7 }}}}'
LONG = "long_names_of_40_characters_have_no_space" * 3
MANY = tuple((f"case {row}", row, row / 7, "no", LONG[:40]) for row in range(40))


def _points(*values: float | None) -> PerSeedValues:
    most = max(value for value in values if value is not None)
    return PerSeedValues("PPO", "epochs", values, tuple(value == most for value in values))


def _measured(value: float) -> Measured:
    return Measured(value, value - 1, value + 2, "times")


def claims() -> list[ClaimResult]:
    """Make claims whose numbers sort differently as numbers and as text."""
    theory: dict[str, Any] = {"kind": "theory", "measured": None, "n": None, "censored": None}
    empirical: dict[str, Any] = {"details": (), "points": (_points(3.0, 700.0, None, 12.5),)}
    evil: dict[str, Any] = dict.fromkeys(
        ("title", "statement", "expected", "differences", "command", "explanation"), EVIL
    )
    return [
        claim(REPRODUCED, id="made.nine", title="b: nine", measured=_measured(9.5), n=9),
        claim(
            REPRODUCED,
            id="made.hundred",
            title="a: a hundred",
            measured=_measured(100.25),
            n=30,
            margin=Margin(low=1.0, target=13.9),
            raw=(RawData(f"ppo/{LONG}", "0123456789abcdef" * 4, "trained"),),
            figures=("hundred", "broken", "absent"),
            **empirical,
        ),
        claim(NOT, NOT, id="made.below", measured=_measured(-2.0), n=100, **empirical),
        claim(NOT, id="made.flipped", title=LONG, measured=_measured(10.0), n=3),
        claim(INCONCLUSIVE, id="made.drifted", measured=None, n=None, kind="finding"),
        claim(NOT_RUN, id="made.absent", measured=None, n=None, explanation="A block failed."),
        claim(
            REPRODUCED,
            id="theory.graph",
            title="C: a graph",
            checked=96,
            figures=("graph",),
            tables=(Table("Cases", ("case", "n", "share", "found", "name"), MANY),),
            **theory,
        ),
        claim(
            NOT,
            id=f"../{EVIL}",
            kind="finding",
            measured=Measured(1e-9, -math.inf, None, EVIL),
            tables=(Table(EVIL, (EVIL,), ((EVIL,),) * 13),),
            details=(Detail(EVIL, 1.0, None, None, NOT),),
            controls=(Control(EVIL, (REPRODUCED,), NOT),),
            points=(PerSeedValues(EVIL, EVIL, (1.0, 1e9), (False, True)),),
            raw=(RawData(EVIL, EVIL, EVIL),),
            figures=("evil",),
            **evil | {"title": f"z {EVIL}"},
        ),
    ]


def write(folder: Path) -> Path:
    """Write the report; return the path of its page."""
    broken = picture("broken")
    object.__setattr__(broken, "figure", None)
    pictures: list[Picture] = [
        picture("hundred"),
        picture("graph"),
        picture("evil", EVIL),
        broken,
        picture("unasked"),
    ]
    sections = [
        Section("A section", EVIL, ("name", LONG), ((EVIL, 1.5), (LONG, None))),
        Section("Figures", "", (), (), ("hundred",)),
    ]
    return write_report(
        run(*claims()), folder, sources=SOURCES, pictures=pictures, sections=sections
    )
