"""What a verdict can be asked afterwards: formulas, paths, and what would separate a pair.

These are computed when they are first needed, on the graphs that the audit has made. They are part of no
comparison of verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable


@dataclass(frozen=True)
class HiddenVariable:
    """A hidden variable of a rule.

    Attributes:
        name: what it is, from its structure, such as "log-sum-exp".
        expression: how it is computed from the inputs.
    """

    name: str
    expression: str

    def __str__(self) -> str:
        """Write the name and the expression."""
        return f"{self.name} {self.expression}"


class Evidence(Protocol):
    """Answers questions about an audited rule."""

    def formula(self, mechanism: str) -> str | None:
        """Write a mechanism's gradient as an expression of the inputs; None if it is long."""

    def digest(self, mechanism: str) -> Hashable:
        """Get a digest of a gradient's expression that does not depend on the order of sums."""

    def path(self, mechanism: str, element: str) -> tuple[str, ...]:
        """Name the hidden variables on a shortest path from an element of an input to a gradient."""

    def separating_set(self, first: str, second: str) -> tuple[HiddenVariable, ...] | None:
        """Find the fewest shared hidden variables that would separate two gradients if they were inputs."""
