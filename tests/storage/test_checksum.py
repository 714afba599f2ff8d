"""Checksums of facts change with the facts, but not with their formatting or order."""

from __future__ import annotations

import json

import pytest

from repro.storage.checksum import (
    CHECKSUM,
    dump_facts,
    has_valid_checksum,
    load_facts,
    with_checksum,
)

FACTS = {"schema": 2, "seconds": 1.5, "seeds": (0, 1), "commit": None, "more": {"a": ["é", True]}}


def test_unchanged_facts_have_a_valid_checksum() -> None:
    whole = with_checksum(FACTS)
    assert {**whole, CHECKSUM: None} == {**FACTS, CHECKSUM: None}
    for indent in (None, 2):
        read = json.loads(json.dumps(whole, indent=indent))
        assert has_valid_checksum(read)
        assert has_valid_checksum(dict(reversed(read.items())))
        assert with_checksum(read) == read
    # Computed independently: printf '{"a": 1}' | sha256sum
    assert with_checksum({"a": 1}) == {
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
        {CHECKSUM: None},
        {CHECKSUM: "0" * 64},
    ],
)
def test_a_change_makes_the_checksum_invalid(change: dict[str, object]) -> None:
    changed = {**with_checksum(FACTS), **change}
    assert not has_valid_checksum(changed)


def test_a_missing_fact_makes_the_checksum_invalid() -> None:
    whole = with_checksum(FACTS)
    for name in whole:
        assert not has_valid_checksum({n: fact for n, fact in whole.items() if n != name})
    assert not has_valid_checksum({})


def test_dumped_facts_are_loaded() -> None:
    loaded = load_facts(dump_facts(FACTS), schema=2)
    assert loaded == with_checksum({**FACTS, "seeds": [0, 1]})
    assert dump_facts(loaded) == dump_facts(FACTS)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "Expecting property name"),
        (b"", "Expecting value"),
        (b"\xff", "can't decode byte 0xff"),
        (b"[]", "given a JSON list; expected an object"),
        (b"null", "given a JSON NoneType; expected an object"),
        (b"{}", "given schema None; expected 3"),
        (dump_facts(FACTS), "given schema 2; expected 3"),
        (dump_facts({"schema": "3"}), "given schema '3'; expected 3"),
        (b'{"schema": 3}', "its checksum does not match its content"),
    ],
)
def test_content_of_another_form_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        load_facts(content, schema=3)
