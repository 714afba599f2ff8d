"""What "for acyclic trajectories" means: which shapes leave single-step methods modular, and which not.

By hand. Call *block* what one bid depends on: a mechanism at one state if it is a table, all of a
mechanism if it is one network over all states. A step's error can be tied to another's in two ways.

Through an update. If updates are applied in order, the error of step u has rewritten the block that
acted. A later step t reads blocks too: its own mechanism's at s(t); and in its target, unless it is the
last, at s(t + 1): that of a(t + 1) (SARSA), that of the largest bid (Q-learning), or all (expected
SARSA). If u has rewritten one of these, u's error is a cause of t's. Two mechanisms are dependent if
and only if steps of theirs have a cause in common, each step being a cause of itself. Of whole shapes:
not modular ⇔ some step reads, in its target, another mechanism's block that an earlier step rewrote.

Through the target. SARSA's bid and Q-learning's largest are bids that were made. Expected SARSA's
weights are hidden: the bids at a state go through one softmax, which two steps share that reach it.

In one batch, from the bids as executed, nothing is rewritten, and only the target counts. There a cycle
can hurt SARSA at γ = 1 alone: where two steps each bootstrap from what the other has acted by, their
errors contain γQ' - Q and γQ - Q', which at γ = 1 are one another's negative: a sum that can be shared.

So on acyclic trajectories all batches, and tables in order, are modular: no block of a table is met
twice. Networks in order are not: in A, B, A, B's target reads what A's first step has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.theory._auctions import auctioned
from claims.theory._by_hand import bootstrapping_on_each_other, nobody
from claims.theory._cases import case, drawn, judge, tabulate, up_to_names, written
from claims.theory._shapes import Shape, all_shapes, large_shape
from claims.theory._walks import BATCH, NAMES, NETWORKS, TABLES, Walk, derived, greedy_walks, traced
from repro.causal import Answer

if TYPE_CHECKING:
    from repro.causal import Verdict as Traced
    from repro.plugin.recorder import Recorder

A, B, C = 0, 1, 2
AB = (("A", "B"),)
ALL = (("A", "B"), ("A", "C"), ("B", "C"))
# Smallest trajectories, worked out by hand: states, who acts, who is greedy where; pairs dependent.
EXAMPLES = (
    ("sarsa", TABLES, (0, 0, 0), (A, B, A), (), AB),
    ("sarsa", TABLES, (0, 0, 1), (A, A, B), (), ()),
    ("sarsa", NETWORKS, (0, 1, 2), (A, B, A), (), AB),
    ("sarsa", NETWORKS, (0, 1, 2), (A, A, B), (), ()),
    ("sarsa", TABLES, (0, 0, 0), (A, B, B), (), ()),
    ("q_learning", TABLES, (0, 0, 0), (A, B, B), ((0, A),), AB),
    ("sarsa", NETWORKS, (0, 1, 2), (A, B, B), (), ()),
    ("q_learning", NETWORKS, (0, 1, 2), (A, B, B), ((1, B), (2, A)), AB),
    ("sarsa", TABLES, (0, 1, 0, 2, 1), (A, B, A, C, B), (), ALL),  # A and C by way of B
    ("sarsa", BATCH, (0, 1, 0), (A, B, A), (), ()),
    ("expected_sarsa", BATCH, (0, 0, 0), (A, B, A), (), AB),
)
CVS = "CVS, as trained"
AS_TABLES = "networks taken for tables"
IGNORED = "revisits ignored"
UNDISCOUNTED = "γ = 1 taken for γ < 1"
RANDOM = "a random bid's mechanism taken for the greedy one"


@pytest.mark.claim(
    id="theory.acyclic",
    title="Single-step methods on acyclic trajectories, and on others",
    statement="What is said of single-step methods holds for trajectories without cycles: where no state "
    "is visited twice, the gradients are independent.",
    source=["talk:224", "talk:230", "talk:237"],
    kind="theory",
    expected="pair by pair, on every shape of up to 3 steps and 3 mechanisms: dependent if and only if "
    "steps of the two have a common cause; no pair is on an acyclic shape, in one batch or by tables in "
    "order; CVS modular on every shape",
    controls=dict.fromkeys((AS_TABLES, IGNORED, UNDISCOUNTED, RANDOM), "not reproduced"),
    differences="The talk refers to its paper for the details; what makes a cycle hurt is our reading. It "
    "tells two cases apart that the talk does not. Targets from the bids as executed, in one batch: "
    "cycles hurt expected SARSA only, and SARSA at γ = 1. Updates applied in order: tables "
    "are modular on acyclic trajectories; networks are not, for any of the three rules, for their "
    "blocks are met again in new states. Shapes that differ in the names of mechanisms only are audited "
    "once, for Q-learning with every choice of who is greedy at the states reached.",
)
def test_acyclic(record: Recorder) -> None:
    shapes = up_to_names(all_shapes())
    large = [large_shape(acyclic=acyclic) for acyclic in (True, False)]
    plain = {how: [Walk(s) for s in shapes] for how in (TABLES, NETWORKS)}
    plain[BATCH] = [Walk(s) for s in (*shapes, *large)]
    greedy = greedy_walks(all_shapes())
    found: dict[tuple[str, str], list[tuple[Walk, Traced]]] = {
        (rule, how): [
            (walk, traced(rule, how, walk))
            for walk in (greedy if rule == "q_learning" else plain[how])
        ]
        for rule in NAMES
        for how in (BATCH, TABLES, NETWORKS)
    }
    cases = [
        # That acyclic shapes are modular is asked for as such, whatever the predicate says.
        case(f"{NAMES[rule]}: {how}", walk, verdict, holds)
        for (rule, how), of_rule in found.items()
        for walk, verdict in of_rule
        for holds in [
            () if walk.shape.acyclic and how != NETWORKS else derived(rule, how, walk),
        ]
    ]
    undiscounted = [
        (walk, traced("sarsa", BATCH, walk, 1.0)) for walk in (*plain[TABLES], *map(Walk, large))
    ]
    cases += [
        case("SARSA: one batch, γ = 1", w, v, bootstrapping_on_each_other(w.shape), Answer.DEPENDS)
        for w, v in undiscounted
    ]
    cases += [case(CVS, shape, auctioned(shape), nobody(shape)) for shape in shapes]
    examples = []
    for rule, how, states, actions, chosen, pairs in EXAMPLES:
        walk = Walk(Shape(states, actions), chosen)
        verdict = traced(rule, how, walk)
        wrong = "" if derived(rule, how, walk) == set(pairs) else "the predicate says otherwise"
        cases.append(case("smallest trajectories, by hand", walk, verdict, pairs, wrong=wrong))
        dependent = written(verdict.joined_at_most)
        examples.append((NAMES[rule], how, str(walk), dependent, str(verdict.answer)))
    record.outcome(judge(cases), None, checked=len(cases))
    tabulate(record, cases)
    record.table(
        "Smallest trajectories of their kind",
        ("rule", "how", "trajectory", "dependent pairs", "answer"),
        examples,
    )
    record.table(
        "Acyclic trajectories alone",
        ("rule", "how", "trajectories", "dependent"),
        [
            (
                NAMES[rule],
                how,
                sum(walk.shape.acyclic for walk, _ in of_rule),
                sum(walk.shape.acyclic and bool(v.joined_at_most) for walk, v in of_rule),
            )
            for (rule, how), of_rule in found.items()
        ],
    )

    tables, networks = found["sarsa", TABLES], found["sarsa", NETWORKS]
    record.control(
        AS_TABLES, judge([case("", w, v, derived("sarsa", TABLES, w)) for w, v in networks])
    )
    for what, traces in ((IGNORED, tables), (UNDISCOUNTED, undiscounted)):
        record.control(what, judge([case("", w, v, nobody(w.shape)) for w, v in traces]))
    others = [
        (w, v, Walk(w.shape, ((0, 0), (1, 0), (2, 0)))) for w, v in found["q_learning", TABLES]
    ]
    record.control(
        RANDOM, judge([case("", w, v, derived("q_learning", TABLES, o)) for w, v, o in others])
    )
    record.figure(
        drawn(
            traced("sarsa", TABLES, Walk(Shape((0, 0, 0), (A, B, A)))),
            "temporal-difference error",
            name="theory.acyclic",
            title="SARSA, tables in order: A, B and A act in one state",
            alt="Causal graph of SARSA with updates in order where A, B and A act in one state: the error "
            "of A's first step leads to A's gradient, and through the bid that it rewrites to B's",
        )
    )
