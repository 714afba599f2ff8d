"""The claims and statements that exist are known only to a session that collected every file."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from repro.paths import CLAIMS, PROJECT
from repro.plugin.project import Project

FILES = sorted(path.relative_to(PROJECT).as_posix() for path in CLAIMS.glob("*/[!_]*.py"))


def known(nodeids: list[str]) -> int:
    plugin = SimpleNamespace(declared=dict.fromkeys(nodeids))
    return len(Project(cast("Any", plugin))._known())


def test_all_claims_are_counted() -> None:
    assert len(FILES) >= 22
    assert known([f"{file}::test" for file in FILES]) == len(FILES)
    assert known([f"{FILES[0]}::another", *(f"{file}::test" for file in FILES)]) == len(FILES) + 1


@pytest.mark.parametrize("part", [FILES[1:], FILES[:-1], FILES[:1], []])
def test_a_part_of_the_files_counts_as_unknown(part: list[str]) -> None:
    assert known([f"{file}::test" for file in part]) == 0


@pytest.mark.parametrize(
    ("judged", "left_out", "said"),
    [
        (40, 2, ""),
        (42, 0, ""),
        (1, 0, "; chosen: 1 of 42 claims"),
        (3, 2, "; chosen: 5 of 42 claims"),
    ],
)
def test_it_says_how_many_claims_were_chosen_if_not_all(
    judged: int, left_out: int, said: str
) -> None:
    """A claim that the tier leaves out was chosen all the same."""
    plugin = SimpleNamespace(claims=[None] * judged, left_out=[None] * left_out)
    assert Project(cast("Any", plugin))._chosen(42) == said
