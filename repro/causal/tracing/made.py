"""Tensors that running code makes from arrays or Python numbers, as far as their origin is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor


class MadeTensor(NamedTuple):
    """The elements of such a tensor, in row-major order.

    Attributes:
        keys: of each element that depends on data, something by which to recognise the same number; None for a
            constant.
        computed: for each element that was computed from data, of which of these, by number; empty for others.
        unknown: whether nothing is known of its origin.
    """

    keys: tuple[Hashable, ...]
    computed: tuple[frozenset[int], ...]
    unknown: tuple[bool, ...]

    @property
    def says_something(self) -> bool:
        """Whether it is more than constants."""
        return any(key is not None for key in self.keys) or any(self.unknown)


def content(tensor: Tensor) -> object:
    """Get something that two tensors have in common if they hold the same numbers."""
    return (tuple(tensor.shape), tensor.dtype, tuple(tensor.detach().flatten().tolist()))
