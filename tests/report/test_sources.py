"""Paraphrases: complete, well-formed, our own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from repro.errors import ClaimError
from repro.report import load_sources

if TYPE_CHECKING:
    from pathlib import Path

ABOUT = {"title": "T", "authors": "A", "venue": "V", "note": "N"}


def write(folder: Path, body: object) -> Path:
    path = folder / "sources.json"
    path.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    return path


def test_lines_are_paired_with_their_paraphrase(tmp_path: Path) -> None:
    path = write(tmp_path, {"about": ABOUT, "talk:44": "much slower", "talk:42": "alike"})
    sources = load_sources(path)
    assert sources.about == ABOUT
    assert sources.cite("c", ["talk:42", "talk:44"]) == (
        ("talk:42", "alike"),
        ("talk:44", "much slower"),
    )


def test_an_unknown_line_names_the_claim_and_what_to_add(tmp_path: Path) -> None:
    path = write(tmp_path, {"about": ABOUT, "talk:44": "much slower"})
    with pytest.raises(ClaimError) as caught:
        load_sources(path).cite("transfer.x", ["talk:45", "talk:44", "talk:46"])
    assert str(caught.value) == (
        f"claim transfer.x cites talk:45, talk:46, which {path} does not paraphrase; "
        'add to it: "talk:45": "...", "talk:46": "..."'
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "cannot be read: .*expected a JSON object"),
        ("[]", "holds a list; expected a JSON object"),
        ({}, 'expected "about" with the texts title, authors, venue, note'),
        ({"about": "x"}, 'expected "about"'),
        ({"about": ABOUT | {"note": ""}}, 'expected "about"'),
        ({"about": ABOUT, "talk:0": "x"}, "given 'talk:0'"),
        ({"about": ABOUT, "talk:4x": "x"}, "given 'talk:4x'"),
        ({"about": ABOUT, "paper:4": "x"}, "given 'paper:4'"),
        ({"about": ABOUT, "talk:4": " "}, "given 'talk:4': ' '; expected .* a paraphrase"),
        ({"about": ABOUT, "talk:4": 7}, "given 'talk:4': 7"),
        ('{"talk:4": "a", "talk:4": "b"}', "'talk:4' stands twice"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path: Path, body: object, message: str) -> None:
    path = write(tmp_path, body)
    with pytest.raises(ClaimError, match=message) as caught:
        load_sources(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClaimError, match=r"none\.json cannot be read"):
        load_sources(tmp_path / "none.json")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.json"
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(ClaimError, match="cannot be read"):
        load_sources(path)


def test_the_shipped_file_has_the_lines_of_the_headline() -> None:
    sources = load_sources()
    assert "Independence" in sources.about["title"]
    lines = ("talk:42", "talk:43", "talk:44", "talk:296")
    assert [line for line, _ in sources.cite("transfer", lines)] == list(lines)
    assert "13.9" in sources.lines["talk:44"]
