"""Corollary: policy gradient methods are not modular.

By hand. A softmax policy gives action a at state s the log-probability b(s, a) - L(s), where L(s) =
log Σ_j exp b(s, j) is made of all bids at s. So the gradient of a step at s, with respect to the bid
of *any* mechanism k, is ±(1[a = k] - exp(b(s, k) - L(s))) times what the step is worth. L(s) is
hidden (computed from the bids, no bid itself) and an ancestor of every mechanism's gradient, of
winners and losers alike; no way of adding up removes it. One step is enough: on every shape every
pair of mechanisms is dependent, and L(s) of a state visited is a witness for each. PPO's ratio and
entropy are functions of the same log-probabilities, whether the bids come from one network (PPO) or
from one each (PPOF).

A policy that lets each mechanism decide by a coin of its own, with probability sigmoid b(s, k), has
no such variable: with the reward of the step itself, the gradient of k is r_t (1[a = k] -
sigmoid b(s, k)) and shares nothing that is not given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from claims.theory._by_hand import everybody
from claims.theory._cases import case, drawn, judge, tabulate, up_to_names
from claims.theory._rules import (
    batch_rule,
    by_mechanism,
    inputs,
    trainer_inputs,
    trainer_rule,
)
from claims.theory._shapes import all_shapes, large_shape
from claims.theory._witnesses import NORMALISER, lacking, misplaced
from repro.causal import audit
from repro.credit.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

    from claims.theory._cases import Case
    from claims.theory._shapes import Shape
    from repro.causal import Verdict as Traced
    from repro.plugin.recorder import Recorder

COINS = "a coin for each mechanism (sigmoid), one-step reward"
NORMALISED = "the same with rewards normalised: not modular, but by no normaliser of bids"


def sigmoid_rule(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> dict[str, Tensor]:
    """A policy gradient without a normaliser: each mechanism tosses a coin of its own."""
    rows = bids[state].detach().requires_grad_()
    acts = torch.nn.functional.one_hot(action, bids.shape[1]).bool()
    log_prob = torch.nn.functional.logsigmoid(torch.where(acts, rows, -rows))
    loss = -(reward[:, None] * log_prob).sum()
    return by_mechanism(torch.autograd.grad(loss, rows)[0])


def normalised_rule(
    bids: Tensor, reward: Tensor, state: Tensor, action: Tensor
) -> dict[str, Tensor]:
    """The same with rewards normalised over all steps, whose standard deviation all share."""
    normalised = (reward - reward.mean()) / reward.std(correction=0)
    return sigmoid_rule(bids, normalised, state, action)


def dependent(rule: str, shape: Shape, traced: Traced) -> Case:
    """Judge one audit: all pairs, each by the normaliser of a state visited."""
    wrong = lacking(traced, NORMALISER) or misplaced(traced, shape)
    return case(rule, shape, traced, everybody(shape), wrong=wrong)


@pytest.mark.claim(
    id="theory.policy_gradient",
    title="Policy gradients are not modular",
    statement="The softmax of a policy gradient method gives all decision mechanisms one normaliser, a "
    "hidden variable that their gradients share: they are not independent.",
    source=[
        "talk:214",
        "talk:215",
        "talk:216",
        "talk:217",
        "talk:235",
        "talk:288",
        "talk:292",
        "talk:317",
    ],
    kind="theory",
    expected="on every shape of up to 3 steps and 3 mechanisms, and on one of 64 steps and 6: each pair "
    "of mechanisms not modular, with the log-sum-exp of a visited state as a witness",
    controls=dict.fromkeys((COINS, NORMALISED, "SARSA"), "not reproduced"),
    differences="The talk argues by a drawn graph; here the code that trains PPO and PPOF, and a textbook "
    "REINFORCE that nobody trains with here, are traced. PPO and PPOF share returns and the statistics "
    "that normalise advantages besides; these are witnesses too and are not asked for. PPO and PPOF are "
    "audited once for shapes that differ in the names of mechanisms only.",
)
def test_policy_gradient(record: Recorder) -> None:
    shapes = [*all_shapes(), large_shape(acyclic=True)]
    reinforce = batch_rule(RULES["reinforce"])
    cases = [dependent("REINFORCE", s, audit(reinforce, inputs(s))) for s in shapes]
    fewer = up_to_names(all_shapes())
    for name in ("ppo", "ppof"):
        rule = trainer_rule(name)
        cases += [
            dependent(f"{name.upper()}, as trained", s, audit(rule, trainer_inputs(name, s)))
            for s in (*fewer, shapes[-1])
        ]
    record.outcome(judge(cases), None, checked=len(cases))
    tabulate(record, cases)

    longer = [shape for shape in fewer if shape.steps == 3]

    def control(rule: str, traced: Iterable[tuple[Shape, Traced]]) -> None:
        judged = judge([dependent(rule, shape, verdict) for shape, verdict in traced])
        record.control(rule, judged)

    control(COINS, ((s, audit(sigmoid_rule, inputs(s))) for s in fewer))
    control(NORMALISED, ((s, audit(normalised_rule, inputs(s))) for s in longer))
    control("SARSA", ((s, audit(batch_rule(RULES["sarsa"]), inputs(s))) for s in fewer))

    shape = next(shape for shape in all_shapes() if shape.actions == (0, 1))
    record.figure(
        drawn(
            audit(reinforce, inputs(shape)),
            NORMALISER,
            name="theory.policy_gradient",
            title="REINFORCE: A acts, then B",
            alt="Causal graph of REINFORCE's credit assignment in two steps with three mechanisms; the "
            "log-sum-exp of a state's bids leads to all gradients, that of C included, which never acts",
        )
    )
