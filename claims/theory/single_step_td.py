"""Corollary: single-step temporal difference methods are modular where trajectories are acyclic.

By hand. The error of step t is r_t + γ Q(s_{t+1}, ·) - Q(s_t, a_t). It is hidden, and only the mechanism that
acted at t receives it: every other mechanism's gradient of that step is exactly zero. The bid in its target is
the next mechanism's for SARSA, and the largest for Q-learning; everything that the error is computed from is
given. The errors of two mechanisms have at most one given number in common (the later one's bid, or the bid that
both bootstrap from), and one number is not a sum. So no hidden variable is shared: for SARSA and Q-learning,
from the bids as executed, the gradient of mechanism k depends on

    Q(s_t, k), r_t and the bid in the target of step t,  for the steps t at which k acted,

and on nothing else. CVS: the price p_t that the winner pays, the second-highest bid, is an executed bid; choosing
it is selection. The winner's utility, r_t + γ p_{t+1} - p_t, is the error; all losers' utilities are zero. Two
winners' utilities have at most one price in common.

What a mechanism of CVS then does with its utilities involves no other mechanism: it subtracts its own value,
normalises over its own samples, losses included, and adds the entropy of its own bids. Therefore a loser's
gradient as trained is not zero, but depends only on its own bids, policy and values. Up to three steps, that is
all. From four steps on, normalisation can join two mechanisms: see `finding.cvs_batches`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
import torch

from claims.theory._judging import case, graph_figure, judge_cases, tabulate
from claims.theory._predicates import never_acting, no_pairs
from claims.theory._rules import (
    COPIES,
    audit_cvs,
    batch_rule,
    inputs,
    trainer_inputs,
    utilities,
)
from claims.theory._shapes import Shape, all_shapes, large_shape, mechanism, up_to_renaming
from repro.causal import audit
from repro.credit.learning_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from claims.theory._judging import Case
    from claims.theory._rules import Inputs
    from repro.causal import Verdict
    from repro.credit.learning_rules import Rule
    from repro.plugin.recorder import Recorder

REINFORCE = "REINFORCE"
NORMALISED = "SARSA with rewards normalised over all mechanisms together"
ONE_STATE = "expected SARSA, where two mechanisms reach one state"


def normalised_over_all(rule: Rule) -> Callable[..., dict[str, Tensor]]:
    """Return a rule with the rewards of all mechanisms normalised together."""
    inner = batch_rule(rule)

    def gradients(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> dict[str, Tensor]:
        spread = reward.std(correction=0) + 1e-6
        return inner(bids, (reward - reward.mean()) / spread, state, action)

    return gradients


def error_case(name: str, shape: Shape, drawn: Inputs, audited: Verdict) -> Case:
    """Judge SARSA or Q-learning: only mechanisms that acted learn, each from its own steps."""
    bids = drawn["bids"]
    reads: dict[str, set[str]] = {mechanism(k): set() for k in range(shape.mechanisms)}
    for t, (s, k) in enumerate(zip(shape.states, shape.actions, strict=True)):
        reads[mechanism(k)] |= {f"bids[{s}, {k}]", f"reward[{t}]"}
        if t + 1 < shape.steps:
            reached = shape.states[t + 1]
            target = int(bids[reached].argmax()) if name == "Q-learning" else shape.actions[t + 1]
            reads[mechanism(k)].add(f"bids[{reached}, {target}]")
    wrong = "" if dict(audited.reads) == reads else "a gradient depends on other inputs"
    return independent_case(name, shape, audited, wrong)


def utility_case(shape: Shape, drawn: Inputs, audited: Verdict) -> Case:
    """Judge CVS's utilities, computed from rewards and the prices of the step and of the next."""
    others = drawn["bids"][0].scatter(1, drawn["action"][0, :, None], -torch.inf)
    prices = [f"bids[0, {t}, {e}]" for t, e in enumerate(others.argmax(1).tolist())]
    reads: dict[str, set[str]] = {mechanism(k): set() for k in range(shape.mechanisms)}
    for t, k in enumerate(shape.actions):
        reads[mechanism(k)] |= {f"reward[0, {t}]", *prices[t : t + 2]}
    wrong = "" if dict(audited.reads) == reads else "a gradient depends on other inputs"
    return independent_case("CVS, utilities", shape, audited, wrong)


def independent_case(name: str, shape: Shape, audited: Verdict, wrong: str = "") -> Case:
    """Judge a rule that shares nothing and gives mechanisms that never act zero gradients."""
    if audited.zero != never_acting(shape):
        wrong = f"gradients that are zero: {', '.join(audited.zero) or 'none'}"
    return case(name, shape, audited, no_pairs(shape), wrong=wrong)


def trained_case(shape: Shape, audited: Verdict) -> Case:
    """Judge CVS as trained: nothing can be shared, and losers read their own inputs."""
    wrong = ""
    for loser in never_acting(shape):
        k = ord(loser) - ord("A")
        own = [f"{part}[0, {k}, " for part in ("policy", "behaviour_policy", "value")]
        entries = range(COPIES * k, COPIES * (k + 1))
        own += [f"bids[0, {t}, {e}]" for t in range(shape.steps) for e in entries]
        reads = audited.reads[loser]
        if not reads or not all(x.startswith(tuple(own)) for x in reads):
            wrong = f"the gradient of {loser}, which never acts, depends on others' inputs"
    return case("CVS, as trained", shape, audited, no_pairs(shape), wrong=wrong)


@pytest.mark.claim(
    id="theory.single_step_td",
    title="Single-step temporal differences are modular",
    statement="On acyclic trajectories, only the mechanism that acted receives a single-step method's "
    "temporal-difference error, and the gradients are independent given what was executed.",
    source=[f"talk:{line}" for line in (225, 226, 227, 228, 229, 230, 237, 283)],
    kind="theory",
    expected="SARSA, Q-learning and CVS's utilities: modular on every acyclic shape of up to 3 steps and 3 "
    "mechanisms, and one of 64 and 6, losers' gradients exactly zero; CVS as trained: modular on every acyclic "
    "shape of up to 3 steps and 3 mechanisms, losers' gradients depend only on the loser's own inputs",
    controls=dict.fromkeys((REINFORCE, NORMALISED, ONE_STATE), "not reproduced"),
    differences="That losers' gradients are zero is an idealisation of CVS: as trained here, and in the authors' "
    "code, a loser learns from its own value function, normalisation and entropy, but from nothing of another "
    "mechanism. Normalisation also sums prices, which from four steps on can join two mechanisms; "
    "finding.cvs_batches is about that. The price, a second-highest bid, counts as "
    "selection. SARSA and Q-learning are textbook rules that are not used for training here; their targets are "
    "computed from the bids as executed. CVS as trained is audited once for shapes that differ only in the names "
    "of mechanisms.",
    scope="CVS as trained is checked on episodes of up to three steps, and shares nothing there. The claim ends where it "
    "would change: in one episode A, B, A, B, or in a batch of two episodes A, B, other code for the same normalisation can "
    "make A and B share a sum of prices (finding.cvs_batches), so by this project's reading CVS as trained is not modular on "
    "the batches of training. The code here does not share it. CVS's utilities before normalisation are modular at "
    "any length that was checked.",
)
def test_single_step_td(record: Recorder) -> None:
    large = large_shape(acyclic=True)
    shapes = [shape for shape in all_shapes() if shape.acyclic]
    cases = []
    for name, rule in (("SARSA", "sarsa"), ("Q-learning", "q_learning")):
        for shape in (*shapes, large):
            drawn = inputs(shape)
            cases.append(error_case(name, shape, drawn, audit(batch_rule(RULES[rule]), drawn)))
    for shape in (*shapes, large):
        drawn = trainer_inputs("cvs", shape)
        cases.append(utility_case(shape, drawn, audit(utilities, drawn)))
    cases += [trained_case(s, audit_cvs(s, "route")) for s in up_to_renaming(shapes)]
    record.outcome(judge_cases(cases), None, checked=len(cases))
    tabulate(record, cases)

    turns = [s for s in shapes if any(j != k for j, k in pairwise(s.actions))]
    for control, code, among in (
        (REINFORCE, batch_rule(RULES["reinforce"]), shapes),
        (NORMALISED, normalised_over_all(RULES["sarsa"]), turns),
        (ONE_STATE, batch_rule(RULES["expected_sarsa"]), [Shape((0, 1, 1), (0, 1, 2))]),
    ):
        judged = [independent_case("", s, audit(code, inputs(s))) for s in among]
        record.control(control, judge_cases(judged))

    record.figure(
        graph_figure(
            audit(batch_rule(RULES["sarsa"]), inputs(Shape((0, 1, 2), (0, 1, 0)))),
            "",
            name="theory.single_step_td",
            title="SARSA: A, B and A again act, each in a new state",
            alt="Causal graph of SARSA's credit assignment over three steps; each temporal-difference "
            "error leads to the gradient of the mechanism that acted, and the gradient of C has no parent",
        )
    )
