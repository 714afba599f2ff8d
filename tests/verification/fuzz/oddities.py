"""Odd values, odd words, and ways to damage good files."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

NUMBERS: tuple[Any, ...] = (
    *(float("nan"), float("inf"), -float("inf"), 0, -0.0, -1, 1, 0.5),
    *(1e308, -1e308, 5e-324, 2**31, 2**63, -(2**63), 10**30, 10**400),
)
TEXTS = (
    *(
        "",
        " ",
        "\t",
        "\n",
        "a\nb",
        "a\rb",
        "\0",
        "a\0b",
        "\udcff",
        "\u202e",
        "é",
        "\U0001d518",
        "\ufeff",
    ),
    *("..", "../..", "/", "~", ".", "-", "--", "-1", "%s", "{0}", "[bold]", "[/]", "<b>", "|", "'"),
    *(
        "nan",
        "inf",
        "null",
        "True",
        "reproduced",
        "not reproduced",
        "talk:44",
        "x" * 300,
        "x" * 5000,
    ),
)


def numbers() -> SearchStrategy[Any]:
    """Numbers, odd ones as often as others."""
    return st.sampled_from(NUMBERS) | st.integers() | st.floats()


def texts() -> SearchStrategy[str]:
    """Texts of any characters, lone surrogates included, and texts that often cause trouble."""
    return st.sampled_from(TEXTS) | st.text(st.characters(), max_size=12)


def names() -> SearchStrategy[str]:
    """Texts of one line, like names."""
    return texts().filter(lambda text: len(f"{text}.".splitlines()) == 1)


def words() -> SearchStrategy[str]:
    """Texts that are not absolute paths."""
    return texts().filter(lambda text: not text.startswith("/"))


def values() -> SearchStrategy[Any]:
    """Any JSON value, and a few more."""
    leaves = st.none() | st.booleans() | numbers() | texts()
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=4,
    )


def _places(tree: object, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return all paths into nested lists and dicts, the outermost first."""
    found = [at]
    inner: dict[Any, Any] = tree if isinstance(tree, dict) else {}
    inner = dict(enumerate(tree)) if isinstance(tree, list) else inner
    for key, value in inner.items():
        found += _places(value, (*at, key))
    return found


def _at(tree: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - JSON
    for key in path:
        tree = tree[key]
    return tree


@dataclass(frozen=True)
class Made:
    """A long value, and how it was made from a sound one."""

    what: Any = field(repr=False)
    how: tuple[str, ...]


@st.composite
def damaged(draw: st.DrawFn, tree: Any, most: int = 3) -> Made:  # noqa: ANN401 - JSON
    """A copy of JSON with up to `most` places dropped, replaced, swapped or repeated."""
    made, how = copy.deepcopy(tree), []
    for _ in range(draw(st.integers(1, most))):
        places = _places(made)[1:]
        if not places:
            break
        # Shallow places as often as the many deep ones.
        depth = draw(st.sampled_from(sorted({len(place) for place in places})))
        path = draw(st.sampled_from([place for place in places if len(place) == depth]))
        above, key = _at(made, path[:-1]), path[-1]
        do = draw(st.sampled_from(("replace", "number", "drop", "swap", "repeat", "same kind")))
        detail: object = ""
        if do == "drop":
            del above[key]
        elif do == "repeat" and isinstance(above, list):
            above.append(copy.deepcopy(above[key]))
        elif do in {"swap", "same kind"}:
            alike = [p for p in places if len(p) == depth and (do == "swap" or p[-1] == key)]
            detail = other = draw(st.sampled_from(alike))
            there, name = _at(made, other[:-1]), other[-1]
            above[key], there[name] = there[name], above[key]
        else:
            detail = above[key] = draw(numbers() if do == "number" else values())
        how.append(f"{do} {path} {detail!r:.200}")
    return Made(made, tuple(how))


@st.composite
def broken(draw: st.DrawFn, content: bytes) -> Made:
    """Bytes, some of them flipped, cut, repeated or replaced."""
    made, how = bytearray(content), []
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(0, len(made) - 1)))
        length = draw(st.sampled_from((1, 2, 8, 64, len(made))))
        do = draw(st.sampled_from(("flip", "cut", "leave out", "insert", "zero", "repeat")))
        new = draw(st.binary(min_size=1, max_size=8))
        if do == "flip" and made:
            made[place] ^= new[0]
        elif do == "cut":
            del made[place:]
        elif do == "leave out":
            del made[place : place + length]
        elif do == "insert":
            made[place:place] = new
        elif do == "zero":
            made[place : place + length] = bytes(len(made[place : place + length]))
        else:
            made[place:place] = made[place : place + length]
        how.append(f"{do} at {place}, {length} bytes, {new!r}")
    return Made(bytes(made), tuple(how))


@st.composite
def damaged_json(draw: st.DrawFn, sound: Any) -> Made:  # noqa: ANN401 - JSON
    """A JSON file with damaged content or bytes, or deep nesting."""
    do = draw(st.sampled_from(("says", "says", "says", "bytes", "nested")))
    if do == "says":
        made = draw(damaged(sound))
        text = json.dumps(made.what)
        return Made(text.encode("utf-8", "surrogatepass"), made.how)
    if do == "bytes":
        return draw(broken(json.dumps(sound).encode()))
    return Made(b"[" * 100_000, ("100,000 open brackets",))
