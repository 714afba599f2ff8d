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
"""A few more than ten thousand: a small space of examples may be exhausted."""


def properties() -> list[Property]:
    """Return all properties, by kind."""
    modules = (
        *(tables, commands, records, verdicts, checkpoints, reports),
        *(programs, rules, rule_files, declared, claim_files),
    )
    return [one for module in modules for one in module.all_of()]


def shared_out(cases: int, among: list[Property]) -> dict[str, int]:
    """Return how many of `cases` each property gets, by its id: at least one."""
    whole = sum(one.share for one in among)
    return {one.id: max(1, round(cases * one.share / whole)) for one in among}


def tried(name: str, cases: int, seed: int) -> Outcome:
    """Check the property with this id; runs in a worker process."""
    (what,) = (one for one in properties() if one.id == name)
    return run(what, cases, seed)
