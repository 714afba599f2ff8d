"""From audits to verdicts: what an audit found against what was derived by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from claims.theory._readings import dependent_pairs, is_modular
from repro.causal import Answer
from repro.figures import causal_graph
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from repro.causal import Verdict as AuditVerdict
    from repro.causal.auditing.findings import Pair
    from repro.figures import Picture
    from repro.plugin.recorder import Recorder

_WORST_FIRST = (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE, Verdict.REPRODUCED)
_COUNTEREXAMPLES = 20
"""Largest number of counterexamples in the table."""


def judge(holds: bool, audits: Iterable[AuditVerdict] = ()) -> Verdict:
    """Judge one condition; inconclusive if an audit used an approximation or hit a limit.

    Args:
        holds: whether everything is as derived.
        audits: the audits that the condition is based on.
    """
    if any(audit.approximated or audit.limits for audit in audits):
        return Verdict.INCONCLUSIVE
    return Verdict.REPRODUCED if holds else Verdict.NOT_REPRODUCED


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst: "not reproduced", then "inconclusive", then "reproduced"."""
    return min(verdicts, key=_WORST_FIRST.index)


def yes_no(holds: bool) -> str:
    """Format a truth value for a table."""
    return "yes" if holds else "no"


@dataclass(frozen=True)
class Case:
    """One audit and the pairs of dependent mechanisms that it should have found.

    Attributes:
        rule: what was audited.
        shape: description of the trajectory.
        expected: dependent pairs as derived.
        found: dependent pairs as traced.
        wrong: what does not match; empty if everything does.
        doubtful: whether the audit was uncertain.
    """

    rule: str
    shape: str
    expected: frozenset[Pair]
    found: frozenset[Pair]
    wrong: str
    doubtful: bool

    @property
    def agrees(self) -> bool:
        """Whether the audit is certain and as derived."""
        return not self.wrong and not self.doubtful


def case(
    rule: str,
    shape: object,
    audited: AuditVerdict,
    expected: Collection[Pair],
    answer: Answer = Answer.NOT_MODULAR,
    wrong: str = "",
) -> Case:
    """Compare an audit with the derivation, pair by pair, by the reading that all claims use.

    A pair is dependent if its gradients share something however sums are coded ("not modular") or in some
    coding ("implementation-dependent"): see `claims.theory._readings`.

    Args:
        rule: what was audited.
        shape: on which trajectory.
        audited: the audit's verdict.
        expected: pairs of dependent mechanisms; all other pairs must be independent.
        answer: expected answer for these pairs; for all other pairs it is "modular".
        wrong: any further mismatch that the caller has found.
    """
    derived = frozenset(expected)
    answers = {pair: answer if pair in derived else Answer.MODULAR for pair in audited.pairs}
    if not wrong and not derived <= audited.pairs.keys():
        wrong = "a derived pair is not in the audit"
    if not wrong and (dict(audited.pairs) != answers or dependent_pairs(audited) != derived):
        wrong = f"the answer is {audited.answer}"
    undecided = Answer.UNDETERMINED in audited.pairs.values()
    doubtful = undecided or is_modular(audited) is None
    return Case(rule, str(shape), derived, dependent_pairs(audited), wrong, doubtful)


def judge_cases(cases: Sequence[Case]) -> Verdict:
    """Judge all cases: not reproduced if a certain one is wrong, inconclusive if any is doubtful."""
    if any(one.wrong and not one.doubtful for one in cases):
        return Verdict.NOT_REPRODUCED
    if cases and all(one.agrees for one in cases):
        return Verdict.REPRODUCED
    return Verdict.INCONCLUSIVE


def tabulate(record: Recorder, cases: Sequence[Case]) -> None:
    """Record the number of cases of each rule, and the cases that are not as derived."""
    rows = []
    for rule in dict.fromkeys(one.rule for one in cases):
        of_rule = [one for one in cases if one.rule == rule]
        derived = sum(bool(one.expected) for one in of_rule)
        traced = sum(bool(one.found) for one in of_rule)
        rows.append((rule, len(of_rule), derived, traced, sum(one.agrees for one in of_rule)))
    record.table(
        "Trajectories on which gradients are dependent",
        ("rule", "trajectories", "dependent by hand", "dependent as traced", "all pairs agree"),
        rows,
    )
    bad = [one for one in cases if not one.agrees]
    if bad:
        record.table(
            f"Counterexamples ({min(len(bad), _COUNTEREXAMPLES)} of {len(bad)})",
            ("rule", "trajectory", "pairs by hand", "pairs traced", "mismatch"),
            [
                (
                    one.rule,
                    one.shape,
                    format_pairs(one.expected),
                    format_pairs(one.found),
                    one.wrong or "uncertain",
                )
                for one in bad[:_COUNTEREXAMPLES]
            ],
        )


def format_pairs(pairs: Iterable[Pair]) -> str:
    """Format pairs as "A–B, A–C"."""
    return ", ".join(f"{first}–{second}" for first, second in sorted(pairs)) or "none"


def graph_figure(
    audited: AuditVerdict, witness: str, *, name: str, title: str, alt: str
) -> Picture:
    """Draw an audit's graph; highlight the paths of the first witness with this name, if any."""
    found = [one for one in audited.witnesses if one.name == witness]
    paths = found[0].paths if found else ()
    return causal_graph(audited.graph, name=name, title=title, paths=paths, alt=alt)
