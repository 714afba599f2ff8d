"""Facts that are written as JSON carry a checksum of their own, by which a changed byte shows."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SEAL = "checksum"


def sealed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Add to facts their checksum, in place of an earlier one."""
    return {**facts, SEAL: _checksum(facts)}


def is_sealed(facts: Mapping[str, Any]) -> bool:
    """Whether facts that were read are those that were sealed."""
    return facts.get(SEAL) == _checksum(facts)


def _checksum(facts: Mapping[str, Any]) -> str:
    """SHA-256 of what facts say as JSON, however they are spaced and ordered."""
    rest = {name: fact for name, fact in facts.items() if name != SEAL}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
