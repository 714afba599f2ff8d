"""Ways to damage a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CUTS = 20


def flipped(content: bytes, places: int) -> Iterator[tuple[str, bytes]]:
    """Flip one bit at each of `places` bytes, spread evenly over the content."""
    last = len(content) - 1
    for number, place in enumerate(sorted({last * i // max(1, places - 1) for i in range(places)})):
        changed = bytearray(content)
        changed[place] ^= 1 << number % 8
        yield f"byte {place} of {len(content)} flipped", bytes(changed)


def cut(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut the content at twenty places, from no byte to all but the last."""
    for number in range(CUTS):
        length = (len(content) - 1) * number // (CUTS - 1)
        yield f"cut after {length} of {len(content)} bytes", content[:length]


def same_json(one: bytes, other: bytes) -> bool:
    """Return True if two JSON texts differ only in white space."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False
