"""Every rule under the interventional cross-check: what moved against what its graph lets move."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claims.theory._rules import (
    batch_rule,
    inputs,
    sequential_rule,
    trainer_inputs,
    trainer_rule,
    with_rate,
)
from claims.theory._verdicts import judge, yes
from repro import algorithms
from repro.causal import audit
from repro.credit.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from claims.theory._shapes import Shape
    from repro.causal import Verdict as Audited
    from repro.causal.auditing.verdict import Pair
    from repro.verdicts.verdict import Verdict


HEAD = (
    "rule",
    "hidden variables",
    "changed, one by one",
    "moved several gradients",
    "silent for some",
    "moved one too many",
    "modular as coded",
)


@dataclass(frozen=True)
class Check:
    """One rule, audited and cross-checked.

    Attributes:
        name: of the rule, and the form it was taken in.
        audited: the verdict, interventions included.
        clipped: whether it has a clip, which stops what a variable does to a gradient.
    """

    name: str
    audited: Audited
    clipped: bool = False

    @property
    def moved(self) -> frozenset[Pair]:
        """Pairs that one hidden variable did move together."""
        return _pairs(one.moved for one in self.audited.interventions)

    @property
    def holds(self) -> bool:
        """Whether running code agrees with the graph.

        No gradient moves that the graph holds still. None stays that it lets move, but where a clip
        stops it. And the pairs that one variable moves together are exactly those that d-separation
        finds joined in the code as it stands.
        """
        made = self.audited.interventions
        return (
            bool(made)
            and not any(one.violates for one in made)
            and (self.clipped or not any(one.silent for one in made))
            and self.moved == self.audited.joined_as_coded
        )

    def judged(self) -> Verdict:
        """Judge it by that; where code contradicts the graph, no limit of the trace excuses it."""
        contradicted = any(one.violates for one in self.audited.interventions)
        return judge(self.holds, [] if contradicted else [self.audited])

    def row(self) -> list[object]:
        """Describe it in a table."""
        made = self.audited.interventions
        return [
            self.name,
            self.audited.hidden,
            len(made),
            sum(len(one.moved) > 1 for one in made),
            sum(one.silent for one in made),
            sum(one.violates for one in made),
            yes(self.audited.as_coded),
        ]


def checks(shape: Shape, cyclic: Shape) -> Iterator[Check]:
    """Cross-check every rule in every form, and every algorithm's own credit assignment.

    Args:
        shape: of the trajectory.
        cyclic: of one more, for tables updated in order, where it matters.
    """
    for name, rule in RULES.items():
        drawn, tables = inputs(shape), sequential_rule(rule, network=False)
        networks = sequential_rule(rule, network=True)
        for form, code, given in (
            ("batch", batch_rule(rule), drawn),
            ("in order, tables", tables, with_rate(drawn)),
            ("in order, networks", networks, with_rate(drawn)),
            (f"in order, tables, {cyclic}", tables, with_rate(inputs(cyclic))),
        ):
            yield Check(f"{name}, {form}", audit(code, given, verify=True))
    for name in algorithms.algorithm_names():
        one = audit(trainer_rule(name), trainer_inputs(name, shape), verify=True)
        yield Check(f"{name}, as trained", one, clipped=True)


def _pairs(groups: Iterable[tuple[str, ...]]) -> frozenset[Pair]:
    return frozenset(pair for names in groups for pair in itertools.combinations(names, 2))
