"""The result of an audit: the answer, the hidden variables behind it, and the limits of the trace."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repro.causal.auditing.findings import Answer
from repro.causal.auditing.html_table import html_table
from repro.causal.auditing.read_checks import check_not_reads, check_reads
from repro.causal.auditing.reads import in_slices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repro.causal.auditing.evidence import Evidence, HiddenVariable
    from repro.causal.auditing.findings import Intervention, Pair, Witness
    from repro.causal.graphs.graph import Graph

MOST_SETS = 40
"""Pairs for which reports say what would separate them; to find it takes up to a second for a pair."""
_SHOWN = 6
"""Pairs, and gradients, that a notebook shows."""


@dataclass(frozen=True, repr=False)
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
        interventions: of the intervention check; empty if `audit` was called without `verify`.
        hidden: number of hidden variables in the flattened graph.
        shapes: of the inputs.
        outside_shapes: of tensors that are no inputs, by name, if gradients read them.
        steps: with per="step", mechanism and step of each gradient of a single step.
        truths: of each boolean input that is a vector, where it is true; such as the ends of episodes.
        integers: names of the integer inputs that a gradient is calculated with, and that are conditioned on.
        integer_factors: names of the integer inputs that numbers are multiplied with or divided by, as masks are.
            `reads` does not list them: a number times a fixed integer is no step of its own in the graph.
        integers_to_python: names of the integer inputs that Python reads. What it does with them is not traced,
            so if it calculates with them, they are context all the same.
        unseen: mechanisms whose gradients may read more than `reads` says, see `limits`.
        unproven: tensors that a training step makes of arrays or Python numbers of unknown origin. They count as
            data, or as constants. If the step has computed them, gradients may share what it computed them from.
        trained_in_common: parameters that belong to no mechanism, that a training step trains, and that gradients of
            several mechanisms read, such as those of a common trunk. The answer is about mechanisms that have only
            parameters of their own; what all train together joins them from one step to the next.
        evidence: answers further questions, see `formulas`, `path` and `separating_set`. It keeps the graphs of
            the audit, up to 8 KB for each hidden variable, in memory; None answers none.
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
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    outside_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    steps: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    truths: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    integers: tuple[str, ...] = ()
    integer_factors: tuple[str, ...] = ()
    integers_to_python: tuple[str, ...] = ()
    unseen: frozenset[str] = frozenset()
    unproven: tuple[str, ...] = ()
    trained_in_common: tuple[str, ...] = ()
    evidence: Evidence | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        """Summarise the verdict in one line; the fields hold the rest."""
        gradients = dict.fromkeys(name for pair in self.pairs for name in pair)
        shared = dict.fromkeys(witness.name for witness in self.witnesses)
        because = f", shared: {', '.join(shared)}" if shared else ""
        return f"<Verdict: {self.answer}, {len(gradients)} gradients{because}>"

    def _repr_html_(self) -> str:
        """Show a notebook the answer, which pairs share what, and what gradients read: the first few of each."""
        found = [(pair, answer) for pair, answer in self.pairs.items() if answer != Answer.MODULAR]
        found.sort(key=lambda one: one[1] != Answer.NOT_MODULAR)
        shared = {one.pair: f"; they share: {one.name}" for one in reversed(self.witnesses)}
        many = f"{len(self.reads)} gradients; not modular: {len(found)} of {len(self.pairs)} pairs"
        rows = [("answer", f"{self.answer} ({many})")]
        rows += [
            (" and ".join(pair), answer + shared.get(pair, "")) for pair, answer in found[:_SHOWN]
        ]
        reads = [(f"{name} reads", ", ".join(read)) for name, read in self.read_slices.items()]
        return html_table([*rows, *reads[:_SHOWN], *(("limit", limit) for limit in self.limits)])

    @property
    def read_slices(self) -> dict[str, tuple[str, ...]]:
        """What each gradient reads, as slices of inputs in order, such as "bids[0, :]"."""
        shapes = {**self.shapes, **self.outside_shapes}
        return {name: in_slices(found, shapes) for name, found in self.reads.items()}

    @property
    def formulas(self) -> dict[str, str]:
        """The gradients that are short enough to be written as expressions of the inputs."""
        if self.evidence is None:
            return {}
        written = {name: self.evidence.formula(name) for name in self.reads}
        return {name: text for name, text in written.items() if text is not None}

    def path(self, mechanism: str, element: str) -> tuple[str, ...]:
        """Name the hidden variables between an element of an input and a gradient, on a shortest path.

        Args:
            mechanism: whose gradient.
            element: that it reads, such as "rewards[2]".

        Returns:
            Names from the input to the gradient, repetitions left out; empty if there is nothing in between.
        """
        return () if self.evidence is None else self.evidence.path(mechanism, element)

    def separating_set(self, first: str, second: str) -> tuple[HiddenVariable, ...] | None:
        """Find the fewest shared hidden variables that would separate two gradients if they were inputs.

        >>> import torch
        >>> from repro.causal import audit
        >>> def softmax_gradients(bids):
        ...     probability = bids.log_softmax(0).exp()
        ...     return {"left": probability[0], "right": probability[1]}
        >>> verdict = audit(softmax_gradients, {"bids": torch.tensor([0.1, 0.7])})
        >>> print(*verdict.separating_set("left", "right"))
        log-sum-exp log(exp(bids[0]) + exp(bids[1]))

        Args:
            first: a mechanism.
            second: another.

        Returns:
            None if no such set of up to a dozen variables separates them; empty if they share none.
        """
        pair = (first, second) if (first, second) in self.pairs else (second, first)
        joined = pair in self.joined_as_coded or pair in self.joined_at_most
        if not joined or self.evidence is None:
            return ()
        return self.evidence.separating_set(*pair)

    def assert_reads(
        self,
        mechanism: str,
        *expected: str,
        only: Iterable[str] | None = None,
        ends: str | None = None,
    ) -> None:
        """Check what a gradient reads.

        Args:
            mechanism: whose gradient. All floating-point elements count that it can depend on in the code that
                ran; integers that select elements or are factors, and truth values, do not.
            expected: slices of inputs that it must read completely, such as "rewards[:2]".
            only: slices of inputs outside of which it may read nothing; None for no restriction.
            ends: name of a boolean input that is true at the last step of each episode, for the message.

        Raises:
            AssertionError: it does not read all that is expected, or something that it may not; the message
                has the path in words.
            AuditError: a mechanism or an input is unknown.
        """
        __tracebackhide__ = True
        check_reads(self, mechanism, expected, only, ends)

    def assert_not_reads(self, mechanism: str, *forbidden: str, ends: str | None = None) -> None:
        """Check that a gradient does not read any element of some slices of inputs.

        Args:
            mechanism: whose gradient.
            forbidden: slices of inputs, such as "rewards[2:]".
            ends: see `assert_reads`.

        Raises:
            AssertionError: it reads one; the message has the path in words.
            AuditError: a mechanism or an input is unknown.
        """
        __tracebackhide__ = True
        check_not_reads(self, mechanism, forbidden, ends)

    @property
    def as_coded(self) -> bool:
        """Whether no two gradients share a hidden variable in the code as written."""
        return not self.joined_as_coded

    def to_dict(self) -> dict[str, Any]:
        """Convert everything except the graph, the evidence and the individual interventions to a JSON object."""
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
            "shapes": {
                name: list(shape) for name, shape in {**self.shapes, **self.outside_shapes}.items()
            },
            "reads": {name: list(found) for name, found in self.read_slices.items()},
            "formulas": self.formulas,
            "integers": list(self.integers),
            "integer_factors": list(self.integer_factors),
            "integers_to_python": list(self.integers_to_python),
            "unseen": sorted(self.unseen),
            "unproven": list(self.unproven),
            "trained_in_common": list(self.trained_in_common),
            "separating_sets": self._separating_sets(),
            "separating_sets_left_out": max(0, len(self.pairs_with_witness) - MOST_SETS),
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

    @property
    def pairs_with_witness(self) -> tuple[Pair, ...]:
        """The pairs that `witnesses` has a hidden variable of, each once."""
        return tuple(dict.fromkeys(witness.pair for witness in self.witnesses))

    def _separating_sets(self) -> list[dict[str, Any]]:
        """List what would separate the first pairs with a witness."""
        found = []
        for pair in self.pairs_with_witness[:MOST_SETS]:
            given = self.separating_set(*pair)
            listed = None if given is None else [vars(variable) for variable in given]
            found.append({"pair": list(pair), "given": listed})
        return found
