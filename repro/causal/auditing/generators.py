"""The random number generators that a training step can draw from, and whether it has drawn.

These are the global ones of Python, NumPy and torch, and those that objects of the step keep for themselves.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

TORCH = "torch"


class Generator(NamedTuple):
    """A generator, and the state that it had.

    Attributes:
        library: whose it is.
        get: gets its state.
        put: puts it into a state.
        state: as it was.
    """

    library: str
    get: Callable[[], Any]
    put: Callable[[Any], object]
    state: Any

    def restore(self) -> None:
        """Put it back as it was."""
        self.put(self.state)

    def has_drawn(self) -> bool:
        """Return whether its state has changed."""
        return not _equal(self.get(), self.state)


def global_generators() -> list[Generator]:
    """Get the generators that are used where none is named."""
    given: list[tuple[str, Callable[[], Any], Callable[[Any], None]]] = [
        ("Python", random.getstate, random.setstate),
        ("NumPy", np.random.get_state, np.random.set_state),
        (TORCH, torch.get_rng_state, torch.set_rng_state),
    ]
    return [Generator(library, get, put, get()) for library, get, put in given]


def generator(x: object) -> Generator | None:
    """Get an object as a generator; None if it is none."""
    if isinstance(x, np.random.Generator):
        bits: Any = x.bit_generator

        def put(state: Any) -> None:  # noqa: ANN401 - NumPy's
            bits.state = state

        return Generator("NumPy", lambda: bits.state, put, bits.state)
    if isinstance(x, np.random.RandomState):
        return Generator("NumPy", x.get_state, x.set_state, x.get_state())
    if isinstance(x, random.Random):
        return Generator("Python", x.getstate, x.setstate, x.getstate())
    if isinstance(x, torch.Generator):
        return Generator(TORCH, x.get_state, x.set_state, x.get_state())
    return None


def _equal(x: Any, y: Any) -> bool:  # noqa: ANN401 - states of any library
    """Compare states: numbers, arrays and tensors in nested tuples and dicts."""
    if isinstance(x, dict):
        return all(_equal(x[key], y[key]) for key in x)
    if isinstance(x, tuple):
        return all(_equal(a, b) for a, b in zip(x, y, strict=True))
    return bool(np.array_equal(x, y))
