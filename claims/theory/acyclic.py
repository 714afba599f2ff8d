"""On which shapes single-step methods are modular: what "for acyclic trajectories" means.

By hand. A *block* is what determines one bid: one table entry of a mechanism, or a whole mechanism if it
is one network over all states. A step's error can depend on another step's error in two ways.

Through an update. If updates are applied in order, the error of step u has changed the block of the
mechanism that acted there. A later step t also reads blocks: that of its own mechanism at s(t), and, unless
t is the last step, blocks at s(t + 1) in its target: that of a(t + 1) (SARSA), that of the largest bid
(Q-learning), or all of them (expected SARSA). If u has changed one of these, u's error is a cause of t's
error. Two mechanisms are dependent if and only if some of their steps have a common cause; each step is a
cause of itself. For whole shapes: not modular ⇔ some step's target reads another mechanism's block that an
earlier step has updated.

Through the target. The bid in SARSA's target and the largest bid in Q-learning's are executed bids. The
weights in expected SARSA's target are hidden: all bids at a state go through one softmax, and two steps
that reach the state share it.

In one batch, computed from the bids as executed, nothing is updated in between, so only the target matters.
A cycle can then make SARSA dependent only at γ = 1: if each of two steps bootstraps from the bid that acted
at the other, their errors contain γQ' - Q and γQ - Q'. At γ = 1 one is the negative of the other, a sum that
the errors can share.

So on acyclic trajectories, every rule in one batch and every rule with tables in order is modular, because no
table entry is read after its update. Networks in order are not: in A, B, A, the target of B reads what the
first step of A has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.theory._judging import case, format_pairs, graph_figure, judge_cases, tabulate
from claims.theory._predicates import mutual_bootstrapping, no_pairs
from claims.theory._rules import audit_cvs
from claims.theory._shapes import Shape, all_shapes, large_shape, up_to_renaming
from claims.theory._single_step import (
    BATCH,
    NAMES,
    NETWORKS,
    TABLES,
    Trajectory,
    audit_single_step,
    derived_pairs,
    greedy_trajectories,
)
from repro.causal import Answer

if TYPE_CHECKING:
    from repro.causal import Verdict
    from repro.plugin.recorder import Recorder

A, B, C = 0, 1, 2
AB = (("A", "B"),)
ALL = (("A", "B"), ("A", "C"), ("B", "C"))
# Smallest trajectories, worked out by hand: states, actions, greedy mechanisms, dependent pairs.
EXAMPLES = (
    ("sarsa", TABLES, (0, 0, 0), (A, B, A), (), AB),
    ("sarsa", TABLES, (0, 0, 1), (A, A, B), (), ()),
    ("sarsa", NETWORKS, (0, 1, 2), (A, B, A), (), AB),
    ("sarsa", NETWORKS, (0, 1, 2), (A, A, B), (), ()),
    ("sarsa", TABLES, (0, 0, 0), (A, B, B), (), ()),
    ("q_learning", TABLES, (0, 0, 0), (A, B, B), ((0, A),), AB),
    ("sarsa", NETWORKS, (0, 1, 2), (A, B, B), (), ()),
    ("q_learning", NETWORKS, (0, 1, 2), (A, B, B), ((1, B), (2, A)), AB),
    ("sarsa", TABLES, (0, 1, 0, 2, 1), (A, B, A, C, B), (), ALL),  # A and C, through B
    ("sarsa", BATCH, (0, 1, 0), (A, B, A), (), ()),
    ("expected_sarsa", BATCH, (0, 0, 0), (A, B, A), (), AB),
)
AS_TABLES = "networks judged as tables"
NO_REVISITS = "revisits ignored"
UNDISCOUNTED = "γ = 1 judged as γ < 1"
WRONG_GREEDY = "an arbitrary mechanism assumed to be greedy"


@pytest.mark.claim(
    id="theory.acyclic",
    title="Single-step methods on acyclic trajectories, and on others",
    statement="What the talk says about single-step methods holds for trajectories without cycles: if no "
    "state is visited twice, the gradients are independent.",
    source=["talk:224", "talk:230", "talk:237"],
    kind="theory",
    expected="for every pair on every shape of up to 3 steps and 3 mechanisms: dependent if and only if "
    "steps of the two have a common cause; no pair is dependent on an acyclic shape in one batch or with "
    "tables in order; CVS is modular on every shape",
    controls=dict.fromkeys((AS_TABLES, NO_REVISITS, UNDISCOUNTED, WRONG_GREEDY), "not reproduced"),
    differences="The talk refers to its paper for the details; how a cycle makes gradients dependent is our "
    "reading. It distinguishes two cases that the talk does not. Targets from the bids as executed, in one "
    "batch: cycles make only expected SARSA dependent, and SARSA at γ = 1. Updates applied in order: tables "
    "are modular on acyclic trajectories; networks are not, for any of the three rules, because their "
    "blocks are read again in new states. Shapes that differ only in the names of mechanisms are audited "
    "once, for Q-learning with every choice of greedy mechanisms at the states reached.",
)
def test_acyclic(record: Recorder) -> None:
    shapes = up_to_renaming(all_shapes())
    large = [large_shape(acyclic=acyclic) for acyclic in (True, False)]
    plain = {how: [Trajectory(s) for s in shapes] for how in (TABLES, NETWORKS)}
    plain[BATCH] = [Trajectory(s) for s in (*shapes, *large)]
    greedy = greedy_trajectories(all_shapes())
    found: dict[tuple[str, str], list[tuple[Trajectory, Verdict]]] = {
        (rule, how): [
            (trajectory, audit_single_step(rule, how, trajectory))
            for trajectory in (greedy if rule == "q_learning" else plain[how])
        ]
        for rule in NAMES
        for how in (BATCH, TABLES, NETWORKS)
    }
    cases = []
    for (rule, how), of_rule in found.items():
        for t, audited in of_rule:
            # Acyclic shapes must be modular here, whatever the predicate says.
            modular = t.shape.acyclic and how != NETWORKS
            expected = () if modular else derived_pairs(rule, how, t)
            cases.append(case(f"{NAMES[rule]}: {how}", t, audited, expected))
    undiscounted = [
        (t, audit_single_step("sarsa", BATCH, t, 1.0))
        for t in (*plain[TABLES], *map(Trajectory, large))
    ]
    cases += [
        case(
            "SARSA: one batch, γ = 1",
            t,
            audited,
            mutual_bootstrapping(t.shape),
            Answer.IMPLEMENTATION_DEPENDENT,
        )
        for t, audited in undiscounted
    ]
    cases += [case("CVS, as trained", s, audit_cvs(s, "route"), no_pairs(s)) for s in shapes]
    examples = []
    for rule, how, states, actions, chosen, pairs in EXAMPLES:
        t = Trajectory(Shape(states, actions), chosen)
        audited = audit_single_step(rule, how, t)
        wrong = "" if derived_pairs(rule, how, t) == set(pairs) else "the predicate differs"
        cases.append(case("smallest trajectories, by hand", t, audited, pairs, wrong=wrong))
        dependent = format_pairs(audited.joined_at_most)
        examples.append((NAMES[rule], how, str(t), dependent, str(audited.answer)))
    record.outcome(judge_cases(cases), None, checked=len(cases))
    tabulate(record, cases)
    record.table(
        "Smallest trajectories of each kind",
        ("rule", "how", "trajectory", "dependent pairs", "answer"),
        examples,
    )
    record.table(
        "Acyclic trajectories only",
        ("rule", "how", "trajectories", "dependent"),
        [
            (
                NAMES[rule],
                how,
                sum(t.shape.acyclic for t, _ in of_rule),
                sum(t.shape.acyclic and bool(v.joined_at_most) for t, v in of_rule),
            )
            for (rule, how), of_rule in found.items()
        ],
    )

    tables, networks = found["sarsa", TABLES], found["sarsa", NETWORKS]
    as_tables = [case("", t, v, derived_pairs("sarsa", TABLES, t)) for t, v in networks]
    record.control(AS_TABLES, judge_cases(as_tables))
    for control, audits in ((NO_REVISITS, tables), (UNDISCOUNTED, undiscounted)):
        record.control(control, judge_cases([case("", t, v, no_pairs(t.shape)) for t, v in audits]))
    wrong_greedy = [
        case("", t, audited, derived_pairs("q_learning", TABLES, other))
        for t, audited in found["q_learning", TABLES]
        for other in [Trajectory(t.shape, ((0, A), (1, A), (2, A)))]
    ]
    record.control(WRONG_GREEDY, judge_cases(wrong_greedy))
    record.figure(
        graph_figure(
            audit_single_step("sarsa", TABLES, Trajectory(Shape((0, 0, 0), (A, B, A)))),
            "temporal-difference error",
            name="theory.acyclic",
            title="SARSA, tables in order: A, B and A act in one state",
            alt="Causal graph of SARSA with updates in order where A, B and A act in one state: the error "
            "of A's first step leads to A's gradient, and through the updated bid to B's gradient",
        )
    )
