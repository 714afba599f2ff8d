"""Paraphrases are complete and well-formed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from repro.errors import ClaimError
from repro.report import load_sources
from repro.report.sources import Untested

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


def test_a_line_that_repeats_another_must_not_be_cited(tmp_path: Path) -> None:
    path = write(tmp_path, {"about": ABOUT, "talk:44": "slower", "same": {"talk:44": [45, 46]}})
    with pytest.raises(ClaimError) as caught:
        load_sources(path).cite("transfer.x", ["talk:46", "talk:47"])
    assert str(caught.value).endswith(
        'does not paraphrase; cite talk:44, not talk:46; add to it: "talk:47": "..."'
    )
    with pytest.raises(ClaimError, match=r"; cite talk:44, not talk:45$"):
        load_sources(path).cite("transfer.x", ["talk:45"])


def test_all_keys_are_read(tmp_path: Path) -> None:
    body = {
        "about": ABOUT,
        "length": 7,
        "talk:2": "two",
        "talk:4": "four",
        "talk:7": "seven",
        "partly": {"talk:4": "its proof"},
        "untested": {"aim": {"talk:7": "a wish"}, "outlook": {"talk:2": "later"}},
        "same": {"talk:2": [1, 3]},
        "silent": [5, 6],
    }
    sources = load_sources(write(tmp_path, body))
    assert sources.lines == {"talk:2": "two", "talk:4": "four", "talk:7": "seven"}
    assert sources.partly == {"talk:4": "its proof"}
    assert sources.untested == {
        "talk:7": Untested("aim", "a wish"),
        "talk:2": Untested("outlook", "later"),
    }
    assert (sources.same, sources.length) == ({"talk:2": (1, 3)}, 7)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "cannot be read: .*expected a JSON object"),
        ("[" * 100_000, "cannot be read: .*expected a JSON object"),
        ("[]", "holds a list; expected a JSON object"),
        ({}, 'expected "about" with the texts title, authors, venue, note'),
        ({"about": "x"}, 'expected "about"'),
        ({"about": ABOUT | {"note": ""}}, 'expected "about"'),
        ({"about": ABOUT, "talk:0": "x"}, "given 'talk:0'"),
        ({"about": ABOUT, "talk:4x": "x"}, "given 'talk:4x'"),
        ({"about": ABOUT, "paper:4": "x"}, "given 'paper:4'"),
        ({"about": ABOUT, "talk:4": " "}, "given 'talk:4': ' '; expected .* a paraphrase"),
        ({"about": ABOUT, "talk:4": 7}, "given 'talk:4': 7"),
        ('{"talk:4": "a", "talk:4": "b"}', "'talk:4' is given twice"),
        ({"about": ABOUT, "partly": []}, '"partly" holds a list; expected a JSON object'),
        ({"about": ABOUT, "partly": {"talk:4": ""}}, "\"partly\": given 'talk:4': ''; .*no claim"),
        ({"about": ABOUT, "partly": {"talk:4": "x"}}, '"partly" names talk:4, which has no para'),
        ({"about": ABOUT, "untested": "x"}, '"untested" holds a str; expected a JSON object'),
        ({"about": ABOUT, "untested": {"aim": "x"}}, '"untested", aim holds a str; expected'),
        (
            {"about": ABOUT, "untested": {"aim": {"4": "x"}}},
            "\"untested\", aim: given '4': 'x'; expected \"talk:N\" and the reason as text",
        ),
        (
            {"about": ABOUT, "untested": {"aim": {"talk:4": "x"}}},
            '"untested" names talk:4, which has no paraphrase',
        ),
        (
            {
                "about": ABOUT,
                "talk:4": "x",
                "untested": {"aim": {"talk:4": "x"}, "scope": {"talk:4": "y"}},
            },
            'talk:4 is "untested" as aim and as scope; keep one',
        ),
        (
            {
                "about": ABOUT,
                "talk:4": "x",
                "untested": {"aim": {"talk:4": "x"}},
                "partly": {"talk:4": "x"},
            },
            'talk:4 is in "partly" and in "untested"; keep one of them',
        ),
        ({"about": ABOUT, "same": {"talk:4": [5]}}, '"same" names talk:4, which has no para'),
        ({"about": ABOUT, "same": [5]}, '"same" holds a list; expected a JSON object'),
        (
            {"about": ABOUT, "talk:4": "x", "same": {"talk:4": [True]}},
            r'"same", talk:4: given \[True\]; expected a list of line numbers',
        ),
        (
            {"about": ABOUT, "talk:4": "x", "same": {"talk:4": 5}},
            '"same", talk:4: given 5; expected a list of line numbers',
        ),
        ({"about": ABOUT, "silent": [0]}, r'"silent": given \[0\]; expected a list of line'),
        ({"about": ABOUT, "silent": ["4"]}, r"\"silent\": given \['4'\]; expected a list of line"),
        ({"about": ABOUT, "length": -1}, 'given "length": -1; expected the number of lines'),
        ({"about": ABOUT, "length": "9"}, "given \"length\": '9'; expected the number of lines"),
        ({"about": ABOUT, "talk:4": "x", "silent": [4]}, "talk:4 is listed 2 times; keep one"),
        (
            {"about": ABOUT, "talk:4": "x", "talk:5": "y", "same": {"talk:5": [4]}},
            "talk:4 is listed 2 times; keep one: with a paraphrase, under",
        ),
        (
            {"about": ABOUT, "talk:2": "x", "length": 4, "silent": [3]},
            "does not list talk:1, talk:4; add each once: with a paraphrase, under",
        ),
        ({"about": ABOUT, "talk:2": "x", "length": 1}, "given talk:2; expected lines up to 1"),
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


def test_invalid_utf8_is_refused(tmp_path: Path) -> None:
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


def test_every_line_of_the_talk_is_listed() -> None:
    """With a length, loading refuses lines that are not listed, or listed twice."""
    sources = load_sources()
    assert sources.length == 329
    assert sources.lines.keys() >= sources.untested.keys() | sources.partly.keys()
