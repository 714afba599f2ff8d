"""The result of an audit: the answer, the hidden variables behind it, and the limits of the trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.causal.graphs.graph import Graph

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


@dataclass(frozen=True)
class Verdict:
    """The result of an audit of one rule, on inputs of given shapes.

    Attributes:
        answer: for all mechanisms together.
        pairs: the answer for each pair of mechanisms.
        witnesses: hidden variables that gradients share, the most informative of each pair first.
        joined_as_coded: pairs that share a hidden variable in the code as written.
        joined_at_most: pairs that share one if sums are opened and every sum that can be shared is shared. What
            the code shares may cancel when sums are opened; such a pair is in `joined_as_coded` alone.
        conditioned: names of the inputs that are conditioned on.
        context: names of the inputs that are fixed context: booleans, and integers that select elements
            but are not calculated with.
        zero: mechanisms whose gradient is exactly zero.
        reads: elements of inputs that each mechanism's gradient depends on, such as "bids[0, 2]".
        selection: "route" if a maximum is the selected element, "strict" if it is a hidden variable.
        graph: the flattened graph in readable form, see `readable_graph`.
        approximated: operators whose outputs are assumed to depend on all their inputs.
        limits: what the trace could not follow, each as a sentence; if there is any, the answer is
            not "modular".
        factorised: whether no two mechanisms share a parameter; None if no parameters were given.
        shared_parameters: pairs of mechanisms that share a parameter.
        shared_names: names of these parameters, if they are known.
        interventions: of the intervention check; empty if `audit` was called without `verify`.
        hidden: number of hidden variables in the flattened graph.
    """

    answer: Answer
    pairs: Mapping[Pair, Answer]
    witnesses: tuple[Witness, ...]
    joined_as_coded: frozenset[Pair]
    joined_at_most: frozenset[Pair]
    conditioned: tuple[str, ...]
    context: tuple[str, ...]
    zero: tuple[str, ...]
    reads: Mapping[str, frozenset[str]]
    selection: str
    graph: Graph
    approximated: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    factorised: bool | None = None
    shared_parameters: tuple[Pair, ...] = ()
    shared_names: tuple[str, ...] = ()
    interventions: tuple[Intervention, ...] = field(default=(), repr=False)
    hidden: int = 0

    @property
    def as_coded(self) -> bool:
        """Whether no two gradients share a hidden variable in the code as written."""
        return not self.joined_as_coded

    def to_dict(self) -> dict[str, Any]:
        """Convert everything except the graph and the individual interventions to a JSON object."""
        checked = self.interventions
        return {
            "answer": self.answer.value,
            "pairs": [[*pair, answer.value] for pair, answer in self.pairs.items()],
            "witnesses": [
                {
                    "pair": list(w.pair),
                    "name": w.name,
                    "expression": w.expression,
                    "paths": [list(path) for path in w.paths],
                }
                for w in self.witnesses
            ],
            "joined_as_coded": sorted(map(list, self.joined_as_coded)),
            "joined_at_most": sorted(map(list, self.joined_at_most)),
            "conditioned": list(self.conditioned),
            "context": list(self.context),
            "zero": list(self.zero),
            "selection": self.selection,
            "approximated": list(self.approximated),
            "limits": list(self.limits),
            "factorised": self.factorised,
            "shared_parameters": [list(pair) for pair in self.shared_parameters],
            "shared_names": list(self.shared_names),
            "interventions": {
                "made": len(checked),
                "silent": sum(one.silent for one in checked),
                "violations": sum(one.violates for one in checked),
            },
            "hidden": self.hidden,
        }
