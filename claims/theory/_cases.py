"""Judging by cases: what each audit found against what was derived by hand for its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repro.causal import Answer
from repro.figures import causal_graph
from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from claims.theory._shapes import Shape
    from repro.causal import Verdict as Traced
    from repro.causal.auditing.verdict import Pair
    from repro.figures import Picture
    from repro.plugin.recorder import Recorder

_MOST = 20
"""Counterexamples that are shown."""


@dataclass(frozen=True)
class Case:
    """One audit and what it should have said.

    Attributes:
        rule: what was audited.
        shape: on which trajectory, in words.
        expected: the pairs that depend on each other, as derived.
        found: the pairs that do, as traced.
        wrong: what does not match; empty where all does.
        doubtful: whether the audit could not be certain.
    """

    rule: str
    shape: str
    expected: frozenset[Pair]
    found: frozenset[Pair]
    wrong: str
    doubtful: bool

    @property
    def agrees(self) -> bool:
        """Whether it came out as derived, beyond doubt."""
        return not self.wrong and not self.doubtful


def case(
    rule: str,
    shape: object,
    traced: Traced,
    expected: Collection[Pair],
    answer: Answer = Answer.NOT_MODULAR,
    wrong: str = "",
) -> Case:
    """Compare a traced verdict with what was derived, pair by pair.

    Args:
        rule: what was audited.
        shape: on which trajectory.
        traced: the verdict.
        expected: pairs of mechanisms that depend on each other; no other pair may.
        answer: what the audit is to say of these pairs; of the others it must say "modular".
        wrong: what the caller has found amiss beyond that.
    """
    derived = frozenset(expected)
    answers = {pair: answer if pair in derived else Answer.MODULAR for pair in traced.pairs}
    if not wrong and not derived <= traced.pairs.keys():
        wrong = "pairs derived by hand that are not there"
    if not wrong and (dict(traced.pairs) != answers or traced.joined_at_most != derived):
        wrong = f"the answer is {traced.answer}"
    undecided = Answer.UNDETERMINED in traced.pairs.values()
    doubtful = bool(undecided or traced.limits or traced.approximated)
    return Case(rule, str(shape), derived, traced.joined_at_most, wrong, doubtful)


def judge(cases: Sequence[Case]) -> Verdict:
    """Reproduced if every case came out as derived; inconclusive if an audit was in doubt."""
    if any(one.wrong and not one.doubtful for one in cases):
        return Verdict.NOT_REPRODUCED
    if cases and all(one.agrees for one in cases):
        return Verdict.REPRODUCED
    return Verdict.INCONCLUSIVE


def tabulate(record: Recorder, cases: Sequence[Case]) -> None:
    """Show how many cases came out how, and those that did not come out as derived."""
    rows = []
    for rule in dict.fromkeys(one.rule for one in cases):
        of_rule = [one for one in cases if one.rule == rule]
        by_hand = sum(bool(one.expected) for one in of_rule)
        traced = sum(bool(one.found) for one in of_rule)
        rows.append((rule, len(of_rule), by_hand, traced, sum(one.agrees for one in of_rule)))
    record.table(
        "Trajectories on which gradients depend on each other",
        ("rule", "trajectories", "dependent by hand", "dependent as traced", "alike pair by pair"),
        rows,
    )
    bad = [one for one in cases if not one.agrees]
    if bad:
        record.table(
            f"Counterexamples ({min(len(bad), _MOST)} of {len(bad)})",
            ("rule", "trajectory", "pairs by hand", "pairs traced", "what is wrong"),
            [
                (o.rule, o.shape, written(o.expected), written(o.found), o.wrong or "in doubt")
                for o in bad[:_MOST]
            ],
        )


def written(pairs: Iterable[Pair]) -> str:
    """Write pairs for people."""
    return ", ".join(f"{first}–{second}" for first, second in sorted(pairs)) or "none"


def drawn(traced: Traced, witness: str, *, name: str, title: str, alt: str) -> Picture:
    """Draw a verdict's graph with the paths of its first witness of this name, if there is one."""
    found = [one for one in traced.witnesses if one.name == witness]
    paths = found[0].paths if found else ()
    return causal_graph(traced.graph, name=name, title=title, paths=paths, alt=alt)


def up_to_names(shapes: Iterable[Shape]) -> list[Shape]:
    """Keep one of all shapes that differ in the mechanisms' names only."""
    return [shape for shape in shapes if in_order_of_letters(shape.actions)]


def in_order_of_letters(mechanisms: Sequence[int]) -> bool:
    """Tell whether each mechanism is met after those of lower numbers."""
    return all(k <= max((*mechanisms[:place], -1)) + 1 for place, k in enumerate(mechanisms))
