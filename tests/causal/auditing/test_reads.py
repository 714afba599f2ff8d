"""Slices and elements: compared with numpy's own indexing, and there and back again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.causal.auditing.reads import (
    InputLabels,
    by_readers,
    elements,
    in_slices,
    label,
    split,
)
from repro.errors import AuditError

SHAPES = {"rewards": (5,), "bids": (3, 4), "rate": (), "one": (1,), "cube": (2, 3, 2)}


def positions(name: str) -> dict[str, int]:
    """The place of each named element in row-major order, from numpy."""
    shape = SHAPES[name]
    return {label(name, tuple(map(int, index))): k for k, index in enumerate(np.ndindex(shape))}


Place = int | slice
END = st.one_of(st.none(), st.integers(-6, 6))


def axis(size: int) -> st.SearchStrategy[Place]:
    return st.one_of(st.integers(-size, size - 1), st.builds(slice, END, END))


def written(place: Place) -> str:
    if isinstance(place, int):
        return str(place)
    return ":".join("" if end is None else str(end) for end in (place.start, place.stop))


@st.composite
def indexed(draw: st.DrawFn) -> tuple[str, tuple[Place, ...]]:
    name = draw(st.sampled_from(["rewards", "bids", "cube"]))
    shape = SHAPES[name]
    count = draw(st.integers(1, len(shape)))
    return name, tuple(draw(axis(size)) for size in shape[:count])


@given(indexed())
def test_elements_are_those_that_numpy_selects(index: tuple[str, tuple[Place, ...]]) -> None:
    name, places = index
    selected = np.arange(math.prod(SHAPES[name])).reshape(SHAPES[name])[places]
    inside = ", ".join(map(written, places))
    if not selected.size:
        with pytest.raises(AuditError, match="selects nothing"):
            elements(f"{name}[{inside}]", SHAPES)
        return
    position = positions(name)
    found = elements(f"{name}[{', '.join(map(written, places))}]", SHAPES)
    assert sorted(position[x] for x in found) == sorted(np.ravel(selected).tolist())


@given(st.sets(st.sampled_from([x for name in SHAPES for x in positions(name)])))
def test_slices_name_exactly_what_was_given(found: set[str]) -> None:
    slices = in_slices(found, SHAPES)
    listed = [elements(one, SHAPES) for one in slices]
    assert set().union(*listed) == found
    assert sum(map(len, listed)) == len(found)  # none twice


@pytest.mark.parametrize(
    ("found", "slices"),
    [
        (["rewards[0]", "rewards[1]", "rewards[4]"], ("rewards[0:2]", "rewards[4]")),
        ([f"rewards[{k}]" for k in range(5)], ("rewards",)),
        ([f"bids[{k}, 1]" for k in range(3)], ("bids[:, 1]",)),
        ([f"bids[1, {k}]" for k in range(4)], ("bids[1, :]",)),
        (["bids[0, 0]", "bids[1, 1]"], ("bids[0, 0]", "bids[1, 1]")),
        (["rate", "one[0]"], ("rate", "one")),
        (["an untracked number", "rate"], ("rate", "an untracked number")),
        ([], ()),
    ],
)
def test_slices_are_short(found: list[str], slices: tuple[str, ...]) -> None:
    assert in_slices(found, SHAPES) == slices


def test_labels_count_in_row_major_order() -> None:
    names = InputLabels(("bids", "rate"), ((3, 4), ()))
    assert [names(0, k) for k in range(12)] == list(positions("bids"))
    assert names(1, 0) == "rate"


@pytest.mark.parametrize(
    ("element", "parts"),
    [
        ("bids[2, 3]", ("bids", (2, 3))),
        ("rate", ("rate", ())),
        ("bids", None),
        ("bids[2]", None),
        ("bids[0:2, 1]", None),
        ("prices[0]", None),
        ("an untracked number", None),
    ],
)
def test_elements_are_split(element: str, parts: tuple[str, tuple[int, ...]] | None) -> None:
    assert split(element, SHAPES) == parts


@pytest.mark.parametrize(
    ("slices", "message"),
    [
        ("reward[2]", "unknown input 'reward'; did you mean rewards"),
        ("rewards[5]", "within an axis of 5"),
        ("rewards[a]", "expected integers and slices"),
        ("rewards[::0]", "expected integers and slices"),
        ("rewards[]", "expected integers and slices"),
        ("rewards[0, 0]", "expected at most 1 indices, because rewards has shape (5,)"),
        ("rate[0]", "expected at most 0 indices"),
    ],
)
def test_bad_slices_are_refused_in_one_line(slices: str, message: str) -> None:
    with pytest.raises(AuditError) as caught:
        elements(slices, SHAPES)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    st.dictionaries(
        st.sampled_from(["left", "right", "middle"]),
        st.sets(st.sampled_from([x for name in SHAPES for x in positions(name)] + ["part of obs"])),
    )
)
def test_parts_divide_the_inputs_by_who_reads_them(reads: dict[str, set[str]]) -> None:
    everything = {x for name in SHAPES for x in positions(name)}.union(*reads.values())
    readers = {x: {g for g, found in reads.items() if x in found} for x in everything}
    parts = by_readers(reads, SHAPES)
    listed: list[str] = []
    for name, slices, who in parts:
        part = set(slices) if not name else set().union(*(elements(x, SHAPES) for x in slices))
        assert {split(x, SHAPES)[0] if name else "" for x in part} == {name}  # type: ignore[index]  # an element
        assert all(readers[x] == who for x in part)
        listed += part
    assert sorted(listed) == sorted(everything)
    # No two parts of one input have the same readers.
    assert len({(name, who) for name, _, who in parts}) == len(parts)
