"""Facts stored as JSON, with a checksum that detects changes."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKSUM = "checksum"


def with_checksum(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Add the checksum of the facts, replacing an earlier one."""
    return {**facts, CHECKSUM: _checksum(facts)}


def has_valid_checksum(facts: Mapping[str, Any]) -> bool:
    """Return True if the facts are those that `with_checksum` was given."""
    return facts.get(CHECKSUM) == _checksum(facts)


def _checksum(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the facts as JSON, independent of their order and of white space."""
    rest = {name: fact for name, fact in facts.items() if name != CHECKSUM}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def dump_facts(facts: Mapping[str, Any]) -> bytes:
    """Write facts as JSON, with their checksum."""
    return json.dumps(with_checksum(facts), indent=1, sort_keys=True).encode() + b"\n"


def load_facts(content: bytes, schema: int) -> dict[str, Any]:
    """Read what `dump_facts` wrote.

    Args:
        content: the JSON text.
        schema: expected value of the fact "schema".

    Raises:
        ValueError: the content is not a JSON object, has another schema, or was changed.
        RecursionError: it is nested too deeply.
    """
    facts = json.loads(content.decode())
    if not isinstance(facts, dict):
        raise ValueError(f"given a JSON {type(facts).__name__}; expected an object")  # noqa: TRY004 - one error for all faults
    if facts.get("schema") != schema:
        raise ValueError(f"given schema {facts.get('schema')!a}; expected {schema}")
    if not has_valid_checksum(facts):
        raise ValueError("its checksum does not match its content")
    return facts
