"""Finding: whether 2-step targets share a sum depends on how they are coded; from n = 3 on they can anyway.

By hand. A and B act in turn, four times, in four states. A 2-step target is r(t) + γ r(t+1) + γ² Q(t+2), where
Q(t) is the bid that acted at t. The windows of two steps overlap in one reward at most, so there is no
sum that two errors must contain. But code may make one on the way:

    direct       as written: each sum is part of one target;
    Horner       r(t) + γ (r(t+1) + γ Q(t+2)): so is each inner sum;
    matrix       W r + V Q: each row for itself;
    telescoped   Q(t) + δ(t) + γ δ(t+1), where δ(t) = r(t) + γ Q(t+1) - Q(t): δ(t+1) is part of two;
    differences  (C(t+2) - C(t)) / γ^t + γ² Q(t+2), where C(t) = Σ r(i) γ^i over i < t: so is C(t).

What the last two make is theirs alone: it cancels out when sums of sums are written out. So the audit calls
the first three modular, and the last two "depends on coding": shared as coded, though no sum has to be.

At n = 3 the windows of neighbours overlap in two rewards, and all five get one answer: a sum can be shared.
Whether it is hangs on the code once more: direct and matrix never make it; Horner does at the end of
the trajectory, where the inner sum r(2) + γ r(3) is the whole target of step 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from claims.theory._by_hand import everybody, nobody, overlapping
from claims.theory._cases import Case, drawn, judge, written
from claims.theory._codings import CODINGS, n_step_rule
from claims.theory._rules import DISCOUNT, inputs
from claims.theory._shapes import Shape
from repro.causal import Answer, audit
from repro.credit.multistep import n_step_return
from repro.verdicts.verdict import Verdict

if TYPE_CHECKING:
    from repro.causal import Verdict as Traced
    from repro.plugin.recorder import Recorder

SHAPE = Shape((0, 1, 2, 3), (0, 1, 0, 1), 2)


SHARED_AS_CODED = {2: ("telescoped", "differences"), 3: ("Horner", "telescoped", "differences")}


def coded(name: str, n: int, traced: Traced, window: int) -> Case:
    """Judge one coding by what it shares as it stands, and by what it can share at most."""
    shared = everybody(SHAPE) if name in SHARED_AS_CODED[window] else nobody(SHAPE)
    can = overlapping(SHAPE, window)
    answer = Answer.DEPENDS if shared or can else Answer.MODULAR
    wrong = ""
    if traced.joined_at_most != can or traced.joined_as_coded != shared or traced.answer != answer:
        wrong = f"the answer is {traced.answer}"
    doubtful = bool(traced.limits or traced.approximated)
    return Case(f"{n}-step, {name}", str(SHAPE), shared, traced.joined_as_coded, wrong, doubtful)


@pytest.mark.claim(
    id="finding.n_step_coding",
    title="2-step targets: the answer depends on how they are coded",
    statement="2-step targets can be coded so that gradients share a hidden variable and so that they "
    "share none; targets of three steps or more can share a sum of rewards however they are coded.",
    source=["talk:219", "talk:222"],
    kind="finding",
    required=False,
    expected="2-step: modular if coded directly, by Horner's rule or by matrices; depends on coding if by "
    "telescoped errors or by differences of running sums. 3-step: one answer for all five",
    controls={
        "3-step targets in place of 2-step ones": "not reproduced",
        "2-step targets, every coding taken for the direct one": "not reproduced",
    },
    differences="The talk says of all n-step methods that they share some sum of rewards.",
)
def test_n_step_coding(record: Recorder) -> None:
    given = inputs(SHAPE)
    reward, acted = given["reward"], given["bids"][:, 0]
    discount = torch.tensor([DISCOUNT] * (SHAPE.steps - 1) + [0.0])
    reached = torch.cat([acted[1:], acted[:1]])  # the last is worth nothing
    alike = all(
        torch.allclose(code(reward, acted, n), n_step_return(reward, discount, reached, n))
        for n in (2, 3)
        for code in CODINGS.values()
    )
    found = {
        (name, n): audit(n_step_rule(code, n), given)
        for n in (2, 3)
        for name, code in CODINGS.items()
    }
    cases = [coded(name, n, traced, n) for (name, n), traced in found.items()]
    record.outcome(judge(cases) if alike else Verdict.NOT_REPRODUCED, None, checked=len(cases))
    record.table(
        f"One rule, five codings: {SHAPE}",
        ("window", "coding", "shared as coded", "can be shared", "answer"),
        [
            (
                f"{n} steps",
                name,
                written(traced.joined_as_coded),
                written(traced.joined_at_most),
                str(traced.answer),
            )
            for (name, n), traced in found.items()
        ],
    )
    record.control(
        "3-step targets in place of 2-step ones",
        judge([coded(name, n, traced, 2) for (name, n), traced in found.items() if n == 3]),
    )
    record.control(
        "2-step targets, every coding taken for the direct one",
        judge([coded("direct", n, traced, 2) for (_, n), traced in found.items() if n == 2]),
    )
    record.figure(
        drawn(
            found["telescoped", 2],
            "temporal-difference error",
            name="finding.n_step_coding",
            title="2-step targets coded by telescoped errors: A and B in turn",
            alt="Causal graph of 2-step credit assignment coded as sums of single-step errors; the error "
            "of a step leads to the gradient of its own mechanism and to that of the step before",
        )
    )
