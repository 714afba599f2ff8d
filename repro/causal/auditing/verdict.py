"""What an audit finds: the answer, the hidden variables behind it, and what it could not see."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from repro.causal.graphs.graph import Graph

Pair = tuple[str, str]


class Answer(StrEnum):
    """Whether gradients are independent, given the inputs of credit assignment.

    The order in which code adds things up is no property of a rule, but what its gradients share may
    hang on it. MODULAR: they share nothing, neither as coded nor with every sum shared that can be.
    NOT_MODULAR: they share a hidden variable that no other way of adding up removes. IMPLEMENTATION_DEPENDENT: they
    share a sum in some ways of coding it and not in others; `Verdict.joined_as_coded` and
    `Verdict.joined_at_most` say in which. UNDETERMINED: the trace could not follow.
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
        name: what it is, from its structure alone, as "log-sum-exp" or "discounted sum".
        expression: how it is computed from the inputs.
        paths: names of nodes in `Verdict.graph`, from the variable to each of the two gradients.
    """

    pair: Pair
    name: str
    expression: str
    paths: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Intervention:
    """One hidden variable of the running rule was changed, all inputs held fixed.

    Attributes:
        variable: expression of the hidden variable.
        predicted: mechanisms whose gradients the graph says may move.
        moved: mechanisms whose gradients did.
    """

    variable: str
    predicted: tuple[str, ...]
    moved: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """Whether some gradient stayed although the graph lets it move, as in a clipped branch."""
        return set(self.moved) < set(self.predicted)

    @property
    def violates(self) -> bool:
        """Whether a gradient moved that the graph holds still: the trace missed something."""
        return not set(self.moved) <= set(self.predicted)


@dataclass(frozen=True)
class Verdict:
    """Answer of an audit, for one rule on inputs of one shape.

    Attributes:
        answer: for all mechanisms together.
        pairs: for each pair of mechanisms.
        witnesses: hidden variables that gradients share, the most telling of each pair first.
        joined_as_coded: pairs that share a hidden variable in the code as it stands, sums in the
            order in which it adds them.
        joined_at_most: pairs that share one if every sum is shared that can be.
        conditioned: names of the inputs that are conditioned on.
        context: names of the inputs that are fixed context (integers and truth values).
        zero: mechanisms whose gradient is exactly zero.
        reads: elements of inputs that each mechanism's gradient depends on, as "bids[0, 2]".
        selection: "route", where a maximum is the bid it returns, or "strict", where it is a
            hidden variable.
        graph: the flattened graph, condensed for people: inputs, the hidden variables that are
            shared or sum up several parents, and one gradient for each mechanism.
        approximated: operators taken to make every output depend on every input.
        limits: what the trace could not follow, each in a sentence; with a limit the answer is
            never "modular".
        factorised: whether no two mechanisms share a parameter; None where no parameters were given.
        shared_parameters: pairs of mechanisms that do.
        interventions: of the cross-check; empty unless asked for.
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
    interventions: tuple[Intervention, ...] = field(default=(), repr=False)
    hidden: int = 0

    @property
    def as_coded(self) -> bool:
        """Whether no two gradients share a hidden variable in the code as it stands."""
        return not self.joined_as_coded

    def to_dict(self) -> dict[str, Any]:
        """Make a JSON object of everything but the graph and the single interventions."""
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
            "interventions": {
                "made": len(checked),
                "silent": sum(one.silent for one in checked),
                "violations": sum(one.violates for one in checked),
            },
            "hidden": self.hidden,
        }
