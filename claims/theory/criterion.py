"""Gradients are independent exactly if the inputs of credit assignment d-separate them.

Independence cannot be computed, so the criterion is checked in two ways in which it could fail.

On graphs. Assume that no given node has a hidden parent, as when only inputs are given. Then all
ancestors of given nodes are given. A path between two gradients is open only if each of its colliders is
given or has a given descendant; the collider is then given itself, and so are its two neighbours on the
path. As inner nodes these block the path, and they cannot be gradients, which are not given. So an open
path has no collider: it leads up from one gradient to some node and down to the other, through hidden nodes
only. That node is a common hidden ancestor; a gradient counts as its own ancestor. Conversely, every
descendant of a hidden node is hidden, so a common hidden ancestor opens a path. Hence: d-separated exactly
if there is no common hidden ancestor. The assumption is needed: in h1 → x ← h2, h1 → δ1, h2 → δ2 with x
given, there is no common ancestor, and the gradients are connected. Here only d-separation is right.

On running code. Change one hidden variable where the code computes it, with all inputs fixed, and continue.
A gradient can change only if the graph has a path to it from that variable. It does change, unless the
function between them is flat there: a sample on the flat side of a clip changes nothing, and a value that a
clip only compares changes nothing until the comparison has another result. So there should be a variable
that changes two gradients at once exactly if the code's own graph does not separate them.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._graphs import COLLIDER, Question, all_questions, random_questions
from claims.theory._judging import judge, worst, yes_no
from claims.theory._rules import (
    COMPARED,
    batch_rule,
    inputs,
    sequential_rule,
    trainer_inputs,
    trainer_rule,
    with_rate,
)
from claims.theory._shapes import Shape
from repro.causal import audit
from repro.credit.learning_rules import RULES
from repro.figures import causal_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from torch import Tensor

    from repro.causal import Verdict as AuditVerdict
    from repro.causal.auditing.findings import Pair
    from repro.plugin.recorder import Recorder
    from repro.verdicts import Verdict

LARGEST = 4
RANDOM, SIZES = 3000, (5, 12)
SHAPE, CYCLIC = Shape((0, 1, 2), (0, 1, 2)), Shape((0, 1, 0), (0, 1, 0))
NAMES = ("h1", "h2", "x", "δ1", "δ2")
SHOWN = 60
"""Characters of a variable's expression in the table."""
SOFTMAX, MODULAR = "reinforce, batch", "monte_carlo, batch"
"""Rules for the controls: one variable changes two gradients in the first, and none in the second."""
HIDDEN_PARENTS = "graphs in which given nodes have hidden parents"
UNTRACED = "a rule that passes a value around the trace"
EDGE = f"{SOFTMAX}, with one edge removed from its graph"
OTHER_RULE = f"{SOFTMAX}, against the verdict on {MODULAR}"


@dataclass(frozen=True)
class Check:
    """One rule, audited, with an intervention on each hidden variable.

    Attributes:
        name: of the rule and the form it was audited in.
        audited: the audit's verdict, interventions included.
        clipped: whether the rule has a clip, which can stop the effect of a variable on a gradient.
    """

    name: str
    audited: AuditVerdict
    clipped: bool = False

    @property
    def changed(self) -> frozenset[Pair]:
        """Pairs of gradients that changed together, by one hidden variable."""
        pairs = (itertools.combinations(one.moved, 2) for one in self.audited.interventions)
        return frozenset(itertools.chain.from_iterable(pairs))

    @property
    def holds(self) -> bool:
        """Whether running code agrees with the graph.

        A gradient changes exactly if the graph has a path to it, unless a clip stops the change. The
        pairs that one variable changes together are the pairs that d-separation finds joined.
        """
        interventions = self.audited.interventions
        return (
            bool(interventions)
            and not any(one.violates for one in interventions)
            and (self.clipped or not any(one.silent for one in interventions))
            and self.changed == self.audited.joined_as_coded
        )

    def judge(self) -> Verdict:
        """Judge `holds`; a contradiction counts even if the trace missed something."""
        contradicted = any(one.violates for one in self.audited.interventions)
        return judge(self.holds, [] if contradicted else [self.audited])

    def row(self) -> list[object]:
        """Return the table row."""
        interventions = self.audited.interventions
        return [
            self.name,
            self.audited.hidden,
            len(interventions),
            sum(len(one.moved) > 1 for one in interventions),
            sum(one.silent for one in interventions),
            sum(one.violates for one in interventions),
            yes_no(self.audited.as_coded),
        ]

    def silent_row(self) -> list[object]:
        """Return the table row about gradients that could have changed and did not."""
        silent = [one for one in self.audited.interventions if one.silent]
        example = min(silent, key=lambda one: len(one.variable))
        text = example.variable
        return [
            self.name,
            len(silent),
            text if len(text) <= SHOWN else f"{text[:SHOWN]}…",
            ", ".join(sorted(set(example.predicted) - set(example.moved))),
            "clip" if self.clipped else "none known",
        ]


def checks() -> Iterator[Check]:
    """Check every rule in every form, and the credit assignment of every algorithm."""
    for name, rule in RULES.items():
        drawn, tables = inputs(SHAPE), sequential_rule(rule, network=False)
        networks = sequential_rule(rule, network=True)
        for form, code, given in (
            ("batch", batch_rule(rule), drawn),
            ("in order, tables", tables, with_rate(drawn)),
            ("in order, networks", networks, with_rate(drawn)),
            (f"in order, tables, {CYCLIC}", tables, with_rate(inputs(CYCLIC))),
        ):
            yield Check(f"{name}, {form}", audit(code, given, verify=True))
    for name in COMPARED:
        audited = audit(trainer_rule(name), trainer_inputs(name, SHAPE), verify=True)
        yield Check(f"{name}, as trained", audited, clipped=True)


def judge_graphs(questions: Iterable[Question]) -> Verdict:
    """Judge: separated, in two libraries, exactly if there is no common hidden ancestor."""
    return judge(
        all(
            q.separated == q.separated_by_networkx == q.no_common_hidden_ancestor for q in questions
        )
    )


def untraced(left: Tensor, right: Tensor) -> dict[str, Tensor]:
    """Share a value between two gradients, but pass it to one of them around the trace."""
    shared = (left * right).sin()
    copied = torch.from_numpy(shared.numpy().copy())
    return {"A": shared * left, "B": copied * right}


@pytest.mark.claim(
    id="theory.criterion",
    title="Modularity criterion",
    statement="Gradients are independent if and only if the inputs of credit assignment d-separate "
    "them.",
    source=[f"talk:{line}" for line in (168, 170, 171, 173, 176, 179, 182, 189)],
    kind="theory",
    expected="on every graph in which given nodes have no hidden parents: separated exactly if there is no "
    "common hidden ancestor, but not for a given collider; in every rule, changing a hidden variable changes "
    "exactly the gradients that the graph lets change, except behind clips, and some variable changes two at "
    "once exactly if the graph joins the two",
    controls=dict.fromkeys((HIDDEN_PARENTS, UNTRACED, EDGE, OTHER_RULE), "not reproduced"),
    differences="Algorithmic independence cannot be computed. By faithfulness it is equivalent to "
    "d-separation, so d-separation is compared with two things that do not need algorithmic independence. On "
    "graphs this is common ancestry, on all graphs of up to four nodes and on random larger ones. On code it "
    "is intervention, on one trajectory of three steps and three mechanisms (for tables also on one that "
    "returns to a state), with one small change to each variable; variables inside fused operators cannot be "
    "changed. A variable can have no effect where a clip is flat. Interventions do not detect dependence "
    "through a given common effect; no input is a common effect.",
)
def test_criterion(record: Recorder) -> None:
    small = list(all_questions(LARGEST))
    large = list(random_questions(np.random.default_rng(0), RANDOM, SIZES))
    closed = [q for q in small if q.closed] + large
    rules = list(checks())
    collider = judge(
        not COLLIDER.separated
        and not COLLIDER.separated_by_networkx
        and COLLIDER.no_common_hidden_ancestor
    )
    verdicts = [judge_graphs(closed), collider, *(check.judge() for check in rules)]
    record.outcome(worst(verdicts), None, checked=len(closed) + len(rules))
    record.detail("questions about graphs (two gradients and the given nodes)", len(closed))
    record.detail("of these d-separated", sum(q.separated for q in closed))
    differ = [q for q in small if not q.closed and q.separated != q.no_common_hidden_ancestor]
    record.detail(
        "graphs of up to four nodes in which a given common effect makes the two differ",
        len(differ),
    )
    record.table(
        "Hidden variables changed while the rule runs",
        (
            "rule",
            "hidden variables",
            "changed one by one",
            "changed several gradients",
            "left some gradients unchanged",
            "changed a gradient against the graph",
            "modular as coded",
        ),
        [check.row() for check in rules],
    )
    record.table(
        "Gradients that the graph lets change, and that did not",
        ("rule", "variables", "example", "unchanged gradients", "reason"),
        [c.silent_row() for c in rules if any(one.silent for one in c.audited.interventions)]
        or [("none", 0, "", "", "")],
    )
    record.control(HIDDEN_PARENTS, judge_graphs(q for q in small if not q.closed))
    values = torch.tensor([[0.3, 0.5], [0.7, 0.2]], dtype=torch.float64)
    named = {check.name: check.audited for check in rules}
    softmax, modular = named[SOFTMAX], named[MODULAR]
    changed = list(softmax.interventions)
    changed[0] = replace(changed[0], predicted=changed[0].predicted[1:])
    broken = {
        UNTRACED: audit(untraced, {"left": values[0], "right": values[1]}, verify=True),
        EDGE: replace(softmax, interventions=tuple(changed)),
        OTHER_RULE: replace(modular, interventions=softmax.interventions),
    }
    for control, audited in broken.items():
        record.control(control, Check(control, audited).judge())
    record.figure(
        causal_graph(
            COLLIDER.graph(NAMES),
            name="criterion_collider",
            title="No common hidden ancestor, but not separated: x is given",
            paths=[("h1", "x"), ("h2", "x"), ("h1", "δ1"), ("h2", "δ2")],
            alt="Two hidden variables, each with a gradient, and a given common effect of both.",
        )
    )
