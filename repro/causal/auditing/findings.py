"""What an audit finds: an answer for each pair of gradients, what they share, and what interventions change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Pair = tuple[str, str]

REWRITING = "sums in any order, common factors taken out, and equal elementary functions; no other identities"
"""Which other implementations of a rule a verdict covers."""


class Answer(StrEnum):
    """Whether gradients are independent, given the inputs of credit assignment.

    The order in which code adds numbers is not a property of a rule, but it can decide what the gradients
    share. MODULAR: they share nothing, even if every sum that can be shared is shared. NOT_MODULAR: they
    share a hidden variable in every implementation. IMPLEMENTATION_DEPENDENT: they share a sum in some
    implementations and not in others; see `Verdict.joined_as_coded` and `Verdict.joined_at_most`.
    UNDETERMINED: the trace could not follow everything.

    MODULAR has a limit: other implementations are known only as far as `REWRITING` says. Two gradients that
    share something only by another identity, such as cos² + sin² = 1, are called modular.
    """

    MODULAR = "modular"
    NOT_MODULAR = "not modular"
    IMPLEMENTATION_DEPENDENT = "implementation-dependent"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True)
class Witness:
    """A hidden variable that two gradients share.

    Attributes:
        pair: names of the two mechanisms.
        name: what it is, from its structure, such as "log-sum-exp" or "discounted sum".
        expression: how it is computed from the inputs.
        paths: names of nodes in `Verdict.graph`, from the variable to each of the two gradients.
    """

    pair: Pair
    name: str
    expression: str
    paths: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Intervention:
    """The effect of changing one hidden variable of the running rule, with all inputs held fixed.

    Attributes:
        variable: expression of the hidden variable.
        predicted: mechanisms whose gradients may change, according to the graph.
        moved: mechanisms whose gradients changed.
    """

    variable: str
    predicted: tuple[str, ...]
    moved: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """Whether a predicted change did not happen, for example in a clipped branch."""
        return set(self.moved) < set(self.predicted)

    @property
    def violates(self) -> bool:
        """Whether a gradient changed that was not predicted: the trace missed something."""
        return not set(self.moved) <= set(self.predicted)
