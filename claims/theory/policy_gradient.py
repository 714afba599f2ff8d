"""Corollary: policy gradient methods are not modular.

By hand. A softmax policy gives action a in state s the log-probability b(s, a) - L(s), where L(s) =
log Σ_j exp b(s, j) is computed from all bids at s. So the gradient of a step at s with respect to the bid of
*any* mechanism k is ±(1[a = k] - exp(b(s, k) - L(s))) times the step's return or advantage. L(s) is hidden
(computed from the bids, and not itself a bid) and an ancestor of every mechanism's gradient, whether or not the
mechanism acted; no other way of adding up removes it. One step is enough: on every shape every pair of
mechanisms is dependent, and L(s) of a visited state is a witness for each. PPO's ratio and entropy are functions
of the same log-probabilities, whether the bids come from one network (PPO) or from one each (PPOF).

A policy in which each mechanism decides separately, with probability sigmoid b(s, k), has no such variable: with
the reward of the step itself, the gradient of k is r_t (1[a = k] - sigmoid b(s, k)), and it shares only given
variables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from claims.theory._judging import case, graph_figure, judge_cases, tabulate
from claims.theory._predicates import all_pairs
from claims.theory._rules import (
    batch_rule,
    by_mechanism,
    inputs,
    trainer_inputs,
    trainer_rule,
)
from claims.theory._shapes import all_shapes, large_shape, up_to_renaming
from claims.theory._witnesses import NORMALISER, misplaced_normaliser, missing_witness
from repro.causal import audit
from repro.credit.learning_rules import RULES

if TYPE_CHECKING:
    from torch import Tensor

    from claims.theory._judging import Case
    from claims.theory._shapes import Shape
    from repro.causal import Verdict
    from repro.plugin.recorder import Recorder

SIGMOID = "a separate decision of each mechanism (sigmoid), one-step reward"
NORMALISED = "the same with normalised rewards: not modular, but not by a normaliser of bids"
SARSA = "SARSA"


def sigmoid_rule(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> dict[str, Tensor]:
    """Return a policy gradient without a normaliser: each mechanism decides separately."""
    rows = bids[state].detach().requires_grad_()
    acts = torch.nn.functional.one_hot(action, bids.shape[1]).bool()
    log_prob = torch.nn.functional.logsigmoid(torch.where(acts, rows, -rows))
    loss = -(reward[:, None] * log_prob).sum()
    return by_mechanism(torch.autograd.grad(loss, rows)[0])


def normalised_rule(
    bids: Tensor, reward: Tensor, state: Tensor, action: Tensor
) -> dict[str, Tensor]:
    """Return the same with rewards normalised over all steps; all share their standard deviation."""
    normalised = (reward - reward.mean()) / reward.std(correction=0)
    return sigmoid_rule(bids, normalised, state, action)


def dependent(rule: str, shape: Shape, audited: Verdict) -> Case:
    """Judge one audit: all pairs are dependent, each by the normaliser of a visited state."""
    wrong = missing_witness(audited, NORMALISER) or misplaced_normaliser(audited, shape)
    return case(rule, shape, audited, all_pairs(shape), wrong=wrong)


@pytest.mark.claim(
    id="theory.policy_gradient",
    title="Policy gradients are not modular",
    statement="The softmax of a policy gradient method has one normaliser for all decision mechanisms, a "
    "hidden variable that their gradients share: they are not independent.",
    source=[f"talk:{line}" for line in (214, 215, 216, 217, 235, 288, 292, 317)],
    kind="theory",
    expected="on every shape of up to 3 steps and 3 mechanisms, and on one of 64 steps and 6: each pair "
    "of mechanisms not modular, with the log-sum-exp of a visited state as a witness",
    controls=dict.fromkeys((SIGMOID, NORMALISED, SARSA), "not reproduced"),
    differences="The talk argues with a drawn graph. Here the code that trains PPO and PPOF is traced, and a "
    "textbook REINFORCE that is not used for training here. PPO and PPOF also share returns and the statistics "
    "that normalise advantages; these are witnesses too, and are not required. PPO and PPOF are audited once "
    "for shapes that differ only in the names of mechanisms.",
)
def test_policy_gradient(record: Recorder) -> None:
    shapes = [*all_shapes(), large_shape(acyclic=True)]
    reinforce = batch_rule(RULES["reinforce"])
    cases = [dependent("REINFORCE", s, audit(reinforce, inputs(s))) for s in shapes]
    fewer = up_to_renaming(all_shapes())
    for name in ("ppo", "ppof"):
        rule = trainer_rule(name)
        cases += [
            dependent(f"{name.upper()}, as trained", s, audit(rule, trainer_inputs(name, s)))
            for s in (*fewer, shapes[-1])
        ]
    record.outcome(judge_cases(cases), None, checked=len(cases))
    tabulate(record, cases)

    longer = [shape for shape in fewer if shape.steps == 3]
    for control, code, among in (
        (SIGMOID, sigmoid_rule, fewer),
        (NORMALISED, normalised_rule, longer),
        (SARSA, batch_rule(RULES["sarsa"]), fewer),
    ):
        judged = [dependent(control, s, audit(code, inputs(s))) for s in among]
        record.control(control, judge_cases(judged))

    shape = next(shape for shape in all_shapes() if shape.actions == (0, 1))
    record.figure(
        graph_figure(
            audit(reinforce, inputs(shape)),
            NORMALISER,
            name="theory.policy_gradient",
            title="REINFORCE: A acts, then B",
            alt="Causal graph of REINFORCE's credit assignment in two steps with three mechanisms; the "
            "log-sum-exp of a state's bids leads to all gradients, also to that of C, which never acts",
        )
    )
