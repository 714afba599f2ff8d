"""Finding: 2-step targets share a sum or not, depending on the code; from n = 3 on they always can.

By hand. A and B act in turn, four times, in four states. A 2-step target is r(t) + γ r(t+1) + γ² Q(t+2), where
Q(t) is the bid that acted at t. Windows of two steps overlap in one reward at most, so there is no sum that two
errors must contain. But code may compute one as an intermediate result:

    direct       as written: each sum is part of one target;
    Horner       r(t) + γ (r(t+1) + γ Q(t+2)): each inner sum is part of one target too;
    matrix       W r + V Q: each row is computed separately;
    telescoped   Q(t) + δ(t) + γ δ(t+1), where δ(t) = r(t) + γ Q(t+1) - Q(t): δ(t+1) is part of two targets;
    differences  (C(t+2) - C(t)) / γ^t + γ² Q(t+2), where C(t) = Σ r(i) γ^i over i < t: so is C(t).

The intermediate results of the last two exist only in that code: they cancel if all sums are written out. So
the audit calls the first three modular, and the last two "implementation-dependent": they share a sum as coded,
although no sum has to be shared.

At n = 3 neighbouring windows overlap in two rewards, and the audit gives all five one answer: a sum can be
shared. Whether it is depends on the code again: direct and matrix never compute it; Horner does at the end of
the trajectory, where the inner sum r(2) + γ r(3) is the whole target of step 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from claims.theory._judging import Case, format_pairs, graph_figure, judge_cases
from claims.theory._predicates import all_pairs, no_pairs, overlapping_windows
from claims.theory._rules import DISCOUNT, by_mechanism, discounts, inputs
from claims.theory._shapes import Shape
from repro.causal import Answer, audit
from repro.credit.indexing import at_action
from repro.credit.multistep import n_step_return
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from repro.causal import Verdict as AuditVerdict
    from repro.plugin.recorder import Recorder

    Coding = Callable[[Tensor, Tensor, int], Tensor]
    """From rewards [T], bids that acted [T] and n to targets [T]."""

SHAPE = Shape((0, 1, 2, 3), (0, 1, 0, 1), 2)
SHARED_AS_CODED = {2: ("telescoped", "differences"), 3: ("Horner", "telescoped", "differences")}
THREE_STEP = "3-step targets instead of 2-step targets"
ALL_DIRECT = "2-step targets, every coding judged as the direct one"


def direct(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Sum each window from its start; `acted` [T] are the bids that acted, as in all codings."""
    T, targets = len(reward), []
    for t in range(T):
        target = reward[t]
        for i in range(t + 1, min(t + n, T)):
            target = target + DISCOUNT ** (i - t) * reward[i]
        targets.append(target + DISCOUNT**n * acted[t + n] if t + n < T else target)
    return torch.stack(targets)


def horner(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Sum each window from its end."""
    T, targets = len(reward), []
    for t in range(T):
        target = acted[t + n] if t + n < T else torch.zeros_like(acted[t])
        for i in reversed(range(t, min(t + n, T))):
            target = reward[i] + DISCOUNT * target
        targets.append(target)
    return torch.stack(targets)


def matrix(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Multiply rewards and bids by one matrix each."""
    ahead = DISCOUNT**n * torch.diag(torch.ones_like(acted[n:]), n)
    return _weights(reward, n) @ reward + ahead @ acted


def telescoped(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Sum single-step errors, computed once for all steps."""
    error = reward + DISCOUNT * torch.cat([acted[1:], torch.zeros_like(acted[:1])]) - acted
    return acted + _weights(reward, n) @ error


def differences(reward: Tensor, acted: Tensor, n: int) -> Tensor:
    """Subtract cumulative sums, computed once for all steps."""
    steps = torch.arange(len(reward))
    scale = DISCOUNT ** steps.to(reward)
    cumulative = torch.cat([torch.zeros_like(reward[:1]), (scale * reward).cumsum(0)])
    window = cumulative[(steps + n).clamp(max=len(reward))] - cumulative[:-1]
    return window / scale + DISCOUNT**n * torch.cat([acted[n:], torch.zeros_like(acted[:n])])


def _weights(reward: Tensor, n: int) -> Tensor:
    """Return the discounts of the rewards in each window, [T, T]."""
    steps = torch.arange(len(reward))
    ahead = steps - steps[:, None]
    return torch.where((ahead >= 0) & (ahead < n), DISCOUNT ** ahead.to(reward), 0.0)


CODINGS: dict[str, Coding] = {
    "direct": direct,
    "Horner": horner,
    "matrix": matrix,
    "telescoped": telescoped,
    "differences": differences,
}


def n_step_rule(coding: Coding, n: int) -> Callable[..., dict[str, Tensor]]:
    """Return a rule with targets of this coding: its gradients are the errors of the bids that acted."""

    def gradients(bids: Tensor, reward: Tensor, state: Tensor, action: Tensor) -> dict[str, Tensor]:
        rows = bids[state].detach().requires_grad_()
        acted = at_action(rows, action)
        loss = (acted - coding(reward, acted.detach(), n)).square().sum() / 2
        return by_mechanism(torch.autograd.grad(loss, rows)[0])

    return gradients


def coded(name: str, n: int, audited: AuditVerdict, window: int) -> Case:
    """Judge one coding by what it shares as coded, and by what it can share at most."""
    shared = all_pairs(SHAPE) if name in SHARED_AS_CODED[window] else no_pairs(SHAPE)
    can_share = overlapping_windows(SHAPE, window)
    answer = Answer.IMPLEMENTATION_DEPENDENT if shared or can_share else Answer.MODULAR
    expected = (can_share, shared, answer)
    as_expected = (audited.joined_at_most, audited.joined_as_coded, audited.answer) == expected
    wrong = "" if as_expected else f"the answer is {audited.answer}"
    doubtful = bool(audited.limits or audited.approximated)
    return Case(f"{n}-step, {name}", str(SHAPE), shared, audited.joined_as_coded, wrong, doubtful)


@pytest.mark.claim(
    id="finding.n_step_coding",
    title="2-step targets: the answer depends on how they are coded",
    statement="2-step targets can be coded so that gradients share a hidden variable, and so that they "
    "share none; targets of three steps or more can share a sum of rewards however they are coded.",
    source=["talk:219", "talk:222"],
    kind="finding",
    required=False,
    expected="2-step: modular if coded directly, by Horner's rule or by matrices; implementation-dependent if "
    "coded by telescoped errors or by differences of cumulative sums. 3-step: one answer for all five",
    controls=dict.fromkeys((THREE_STEP, ALL_DIRECT), "not reproduced"),
    differences="The talk says of all n-step methods that they share some sum of rewards.",
)
def test_n_step_coding(record: Recorder) -> None:
    given = inputs(SHAPE)
    reward, acted = given["reward"], given["bids"][:, 0]
    reached = torch.cat([acted[1:], acted[:1]])  # the last value is multiplied by 0
    equal = all(
        torch.allclose(
            code(reward, acted, n), n_step_return(reward, discounts(SHAPE.steps), reached, n)
        )
        for n in (2, 3)
        for code in CODINGS.values()
    )
    found = {
        (name, n): audit(n_step_rule(code, n), given)
        for n in (2, 3)
        for name, code in CODINGS.items()
    }
    cases = [coded(name, n, audited, n) for (name, n), audited in found.items()]
    verdict = judge_cases(cases) if equal else Verdict.NOT_REPRODUCED
    record.outcome(verdict, None, checked=len(cases))
    record.table(
        f"One rule, five codings: {SHAPE}",
        ("window", "coding", "shared as coded", "can be shared", "answer"),
        [
            (
                f"{n} steps",
                name,
                format_pairs(audited.joined_as_coded),
                format_pairs(audited.joined_at_most),
                str(audited.answer),
            )
            for (name, n), audited in found.items()
        ],
    )
    three_step = [coded(name, n, audited, 2) for (name, n), audited in found.items() if n == 3]
    record.control(THREE_STEP, judge_cases(three_step))
    all_direct = [coded("direct", n, audited, 2) for (_, n), audited in found.items() if n == 2]
    record.control(ALL_DIRECT, judge_cases(all_direct))
    record.figure(
        graph_figure(
            found["telescoped", 2],
            "temporal-difference error",
            name="finding.n_step_coding",
            title="2-step targets coded by telescoped errors: A and B in turn",
            alt="Causal graph of 2-step credit assignment coded as sums of single-step errors; the error "
            "of a step leads to the gradient of its own mechanism and to that of the previous step's",
        )
    )
