"""Ways in which a file may be damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CUTS = 20


def flipped(content: bytes, places: int) -> Iterator[tuple[str, bytes]]:
    """Change one byte, at `places` spread evenly from the first to the last; bits take turns."""
    last = len(content) - 1
    for number, place in enumerate(sorted({last * i // max(1, places - 1) for i in range(places)})):
        changed = bytearray(content)
        changed[place] ^= 1 << number % 8
        yield f"byte {place} of {len(content)} flipped", bytes(changed)


def cut(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut it at twenty places, from nothing at all to all but the last byte."""
    for number in range(CUTS):
        length = (len(content) - 1) * number // (CUTS - 1)
        yield f"cut after {length} of {len(content)} bytes", content[:length]
