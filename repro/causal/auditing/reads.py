"""Elements of inputs by name, such as "bids[0, 2]", and many of them in short, such as "bids[0, :]".

An audit lists what each gradient reads element by element. People and JSON get slices, as Python writes
them, and assertions take slices. This module converts one into the other; it needs no torch.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.errors import AuditError, unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    Index = tuple[int, ...]
    Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class InputLabels:
    """Names (input, element), where an element is counted in row-major order.

    >>> InputLabels(("bids", "rate"), ((2, 3), ()))(0, 5)
    'bids[1, 2]'
    >>> InputLabels(("bids", "rate"), ((2, 3), ()))(1, 0)
    'rate'

    Attributes:
        names: of the inputs, in order.
        shapes: of the inputs.
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    def __call__(self, number: int, element: int) -> str:
        """Get the name of an element of an input."""
        index: list[int] = []
        for size in reversed(self.shapes[number]):
            index.insert(0, element % size)
            element //= size
        return label(self.names[number], tuple(index))

    def of(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """Get the names of some inputs, in order."""
        return tuple(self.names[number] for number in sorted(numbers))


def label(name: str, index: Index) -> str:
    """Name one element of an input."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def split(element: str, shapes: Shapes) -> tuple[str, Index] | None:
    """Get input and index of a named element; None if it is no element of an input."""
    if not element.endswith("]"):
        return (element, ()) if shapes.get(element) == () else None
    name, _, inside = element[:-1].rpartition("[")
    parts = inside.split(", ")
    if len(shapes.get(name, ())) != len(parts) or not all(part.isdigit() for part in parts):
        return None
    return name, tuple(map(int, parts))


def elements(slices: str, shapes: Shapes) -> frozenset[str]:
    """List the elements that slices of an input name, as Python's indexing does.

    >>> sorted(elements("bids[-1, :2]", {"bids": (2, 3)}))
    ['bids[1, 0]', 'bids[1, 1]']
    >>> len(elements("bids", {"bids": (2, 3)}))
    6

    Args:
        slices: an input's name, alone or with integers and slices in brackets; missing axes are whole.
        shapes: of the inputs by name.

    Raises:
        AuditError: the input is unknown, the index does not fit its shape, or it selects nothing.
    """
    name, bracket, inside = slices, "", ""
    if name not in shapes and name.endswith("]"):
        name, bracket, inside = slices[:-1].partition("[")
    if name not in shapes:
        raise AuditError(str(unknown("input", name, shapes)))
    shape = shapes[name]
    parts = [part.strip() for part in inside.split(",")] if bracket else []
    if len(parts) > len(shape):
        raise AuditError(
            f"given {slices!r}; expected at most {len(shape)} indices, because {name} has shape {shape}"
        )
    axes = [_positions(part, size, slices) for part, size in zip(parts, shape, strict=False)] + [
        range(size) for size in shape[len(parts) :]
    ]
    found = frozenset(label(name, index) for index in itertools.product(*axes))
    if not found:
        raise AuditError(
            f"given {slices!r}, which selects nothing; expected elements of {name}, which has shape {shape}"
        )
    return found


def _positions(part: str, size: int, slices: str) -> Collection[int]:
    """List the positions on an axis that an integer or a slice selects."""
    try:
        numbers = [int(text) if text.strip() else None for text in part.split(":")]
        if len(numbers) == 1 and numbers[0] is not None:
            return [range(size)[numbers[0]]]
        if len(numbers) in {2, 3}:
            return range(size)[slice(*numbers)]
    except (ValueError, IndexError):
        pass
    raise AuditError(
        f"given {slices!r}; expected integers and slices within an axis of {size}, such as rewards[2] or "
        "rewards[:2]"
    )


def every_element(name: str, shapes: Shapes) -> list[str]:
    """List the elements of an input in row-major order."""
    return [label(name, index) for index in itertools.product(*map(range, shapes[name]))]


def in_slices(found: Iterable[str], shapes: Shapes) -> tuple[str, ...]:
    """Write elements as slices, in the order of the inputs; what is no element of an input is last.

    >>> in_slices(["r[0]", "r[1]", "r[3]", "b[0, 0]", "b[0, 1]"], {"b": (2, 2), "r": (5,)})
    ('b[0, :]', 'r[0:2]', 'r[3]')
    """
    by_input: dict[str, set[Index]] = {name: set() for name in shapes}
    others = []
    for element in found:
        parsed = split(element, shapes)
        if parsed is None:
            others.append(element)
        else:
            by_input[parsed[0]].add(parsed[1])
    written = []
    for name, indices in by_input.items():
        if len(indices) == math.prod(shapes[name]):
            written += [name] if indices else []
        elif indices:
            blocks = _blocks(frozenset(indices), shapes[name])
            written += [f"{name}[{', '.join(block)}]" for block in blocks]
    return (*written, *sorted(others))


def _blocks(indices: frozenset[Index], shape: tuple[int, ...]) -> list[tuple[str, ...]]:
    """Write a set of indices as blocks; neighbours on an axis with equal rests are one slice."""
    if not shape:
        return [()]
    rests: dict[int, set[Index]] = {}
    for first, *rest in sorted(indices):
        rests.setdefault(first, set()).add(tuple(rest))
    runs: list[tuple[int, int, frozenset[Index]]] = []
    for first, found in rests.items():
        rest_of = frozenset(found)
        if runs and runs[-1][1] == first and runs[-1][2] == rest_of:
            runs[-1] = (runs[-1][0], first + 1, rest_of)
        else:
            runs.append((first, first + 1, rest_of))
    return [
        (_range(start, stop, shape[0]), *block)
        for start, stop, rest_of in runs
        for block in _blocks(rest_of, shape[1:])
    ]


def _range(start: int, stop: int, size: int) -> str:
    if (start, stop) == (0, size) and size > 1:
        return ":"
    return str(start) if stop == start + 1 else f"{start}:{stop}"


def by_readers(
    reads: Mapping[str, Collection[str]], shapes: Shapes
) -> list[tuple[str, tuple[str, ...], frozenset[str]]]:
    """Divide inputs into parts that the same gradients read.

    >>> reads = {"left": ["r[0]", "r[1]"], "right": ["r[1]"]}
    >>> [(slices, sorted(readers)) for _, slices, readers in by_readers(reads, {"r": (3,)})]
    [(('r[0]',), ['left']), (('r[1]',), ['left', 'right']), (('r[2]',), [])]

    Args:
        reads: elements that each gradient reads, by the gradient's name.
        shapes: of the inputs by name; elements of others are parts of their own, and last.

    Returns:
        For each part its input, or "" for others; its slices; and the gradients that read all of it. The others
        read nothing of it. Parts are in the order of the inputs and of their first elements.
    """
    readers: dict[str, set[str]] = {}
    for gradient, found in reads.items():
        for element in found:
            readers.setdefault(element, set()).add(gradient)
    known = {element: name for name in shapes for element in every_element(name, shapes)}
    parts: dict[tuple[str, frozenset[str]], list[str]] = {}
    for element in (*known, *sorted(readers.keys() - known.keys())):
        key = (known.get(element, ""), frozenset(readers.get(element, ())))
        parts.setdefault(key, []).append(element)
    return [(name, in_slices(part, shapes), who) for (name, who), part in parts.items()]
