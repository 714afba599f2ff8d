"""What two notebooks show, and where they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Book = Mapping[str, Any]

_PLAIN, _LONGEST = ("stdout", "stderr", "text/plain"), 200


def shown(cell: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a cell shows, as types and texts; of a picture only that there is one: fonts differ."""
    found = []
    for output in cell.get("outputs", ()):
        if output["output_type"] == "stream":
            found.append((output["name"], "".join(output["text"])))
        for kind, content in sorted(output.get("data", {}).items()):
            text = "" if kind.startswith("image/") else "".join(content)
            found.append((kind, text))
    return found


def differences(mine: Book, shipped: Book) -> list[str]:
    """Say which cells of two notebooks differ, in their text or in what they show; none if they agree."""
    if len(mine["cells"]) != len(shipped["cells"]):
        return [f"{len(shipped['cells'])} cells, not {len(mine['cells'])}"]
    found = []
    for number, (one, other) in enumerate(zip(mine["cells"], shipped["cells"], strict=True)):
        if (one["cell_type"], one["source"]) != (other["cell_type"], other["source"]):
            found.append(f"cell {number} is {other['source']!r}, not {one['source']!r}")
        elif shown(one) != shown(other):
            found.append(f"cell {number} showed {_brief(other)}, and now {_brief(one)}")
    return found


def _brief(cell: Mapping[str, Any]) -> str:
    """The beginning of the plain text that a cell shows, and what else it shows."""
    return ", ".join(
        f"{kind} {text[:_LONGEST]!r}" if kind in _PLAIN else kind for kind, text in shown(cell)
    )


def warned(book: Book) -> list[str]:
    """Say which cells of a notebook wrote to stderr, where warnings go."""
    return [
        f"cell {number} wrote to stderr: {text}"
        for number, cell in enumerate(book["cells"])
        for name, text in shown(cell)
        if name == "stderr"
    ]
