"""All properties, and how many cases each gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.verification.fuzz import (
    checkpoints,
    claim_files,
    commands,
    declared,
    programs,
    records,
    reports,
    rule_files,
    rules,
    tables,
    verdicts,
)
from tests.verification.fuzz.running import run

if TYPE_CHECKING:
    from tests.verification.fuzz.running import Outcome, Property

CASES = 10_500
"""A few more than the ten thousand that are asked for: a small space of examples may be used up."""


def properties() -> list[Property]:
    """All of them, by kind."""
    rooms = (
        *(tables, commands, records, verdicts, checkpoints, reports),
        *(programs, rules, rule_files, declared, claim_files),
    )
    return [one for room in rooms for one in room.all_of()]


def shared_out(cases: int, among: list[Property]) -> dict[str, int]:
    """How many of `cases` each property gets, by its id: at least one."""
    whole = sum(one.share for one in among)
    return {one.id: max(1, round(cases * one.share / whole)) for one in among}


def tried(name: str, cases: int, seed: int) -> Outcome:
    """Try the property of this id, in whatever process this is."""
    (what,) = (one for one in properties() if one.id == name)
    return run(what, cases, seed)
