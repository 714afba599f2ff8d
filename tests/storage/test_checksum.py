"""A checksum of facts: whatever they say otherwise shows, however they are written."""

from __future__ import annotations

import json

import pytest

from repro.storage.checksum import SEAL, is_sealed, sealed

FACTS = {"schema": 2, "seconds": 1.5, "seeds": (0, 1), "commit": None, "more": {"a": ["é", True]}}


def test_what_was_sealed_is_known_again() -> None:
    whole = sealed(FACTS)
    assert {**whole, SEAL: None} == {**FACTS, SEAL: None}
    for indent in (None, 2):
        read = json.loads(json.dumps(whole, indent=indent))
        assert is_sealed(read)
        assert is_sealed(dict(reversed(read.items())))
        assert sealed(read) == read
    # By another tool: printf '{"a": 1}' | sha256sum
    assert sealed({"a": 1}) == {
        "a": 1,
        "checksum": "f9d86028c6e0d64e225186f96acb69338b2c59764df79162107f5c4bb34d1310",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 3},
        {"seconds": 1.5000000000000002},
        {"seeds": (1, 0)},
        {"commit": ""},
        {"more": {"a": ["e", True]}},
        {"another": 0},
        {SEAL: None},
        {SEAL: "0" * 64},
    ],
)
def test_what_was_changed_shows(change: dict[str, object]) -> None:
    assert not is_sealed({**sealed(FACTS), **change})


def test_what_is_missing_shows() -> None:
    whole = sealed(FACTS)
    for name in whole:
        assert not is_sealed({n: fact for n, fact in whole.items() if n != name})
    assert not is_sealed({})
