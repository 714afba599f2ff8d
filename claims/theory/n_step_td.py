"""Corollary: n-step temporal difference methods are not modular, from n = 3 on.

By hand. The error of step t is G_t - Q(s_t, a_t). Its target G_t sums the rewards of the window
W(t) = {t, …, min(t + n, T) - 1}, reward i with weight γ^(i - t), and adds the bid γ^n Q(s_{t+n}, a_{t+n})
if the window ends before the trajectory does. Only the mechanism that acted at t receives the error.

Take a later step u of another mechanism. The rewards in both windows, from u to min(t + n, T) - 1, have
weights γ^(i - t) and γ^(i - u): one ratio, γ^(u - t), for all of them. So if there are two or more, both
errors contain the same sum of rewards. If there is only one, it is given, and not a hidden variable. Bids do
not add to this. For a bid bootstrapped from at both steps the ratio is 1; for a bid that one step bootstraps
from and the other acts by it is negative, -γ^n or -γ^(-n); the bids acted by differ. At γ < 1 these ratios
all differ from γ^(u - t) and from each other. Hence

    two mechanisms can share a sum  ⇔  some of their steps t < u have min(t + n, T) - u ≥ 2,

with n = T for Monte Carlo. A λ-return weights reward i by (γλ)^(i - t) and the bids in between likewise, so
its windows end with the trajectory too, and if only the last reward is in both windows, no bid is. A
mechanism that acts alone shares with no other, and two-step trajectories share nothing.

Whether the sum is shared as coded is another question. So the audit says "implementation-dependent", and the
claim is about the graph in which every sum that can be shared is shared. A window of two rewards overlaps the
next in one, so 2-step targets share none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.theory._judging import case, graph_figure, judge_cases, tabulate
from claims.theory._predicates import overlapping_windows
from claims.theory._rules import batch_rule, inputs
from claims.theory._shapes import Shape, all_shapes, large_shape, up_to_renaming
from claims.theory._witnesses import REWARDS, missing_witness
from repro.causal import Answer, audit
from repro.credit.learning_rules import RULES

if TYPE_CHECKING:
    from claims.theory._judging import Case
    from repro.causal import Verdict
    from repro.plugin.recorder import Recorder

WINDOWS = {"three_step": 3, "monte_carlo": None, "lambda_return": None}
"""Number of rewards that a target sums; None: all that follow."""
NAMES = {
    "three_step": "3-step",
    "monte_carlo": "Monte Carlo",
    "lambda_return": "λ-return, λ = 0.95",
    "sarsa": "1-step (SARSA)",
    "two_step": "2-step",
}
ONE_STEP = "1-step targets (SARSA) instead of 3-step targets"
TWO_STEP = "2-step targets instead of 3-step targets"
ONE_REWARD = "one common reward judged as a sum"
AS_MONTE_CARLO = "3-step targets judged as Monte Carlo"


def shared_sum(
    rule: str, shape: Shape, audited: Verdict, window: int | None = None, least: int = 2
) -> Case:
    """Judge one audit: pairs share a sum if their windows have at least `least` rewards in common."""
    pairs = overlapping_windows(shape, window or shape.steps, least)
    wrong = missing_witness(audited, REWARDS)
    return case(rule, shape, audited, pairs, Answer.IMPLEMENTATION_DEPENDENT, wrong)


@pytest.mark.claim(
    id="theory.n_step_td",
    title="n-step temporal differences are not modular",
    statement="With targets that sum three rewards or more, such as 3-step, Monte Carlo and λ-returns, the "
    "gradients of different mechanisms can share a sum of rewards, which is a hidden variable.",
    source=["talk:219", "talk:221", "talk:222", "talk:235"],
    kind="theory",
    expected="for every pair on every shape of up to 3 steps and 3 mechanisms, every acyclic one of 4 and 5 "
    "steps and 2 mechanisms, and two of 64 steps and 6: dependent if and only if the windows of two of their "
    "steps have two or more rewards in common; a discounted sum is the witness",
    controls=dict.fromkeys((ONE_STEP, TWO_STEP, ONE_REWARD, AS_MONTE_CARLO), "not reproduced"),
    differences="The talk speaks of all n-step methods and all gradients. Here the statement is about shapes: "
    "mechanisms must act within one window, and the trajectory must have three steps. It is about sums that "
    "can be shared, not about those that this code shares; the audit's answer is 'implementation-dependent'. "
    "2-step targets share no sum of rewards at all; they are shown and not judged. Shapes that differ only in "
    "the names of mechanisms are audited once.",
)
def test_n_step_td(record: Recorder) -> None:
    large = [large_shape(acyclic=acyclic) for acyclic in (True, False)]
    longer = [s for s in up_to_renaming(all_shapes(5, 2)) if s.steps > 3 and s.acyclic]
    shapes = [*up_to_renaming(all_shapes()), *longer, *large]

    def audits(name: str, among: list[Shape]) -> list[tuple[Shape, Verdict]]:
        return [(s, audit(batch_rule(RULES[name]), inputs(s))) for s in among]

    found = {name: audits(name, shapes) for name in WINDOWS}
    cases = [
        shared_sum(NAMES[name], s, audited, window)
        for name, window in WINDOWS.items()
        for s, audited in found[name]
    ]
    record.outcome(judge_cases(cases), None, checked=len(cases))
    tabulate(record, cases)
    alone = [s for s in shapes if len(set(s.actions)) == 1]
    record.detail("of these shapes, those in which only one mechanism acts", len(alone))

    shown = {name: audits(name, longer + large) for name in ("sarsa", "two_step")}
    shown |= {name: [one for one in found[name] if one[0] in longer + large] for name in WINDOWS}
    record.table(
        "By length of the window, on trajectories of 4 or more steps",
        ("targets", "trajectories", "can share a sum", "share one in our code"),
        [
            (
                NAMES[name],
                len(of_rule),
                sum(bool(v.joined_at_most) for _, v in of_rule),
                sum(bool(v.joined_as_coded) for _, v in of_rule),
            )
            for name, of_rule in shown.items()
        ],
    )

    three = found["three_step"]
    controls = {
        ONE_STEP: [shared_sum("", s, v, 3) for s, v in shown["sarsa"]],
        TWO_STEP: [shared_sum("", s, v, 3) for s, v in shown["two_step"]],
        ONE_REWARD: [shared_sum("", s, v, 3, least=1) for s, v in three],
        AS_MONTE_CARLO: [shared_sum("", s, v) for s, v in three],
    }
    for control, judged in controls.items():
        record.control(control, judge_cases(judged))

    record.figure(
        graph_figure(
            audit(batch_rule(RULES["three_step"]), inputs(Shape((0, 1, 2), (0, 1, 2)))),
            REWARDS,
            name="theory.n_step_td",
            title="3-step targets: A, B and C act in turn",
            alt="Causal graph of 3-step credit assignment over three steps; the discounted sum of the "
            "last two rewards leads to the gradients of A and of B",
        )
    )
