"""Corollary: n-step temporal difference methods are not modular, from n = 3 on.

By hand. The error of step t is G_t - Q(s_t, a_t), where G_t sums the rewards of the window
W(t) = {t, …, min(t + n, T) - 1}, reward i with weight γ^(i - t), and adds the bid γ^n Q(s_{t+n}, a_{t+n})
if the window ends before the trajectory does. It goes to the mechanism that acted at t alone.

Take a later step u of another mechanism. Rewards in both windows, those from u to min(t + n, T) - 1,
have weights γ^(i - t) and γ^(i - u): one ratio, γ^(u - t), for all of them. So if there are two or more,
both errors contain one sum of rewards. If there is but one, it is given, and no hidden variable.
Bids add nothing: bootstrapped at both steps, the ratio is 1; bootstrapped at one and acted by at the
other, it is negative, -γ^n and -γ^(-n); the bids acted by differ. At γ < 1 these ratios are
all different from γ^(u - t), and from each other. Hence

    two mechanisms can share a sum  ⇔  steps t < u of theirs have min(t + n, T) - u ≥ 2,

with n = T for Monte Carlo. A λ-return weights reward i by (γλ)^(i - t) and the bids between likewise, so
that windows end with the trajectory too, and where only the last reward is in both, no bid is.
A mechanism that acts alone has nobody to share with, nor have two-step trajectories.

Whether the sum is shared as coded is another matter: so the audit says "implementation-dependent", and the
claim is about the graph in which every sum is shared that can be. A window of two rewards overlaps the
next in one, so 2-step targets share none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.theory._by_hand import overlapping
from claims.theory._cases import case, drawn, judge, tabulate, up_to_names
from claims.theory._rules import batch_rule, inputs
from claims.theory._shapes import Shape, all_shapes, large_shape
from claims.theory._witnesses import REWARDS, lacking
from repro.causal import Answer, audit
from repro.credit.rules import RULES

if TYPE_CHECKING:
    from claims.theory._cases import Case
    from repro.causal import Verdict as Traced
    from repro.plugin.recorder import Recorder

WINDOWS = {"three_step": 3, "monte_carlo": None, "lambda_return": None}
"""Rewards that a target sums up; None: all that follow."""
NAMES = {
    "three_step": "3-step",
    "monte_carlo": "Monte Carlo",
    "lambda_return": "λ-return, λ = 0.95",
    "sarsa": "1-step (SARSA)",
    "two_step": "2-step",
}


def summed(
    rule: str, shape: Shape, traced: Traced, window: int | None = None, least: int = 2
) -> Case:
    """Judge one audit: pairs share a sum if so many rewards are in both of their windows."""
    pairs = overlapping(shape, window or shape.steps, least)
    return case(
        rule, shape, traced, pairs, Answer.IMPLEMENTATION_DEPENDENT, wrong=lacking(traced, REWARDS)
    )


@pytest.mark.claim(
    id="theory.n_step_td",
    title="n-step temporal differences are not modular",
    statement="Targets that sum up three rewards or more, as 3-step, Monte Carlo and λ-returns do, give "
    "the gradients of different mechanisms a sum of rewards to share, a hidden variable.",
    source=["talk:219", "talk:221", "talk:222", "talk:235"],
    kind="theory",
    expected="pair by pair, on every shape of up to 3 steps and 3 mechanisms, every acyclic one of 4 and "
    "5 steps and 2 mechanisms, and two of 64 steps and 6: dependent if and only if two steps of theirs "
    "have two or more rewards of their windows in common; a discounted sum is the witness",
    controls={
        "1-step targets (SARSA) in place of 3-step ones": "not reproduced",
        "2-step targets in place of 3-step ones": "not reproduced",
        "one reward in common taken for a sum": "not reproduced",
        "3-step targets taken for Monte Carlo": "not reproduced",
    },
    differences="The talk says it of all n-step methods and all gradients. Here it is a statement about "
    "shapes: mechanisms must act within one window, and the trajectory must have three steps. It is "
    "about sums that can be shared, not about those that this code shares: the audit's own "
    "word for it is 'implementation-dependent'. 2-step targets share no sum of rewards at all; they are shown "
    "and not judged. Shapes that differ in the names of mechanisms only are audited once.",
)
def test_n_step_td(record: Recorder) -> None:
    large = [large_shape(acyclic=acyclic) for acyclic in (True, False)]
    longer = [s for s in up_to_names(all_shapes(5, 2)) if s.steps > 3 and s.acyclic]
    shapes = [*up_to_names(all_shapes()), *longer, *large]

    def traced(name: str, among: list[Shape]) -> list[tuple[Shape, Traced]]:
        return [(s, audit(batch_rule(RULES[name]), inputs(s))) for s in among]

    found = {name: traced(name, shapes) for name in WINDOWS}
    cases = [
        summed(NAMES[name], s, verdict, window)
        for name, window in WINDOWS.items()
        for s, verdict in found[name]
    ]
    record.outcome(judge(cases), None, checked=len(cases))
    tabulate(record, cases)
    alone = [s for s in shapes if len(set(s.actions)) == 1]
    record.detail("shapes among these in which one mechanism acts alone", len(alone))

    shown = {
        "sarsa": traced("sarsa", longer + large),
        "two_step": traced("two_step", longer + large),
    }
    shown |= {name: [one for one in found[name] if one[0] in longer + large] for name in WINDOWS}
    rows = []
    for name, of_rule in shown.items():
        at_most, as_coded = (
            sum(map(bool, sets))
            for sets in (
                [v.joined_at_most for _, v in of_rule],
                [v.joined_as_coded for _, v in of_rule],
            )
        )
        rows.append((NAMES[name], len(of_rule), at_most, as_coded))
    record.table(
        "By length of the window, on trajectories of 4 steps and more",
        ("targets", "trajectories", "can share a sum", "share one in our code"),
        rows,
    )

    def control(what: str, cases: list[Case]) -> None:
        record.control(what, judge(cases))

    three = found["three_step"]
    control(
        "1-step targets (SARSA) in place of 3-step ones",
        [summed("", s, v, 3) for s, v in shown["sarsa"]],
    )
    control(
        "2-step targets in place of 3-step ones",
        [summed("", s, v, 3) for s, v in shown["two_step"]],
    )
    control(
        "one reward in common taken for a sum", [summed("", s, v, 3, least=1) for s, v in three]
    )
    control("3-step targets taken for Monte Carlo", [summed("", s, v) for s, v in three])

    shape = Shape((0, 1, 2), (0, 1, 2))
    record.figure(
        drawn(
            audit(batch_rule(RULES["three_step"]), inputs(shape)),
            REWARDS,
            name="theory.n_step_td",
            title="3-step targets: A, B and C act in turn",
            alt="Causal graph of 3-step credit assignment over three steps; the discounted sum of the "
            "last two rewards leads to the gradients of A and of B",
        )
    )
