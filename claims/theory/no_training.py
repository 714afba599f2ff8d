"""The criterion needs no training: the answer belongs to the rule and the shape, not to the numbers.

By hand. What a gradient is computed from, and by which operators, is the same whatever the bids, weights
and rewards are; a number could change the graph by vanishing, which has probability zero, or by choosing
a branch. The rules here choose by their inputs in two places: Q-learning's target takes the largest bid, so
the shape must say whose that is; and the price of CVS is the second-highest bid, which is one bid that
was made, whosever it is. So each rule has on each shape one answer, at any weights, before any
update; the answers themselves are derived in the claims on policy gradients, n-step and single-step
methods, and on cycles.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from claims.theory._by_hand import everybody, nobody, overlapping, reaching_one_state
from claims.theory._cases import case, drawn, judge, tabulate
from claims.theory._rules import (
    batch_rule,
    inputs,
    sequential_rule,
    trainer_inputs,
    trainer_rule,
    with_rate,
)
from claims.theory._shapes import Shape
from claims.theory._untrained import untrained
from claims.theory._walks import NETWORKS, TABLES, Walk, derived
from claims.theory._witnesses import NORMALISER
from repro.causal import Answer, audit
from repro.credit.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from claims.theory._by_hand import Pairs
    from claims.theory._cases import Case
    from claims.theory._rules import Inputs
    from repro.plugin.recorder import Recorder

    Predicate = Callable[[Shape], Pairs]

DRAWS, FRESH, FEWER = 100, 5, 25
"""Draws of weights for PPO and CVS, how many of these are untrained networks, and draws for the rest:
for PPOF, whose credit assignment is PPO's, and for the rules that have bids and no weights."""
SCALES = (0.1, 1.0, 3.0)
"""Of bids, by turns: softmax policies that are nearly uniform, and some that are far from it."""
A, B = 0, 1
WALKS = (
    Walk(Shape((0, 0, 0), (A, B, A), 2), ((0, A),)),
    Walk(Shape((0, 1, 2), (A, B, A), 2), ((1, B), (2, A))),
)
SHORT = (Walk(Shape((0, 0), (A, B), 2)), Walk(Shape((0, 1), (A, B), 2)))
"""For the rules that train here, whose audits take longer."""

BATCH: dict[str, tuple[Predicate, Answer]] = {
    "reinforce": (everybody, Answer.NOT_MODULAR),
    "monte_carlo": (lambda shape: overlapping(shape, shape.steps), Answer.IMPLEMENTATION_DEPENDENT),
    "two_step": (lambda shape: overlapping(shape, 2), Answer.IMPLEMENTATION_DEPENDENT),
    "three_step": (lambda shape: overlapping(shape, 3), Answer.IMPLEMENTATION_DEPENDENT),
    "lambda_return": (
        lambda shape: overlapping(shape, shape.steps),
        Answer.IMPLEMENTATION_DEPENDENT,
    ),
    "sarsa": (nobody, Answer.NOT_MODULAR),
    "expected_sarsa": (reaching_one_state, Answer.NOT_MODULAR),
    "q_learning": (nobody, Answer.NOT_MODULAR),
}
"""Rules on one batch: who depends on whom, and the answer for these."""


def on_shape(predicate: Predicate, walk: Walk) -> Pairs:
    """Apply a predicate on shapes to a walk."""
    return predicate(walk.shape)


def scaled(walk: Walk, seed: int) -> Inputs:
    """Draw inputs of a batch rule, the bids by turns small and large."""
    given = walk.inputs(seed)
    given["bids"] *= SCALES[seed % len(SCALES)]
    return given


def branching(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> dict[str, Tensor]:
    """SARSA where the first bid is negative, 3-step targets where it is positive."""
    rule = RULES["three_step" if bids[0, 0].item() > 0 else "sarsa"]
    return batch_rule(rule)(bids, reward, state, action)


def weights(name: str, walk: Walk, seed: int) -> Inputs:
    """Draw networks' outputs, the first of them from fresh networks."""
    return (untrained if seed < FRESH else trainer_inputs)(name, walk.shape, seed)


def draws(
    rule: str,
    audited: Callable[..., dict[str, Tensor]],
    given: Callable[[Walk, int], Inputs],
    expected: Callable[[Walk], Pairs],
    answer: Answer = Answer.NOT_MODULAR,
    *,
    walks: tuple[Walk, ...] = WALKS,
    many: int = FEWER,
) -> list[Case]:
    """Audit a rule at random draws, walk by walk in turn: always the answer derived for the walk."""
    cases: list[Case] = []
    as_coded: dict[Walk, Pairs] = {}
    for seed in range(many):
        walk = walks[seed % len(walks)]
        traced = audit(audited, given(walk, seed))
        same = traced.joined_as_coded == as_coded.setdefault(walk, traced.joined_as_coded)
        wrong = "" if same else "what is shared as coded has changed"
        cases.append(case(rule, f"{walk}, draw {seed}", traced, expected(walk), answer, wrong))
    return cases


@pytest.mark.claim(
    id="theory.no_training",
    title="The criterion needs no training",
    statement="Whether a method's gradients are independent can be read off its causal graph before "
    "anything is learned: no weights, however they came about, change the answer.",
    source=["talk:189"],
    kind="theory",
    expected="each rule has the answer derived by hand for the shape, pair by pair, at each of 100 random "
    "draws of PPO's and of CVS's networks and 25 of PPOF's, untrained ones among them, and at each of 25 "
    "draws of bids and rewards for the rules that have no networks",
    controls={
        "Q-learning by tables in order, whoever is greedy": "not reproduced",
        "a rule that branches in Python by a bid's value": "inconclusive",
    },
    differences="Shapes of two mechanisms, a cyclic and an acyclic one by turns: 3 steps, and 2 for PPO, PPOF "
    "and CVS. The talk does not say that a rule may choose by its inputs. Where the choice is among "
    "bids that were made, the shape must say which: for Q-learning, whose is the largest. Where code "
    "branches by a bid's value, the trace sees one branch, and the answer is 'undetermined'.",
)
def test_no_training(record: Recorder) -> None:
    cases = []
    for name, (pairs, answer) in BATCH.items():
        rule = batch_rule(RULES[name])
        cases += draws(name, rule, scaled, partial(on_shape, pairs), answer)
    cases += draws(
        f"q_learning: {NETWORKS}",
        sequential_rule(RULES["q_learning"], network=True),
        lambda walk, seed: with_rate(walk.inputs(seed)),
        partial(derived, "q_learning", NETWORKS),
    )
    for name, pairs in (("ppo", everybody), ("ppof", everybody), ("cvs", nobody)):
        cases += draws(
            f"{name}, as trained",
            trainer_rule(name),
            partial(weights, name),
            partial(on_shape, pairs),
            walks=SHORT,
            many=FEWER if name == "ppof" else DRAWS,
        )
    record.outcome(judge(cases), None, checked=len(cases))
    tabulate(record, cases)

    in_order = sequential_rule(RULES["q_learning"], network=False)
    record.control(
        "Q-learning by tables in order, whoever is greedy",
        judge(
            draws(
                "",
                in_order,
                lambda walk, seed: with_rate(inputs(walk.shape, seed)),
                partial(derived, "q_learning", TABLES),
            )
        ),
    )
    record.control(
        "a rule that branches in Python by a bid's value",
        judge(draws("", branching, Walk.inputs, partial(on_shape, nobody))),
    )
    record.figure(
        drawn(
            audit(trainer_rule("ppof"), untrained("ppof", SHORT[1].shape, 0)),
            NORMALISER,
            name="theory.no_training",
            title="PPOF with fresh networks: A acts, then B",
            alt="Causal graph of PPOF's credit assignment in two steps, its networks untrained; the "
            "log-sum-exp of a state's bids leads to both gradients",
        )
    )
