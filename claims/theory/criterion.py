"""Gradients are independent exactly if the inputs of credit assignment d-separate them.

Independence cannot be computed, so the criterion is checked where it can fail.

On graphs. Let no given node have a hidden parent, as where all that is given are inputs. Then nothing above
a given node is hidden. A way between two gradients that is open needs, at each of its colliders, a
given node at or below it; the collider is then given itself, and so are the two nodes beside it on the
way, which block it, or are gradients, which are not given. So an open way has no collider: it leads up
from one gradient to some node and down to the other, all of it hidden. That node is a common hidden
ancestor, the gradients themselves included. Conversely, whatever lies below a hidden node is hidden, so a
common hidden ancestor opens a way. Hence: separated exactly if no hidden ancestor is common. The condition
is needed: in h1 → x ← h2, h1 → δ1, h2 → δ2 with x given, nothing is common, and the gradients are
connected. There d-separation is what counts.

On running code. Change one hidden variable where the code makes it, all inputs held fixed, and run
on. A gradient can move only if the graph has a way to it from that variable. It does move, unless the
function between them is flat there: a sample on the flat side of a clip moves nothing, and what a clip
merely compares moves nothing until the comparison turns out otherwise. So a variable that moves two
gradients at once is to be found exactly where the code's own graph does not separate them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._cross_check import HEAD, Check, checks
from claims.theory._graphs import Question, questions, random_questions
from claims.theory._shapes import Shape
from claims.theory._verdicts import judge, worst
from repro.causal import audit
from repro.figures import causal_graph

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from repro.plugin.recorder import Recorder
    from repro.verdicts.verdict import Verdict

LARGEST = 4
RANDOM, SIZES = 3000, (5, 12)
SHAPE, CYCLIC = Shape((0, 1, 2), (0, 1, 2)), Shape((0, 1, 0), (0, 1, 0))
COLLIDER = Question({0: (), 1: (), 2: (0, 1), 3: (0,), 4: (1,)}, (3, 4), frozenset({2}))
NAMES = ("h1", "h2", "x", "δ1", "δ2")
SHOWN = 60
SOFTMAX, SOUND = "reinforce, batch", "monte_carlo, batch"
"""Rules that controls are made of: one whose gradients move together, and one whose do not."""
PARENTS = "graphs in which given nodes have hidden parents"
UNSEEN = "a rule with a value handed on behind the trace's back"
EDGE = f"{SOFTMAX}, its graph without one edge"
AGAINST = f"{SOFTMAX}, against the verdict on {SOUND}"


def judged_graphs(asked: Iterable[Question]) -> Verdict:
    """Judge the shortcut: separated, in two libraries, exactly if no hidden ancestor is common."""
    return judge(all(q.separated == q.separated_by_networkx == q.apart for q in asked))


def blind(left: Tensor, right: Tensor) -> dict[str, Tensor]:
    """Share a value between two gradients, and hand it to one of them behind the trace's back."""
    shared = (left * right).sin()
    copied = torch.from_numpy(shared.numpy().copy())
    return {"A": shared * left, "B": copied * right}


def silent(check: Check) -> list[object]:
    """Describe what did not move where it could have, with one example."""
    found = [one for one in check.audited.interventions if one.silent]
    example = min(found, key=lambda one: len(one.variable))
    text = example.variable
    still = sorted(set(example.predicted) - set(example.moved))
    return [
        check.name,
        len(found),
        text if len(text) <= SHOWN else f"{text[:SHOWN]}…",
        ", ".join(still),
        "clip" if check.clipped else "none known",
    ]


@pytest.mark.claim(
    id="theory.criterion",
    title="Modularity criterion",
    statement="Gradients are independent if and only if the inputs of credit assignment d-separate "
    "them.",
    source=[f"talk:{line}" for line in (168, 170, 171, 173, 176, 179, 182, 189)],
    kind="theory",
    expected="on every graph without hidden parents of what is given: separated exactly if no hidden "
    "ancestor is common, not so for a collider; in every rule, changed hidden variables move exactly the "
    "gradients that the graph lets them move, clips apart, and two at once exactly if it joins two",
    controls=dict.fromkeys((PARENTS, UNSEEN, EDGE, AGAINST), "not reproduced"),
    differences="Algorithmic independence is put in the place that faithfulness gives it: it cannot be "
    "computed, so what is compared is d-separation with two things that need no such notion. On graphs it is "
    "common ancestry, on all graphs of up to four nodes and on random larger ones. On code it is "
    "intervention, on one trajectory of three steps and three mechanisms (for tables also on one that comes "
    "back to a state), with one small change to each variable; variables inside fused operators cannot be changed. A variable can be silent where a clip "
    "is flat. Interventions do not see what a common effect ties together; no input is one.",
)
def test_criterion(record: Recorder) -> None:
    small = list(questions(LARGEST))
    large = list(random_questions(np.random.default_rng(0), RANDOM, SIZES))
    closed = [q for q in small if q.closed] + large
    rules = list(checks(SHAPE, CYCLIC))
    collider = judge(
        not COLLIDER.separated and not COLLIDER.separated_by_networkx and COLLIDER.apart
    )
    verdicts = [judged_graphs(closed), collider, *(check.judged() for check in rules)]
    record.outcome(worst(verdicts), None, checked=len(closed) + len(rules))
    record.detail("graphs asked about, with two gradients and what is given", len(closed))
    record.detail("of these d-separated", sum(q.separated for q in closed))
    apart = [q for q in small if not q.closed and q.separated != q.apart]
    record.detail(
        "graphs of up to four nodes with a common effect given that breaks the shortcut", len(apart)
    )
    record.table("Hidden variables changed while the rule runs", HEAD, [c.row() for c in rules])
    record.table(
        "Silent: the graph lets a gradient move, and it stayed",
        ("rule", "variables", "for example", "stayed", "why"),
        [silent(c) for c in rules if any(one.silent for one in c.audited.interventions)]
        or [("none", 0, "", "", "")],
    )
    record.control(PARENTS, judged_graphs(q for q in small if not q.closed))
    values = {"left": [0.3, 0.5], "right": [0.7, 0.2]}
    unseen = audit(
        blind,
        {name: torch.tensor(x, dtype=torch.float64) for name, x in values.items()},
        verify=True,
    )
    named = {check.name: check.audited for check in rules}
    softmax, sound = named[SOFTMAX], named[SOUND]
    changed = list(softmax.interventions)
    changed[0] = replace(changed[0], predicted=changed[0].predicted[1:])
    broken = {
        UNSEEN: unseen,
        EDGE: replace(softmax, interventions=tuple(changed)),
        AGAINST: replace(sound, interventions=softmax.interventions),
    }
    for what, audited in broken.items():
        record.control(what, Check(what, audited).judged())
    record.figure(
        causal_graph(
            COLLIDER.graph(NAMES),
            name="criterion_collider",
            title="No common hidden ancestor, and yet not separated: x is given",
            paths=[("h1", "x"), ("h2", "x"), ("h1", "δ1"), ("h2", "δ2")],
            alt="Two hidden variables, each with a gradient, and a given common effect that ties them.",
        )
    )
