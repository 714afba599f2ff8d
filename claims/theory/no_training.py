"""The criterion needs no training: the answer depends on the rule and the shape, not on the numbers.

By hand. The inputs and operators that a gradient is computed from are the same for all bids, weights and
rewards. A number could change the graph by being zero, which has probability zero, or by selecting a branch.
The rules here select by their inputs in two places. The target of Q-learning takes the largest bid, so the
shape must say which mechanism's bid that is. The price of CVS is the second-highest bid, which is one executed
bid, whichever it is. So each rule has one answer on each shape, for all weights, before any update. The answers
themselves are derived in the claims on policy gradients, on n-step and single-step methods, and on cycles.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._judging import case, graph_figure, judge_cases, tabulate
from claims.theory._predicates import (
    all_pairs,
    no_pairs,
    overlapping_windows,
    reaching_same_state,
)
from claims.theory._rules import (
    batch_rule,
    inputs,
    sequential_rule,
    trainer_inputs,
    trainer_rule,
    with_rate,
)
from claims.theory._shapes import Shape
from claims.theory._single_step import NETWORKS, TABLES, Trajectory, derived_pairs
from claims.theory._witnesses import NORMALISER
from repro import algorithms
from repro.causal import Answer, audit
from repro.credit.learning_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from claims.theory._judging import Case
    from claims.theory._predicates import Pairs
    from claims.theory._rules import Inputs
    from repro.plugin.recorder import Recorder

    Predicate = Callable[[Shape], Pairs]

DRAWS, UNTRAINED, FEWER = 100, 5, 25
"""Draws of weights for PPO and CVS; how many of these use untrained networks; draws for PPOF, whose
credit assignment is that of PPO, and for rules without networks."""
SCALES = (0.1, 1.0, 3.0)
"""Scales of the bids, used in turn; the smallest makes softmax policies nearly uniform."""
A, B = 0, 1
TRAJECTORIES = (
    Trajectory(Shape((0, 0, 0), (A, B, A), 2), ((0, A),)),
    Trajectory(Shape((0, 1, 2), (A, B, A), 2), ((1, B), (2, A))),
)
SHORT = (Trajectory(Shape((0, 0), (A, B), 2)), Trajectory(Shape((0, 1), (A, B), 2)))
"""Trajectories for the algorithms trained here, whose audits take longer."""
BATCH: dict[str, tuple[Predicate, Answer]] = {
    "reinforce": (all_pairs, Answer.NOT_MODULAR),
    "monte_carlo": (lambda s: overlapping_windows(s, s.steps), Answer.IMPLEMENTATION_DEPENDENT),
    "two_step": (lambda s: overlapping_windows(s, 2), Answer.IMPLEMENTATION_DEPENDENT),
    "three_step": (lambda s: overlapping_windows(s, 3), Answer.IMPLEMENTATION_DEPENDENT),
    "lambda_return": (lambda s: overlapping_windows(s, s.steps), Answer.IMPLEMENTATION_DEPENDENT),
    "sarsa": (no_pairs, Answer.NOT_MODULAR),
    "expected_sarsa": (reaching_same_state, Answer.NOT_MODULAR),
    "q_learning": (no_pairs, Answer.NOT_MODULAR),
}
"""Rules on one batch: the dependent pairs, and the answer for these."""
ANY_GREEDY = "Q-learning by tables in order, with any greedy mechanism"
BRANCH = "a rule that branches in Python by the value of a bid"


def on_shape(predicate: Predicate, trajectory: Trajectory) -> Pairs:
    """Apply a predicate on shapes to a trajectory."""
    return predicate(trajectory.shape)


def scaled(trajectory: Trajectory, seed: int) -> Inputs:
    """Draw inputs of a batch rule, with small and large bids in turn."""
    drawn = trajectory.inputs(seed)
    drawn["bids"] *= SCALES[seed % len(SCALES)]
    return drawn


def branching(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> dict[str, Tensor]:
    """Use SARSA if the first bid is negative, and 3-step targets if it is positive."""
    rule = RULES["three_step" if bids[0, 0].item() > 0 else "sarsa"]
    return batch_rule(rule)(bids, reward, state, action)


def untrained_inputs(name: str, shape: Shape, seed: int) -> Inputs:
    """Draw the inputs of a trainer's rule, with the policies and values of untrained networks."""
    drawn = trainer_inputs(name, shape, seed)
    generator = np.random.default_rng(seed)
    algorithm = algorithms.load(name)
    observation = torch.eye(drawn["value"].shape[-1])
    policy = torch.from_numpy(algorithm.init_policy(len(observation), shape.mechanisms, generator))
    value_spec = algorithm.value_spec(len(observation))
    value = torch.from_numpy(value_spec.init(drawn["value"].shape[1], generator))
    policy_spec = algorithm.policy_spec(len(observation), shape.mechanisms)
    behaviour_policy = policy_spec.forward(policy[None], observation).double()
    return {
        **drawn,
        "policy": behaviour_policy.clone(),
        "behaviour_policy": behaviour_policy,
        "value": value_spec.forward(value[None], observation).squeeze(-1).double(),
    }


def network_inputs(name: str, trajectory: Trajectory, seed: int) -> Inputs:
    """Draw networks' outputs; the first seeds use untrained networks."""
    draw = untrained_inputs if seed < UNTRAINED else trainer_inputs
    return draw(name, trajectory.shape, seed)


def cases_of(
    rule: str,
    code: Callable[..., dict[str, Tensor]],
    draw: Callable[[Trajectory, int], Inputs],
    expected: Callable[[Trajectory], Pairs],
    answer: Answer = Answer.NOT_MODULAR,
    *,
    trajectories: tuple[Trajectory, ...] = TRAJECTORIES,
    draws: int = FEWER,
) -> list[Case]:
    """Audit a rule at random draws, on trajectories in turn; each must have one answer, as derived."""
    cases: list[Case] = []
    as_coded: dict[Trajectory, Pairs] = {}
    for seed in range(draws):
        trajectory = trajectories[seed % len(trajectories)]
        audited = audit(code, draw(trajectory, seed))
        first = as_coded.setdefault(trajectory, audited.joined_as_coded)
        wrong = "" if audited.joined_as_coded == first else "the pairs shared as coded differ"
        where = f"{trajectory}, draw {seed}"
        cases.append(case(rule, where, audited, expected(trajectory), answer, wrong))
    return cases


@pytest.mark.claim(
    id="theory.no_training",
    title="The criterion needs no training",
    statement="Whether a method's gradients are independent can be read off its causal graph before "
    "anything is learned: the answer is the same for all weights.",
    source=["talk:189"],
    kind="theory",
    expected="each rule has the answer derived by hand for the shape, pair by pair, at each of 100 random "
    "draws of PPO's and of CVS's networks and 25 of PPOF's, untrained ones among them, and at each of 25 "
    "draws of bids and rewards for the rules that have no networks",
    controls={ANY_GREEDY: "not reproduced", BRANCH: "inconclusive"},
    differences="The shapes have two mechanisms and are cyclic and acyclic in turn, with 3 steps, or 2 for PPO, "
    "PPOF and CVS. The talk does not mention that a rule may select by its inputs. If it selects among executed "
    "bids, the shape must say which: for Q-learning, the mechanism with the largest bid. If code branches by the "
    "value of a bid, the trace sees only one branch, and the answer is 'undetermined'.",
)
def test_no_training(record: Recorder) -> None:
    cases = []
    for name, (pairs, answer) in BATCH.items():
        cases += cases_of(name, batch_rule(RULES[name]), scaled, partial(on_shape, pairs), answer)
    cases += cases_of(
        f"q_learning: {NETWORKS}",
        sequential_rule(RULES["q_learning"], network=True),
        lambda trajectory, seed: with_rate(trajectory.inputs(seed)),
        partial(derived_pairs, "q_learning", NETWORKS),
    )
    for name, pairs in (("ppo", all_pairs), ("ppof", all_pairs), ("cvs", no_pairs)):
        cases += cases_of(
            f"{name}, as trained",
            trainer_rule(name),
            partial(network_inputs, name),
            partial(on_shape, pairs),
            trajectories=SHORT,
            draws=FEWER if name == "ppof" else DRAWS,
        )
    record.outcome(judge_cases(cases), None, checked=len(cases))
    tabulate(record, cases)

    any_greedy = cases_of(
        "",
        sequential_rule(RULES["q_learning"], network=False),
        lambda trajectory, seed: with_rate(inputs(trajectory.shape, seed)),
        partial(derived_pairs, "q_learning", TABLES),
    )
    record.control(ANY_GREEDY, judge_cases(any_greedy))
    branch = cases_of("", branching, Trajectory.inputs, partial(on_shape, no_pairs))
    record.control(BRANCH, judge_cases(branch))
    record.figure(
        graph_figure(
            audit(trainer_rule("ppof"), untrained_inputs("ppof", SHORT[1].shape, 0)),
            NORMALISER,
            name="theory.no_training",
            title="PPOF with untrained networks: A acts, then B",
            alt="Causal graph of PPOF's credit assignment in two steps, with untrained networks; the "
            "log-sum-exp of a state's bids leads to both gradients",
        )
    )
