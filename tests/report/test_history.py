"""Verdicts over versions: what is appended, what must be explained, and what is shown."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from repro.errors import UserError
from repro.paths import HISTORY, PROJECT
from repro.report.documents import VERDICTS
from repro.report.history import Version, appended, load_history
from repro.report.history_section import history_section

if TYPE_CHECKING:
    from pathlib import Path

OLD = {"x.a": "reproduced"}
FIRST = Version("a" * 40, "2026-01-01", 10, "First.", OLD)
SECOND = Version(
    "b" * 40, "2026-01-02", 30, "More seeds.", {"x.a": "inconclusive", "x.b": "reproduced"}
)


def test_the_shipped_history_ends_with_the_published_verdicts() -> None:
    published = json.loads((PROJECT / VERDICTS).read_text(encoding="utf-8"))["claims"]
    assert load_history(HISTORY)[-1].verdicts == {one["id"]: one["verdict"] for one in published}


def test_each_shipped_version_differs_from_the_one_before_and_says_why() -> None:
    history = load_history(HISTORY)
    assert all(version.why for version in history)
    assert all(a.verdicts != b.verdicts for a, b in pairwise(history))
    assert [one.date for one in history] == sorted(one.date for one in history)


def test_what_is_appended_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_text(appended([FIRST], SECOND), encoding="utf-8")
    assert load_history(path) == [FIRST, SECOND]


def test_the_same_verdicts_add_nothing() -> None:
    later = Version("c" * 40, "2026-01-03", 30, "", FIRST.verdicts)
    assert appended([FIRST], later) == appended([], FIRST)


def test_a_changed_verdict_without_a_reason_is_refused() -> None:
    silent = Version("c" * 40, "2026-01-03", 30, "", SECOND.verdicts)
    with pytest.raises(UserError, match=r"x\.a: reproduced → inconclusive.*--why TEXT"):
        appended([FIRST], silent)


def test_a_new_claim_alone_needs_no_reason(tmp_path: Path) -> None:
    more = Version("c" * 40, "2026-01-03", 30, "", OLD | {"x.b": "inconclusive"})
    path = tmp_path / "history.json"
    path.write_text(appended([FIRST], more), encoding="utf-8")
    assert load_history(path)[-1] == more


def test_the_section_names_what_changed() -> None:
    (section,), (picture,) = history_section([FIRST, SECOND])
    assert [*section.rows] == [
        ("1", "2026-01-01", "a" * 12, 10, "First.", "none", 1),
        ("2", "2026-01-02", "b" * 12, 30, "More seeds.", "x.a: reproduced → inconclusive", 1),
    ]
    assert section.figures == (picture.name,)
    assert "x.a reproduced, then inconclusive" in picture.alt
    assert "x.b not yet judged, then reproduced" in picture.alt


def test_without_a_file_there_is_no_section(tmp_path: Path) -> None:
    assert history_section(load_history(tmp_path / "none.json")) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"versions": [{"commit": "a"}]}',
        appended([], FIRST).replace("reproduced", "fine"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        UserError, match=r"history\.json cannot be read .*take the file from the repo"
    ):
        load_history(path)
