"""One function computed by two programs is one hidden variable, whichever mechanism uses which program."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from repro.causal import Answer, Verdict, audit

if TYPE_CHECKING:
    from collections.abc import Callable

Function: TypeAlias = "Callable[[Tensor, Tensor], Tensor]"

BIDS = torch.tensor([0.1, 0.7, 0.4], dtype=torch.float64)
REWARDS = torch.tensor([1.5, 2.5, 0.5], dtype=torch.float64)


def checked(rule: Callable[[Tensor, Tensor], dict[str, Tensor]]) -> Verdict:
    """Audit a rule of bids and rewards; the intervention check must agree with the graph."""
    given = {"bids": BIDS, "rewards": REWARDS}
    verdict = audit(lambda **inputs: rule(*inputs.values()), given, verify=True)
    assert not any(one.violates for one in verdict.interventions)
    assert verdict.limits == ()
    return verdict


def audit_both(first: Function, second: Function) -> Verdict:
    """Audit two mechanisms that each multiply their own reward with a function of the same two bids."""
    return checked(
        lambda bids, rewards: {
            "a": first(bids[0], bids[1]) * rewards[0],
            "b": second(bids[0], bids[1]) * rewards[1],
        }
    )


def _softmax(x: Tensor, y: Tensor) -> Tensor:
    return torch.stack([x, y]).softmax(0)[0]


def _log_softmax(x: Tensor, y: Tensor) -> Tensor:
    return torch.stack([x, y]).log_softmax(0)[0]


COMPARISONS: dict[str, tuple[Function, Function]] = {
    "swapped": (lambda x, y: (x > y).double(), lambda x, y: (y > x).double()),
    "negated": (lambda x, y: (x >= y).double(), lambda x, y: (x < y).double()),
    "negated by an operator": (lambda x, y: (x > y).double(), lambda x, y: (~(x > y)).double()),
    "of a difference": (lambda x, y: (x - y > 0).double(), lambda x, y: (y > x).double()),
    "swapped difference": (lambda x, y: (x - y > 0).double(), lambda x, y: (y - x > 0).double()),
    "shifted": (lambda x, y: (x > y + 1).double(), lambda x, y: (x - 1 > y).double()),
    "scaled": (lambda x, y: (2 * x > y).double(), lambda x, y: (y < 2 * x).double()),
    "sign": (lambda x, y: (x - y).sign(), lambda x, y: (y > x).double()),
    "equal": (lambda x, y: (x == y).double(), lambda x, y: (y != x).double()),
    "of integers": (lambda x, y: (x > y).long() * 1.0, lambda x, y: 1.0 - (y >= x).long()),
    "where": (lambda x, y: torch.where(x > y, 3.0, x), lambda x, y: torch.where(y >= x, x, 3.0)),
    "de Morgan": (
        lambda x, y: ((x > 0.3) & (y > 0.2)).double(),
        lambda x, y: ((x <= 0.3) | (y <= 0.2)).double(),
    ),
    "exclusive or": (
        lambda x, y: torch.logical_xor(x > 0.3, y > 0.2).double(),
        lambda x, y: torch.logical_xor(y > 0.2, x > 0.3).double(),
    ),
    "truth": (lambda x, _: x.bool().double(), lambda x, _: (x != 0).double()),
}
SYMMETRIC: dict[str, tuple[Function, Function]] = {
    "logaddexp": (torch.logaddexp, lambda x, y: torch.logaddexp(y, x)),
    "logaddexp2": (torch.logaddexp2, lambda x, y: torch.logaddexp2(y, x)),
    "hypot": (torch.hypot, lambda x, y: torch.hypot(y, x)),
    "smooth loss": (F.smooth_l1_loss, lambda x, y: F.smooth_l1_loss(y, x)),
    "Huber loss": (F.huber_loss, lambda x, y: F.huber_loss(y, x)),
    "absolute difference": (lambda x, y: (x - y).abs(), lambda x, y: (y - x).abs()),
    "distance": (torch.dist, lambda x, y: torch.dist(y, x)),
    "odd": (lambda x, _: x.tanh(), lambda x, _: (-x).tanh()),
    "even": (lambda x, _: x.cos(), lambda x, _: (-x).cos()),
}
REWRITTEN: dict[str, tuple[Function, Function]] = {
    "logaddexp": (torch.logaddexp, lambda x, y: torch.stack([y, x]).logsumexp(0)),
    "logaddexp2": (torch.logaddexp2, lambda x, y: (x.exp2() + y.exp2()).log2()),
    "hypot": (torch.hypot, lambda x, y: (x**2 + y**2).sqrt()),
    "softmax and sigmoid": (_softmax, lambda x, y: (y - x).sigmoid()),
    "sigmoid by hand": (lambda x, y: (x - y).sigmoid(), lambda x, y: 1 / (1 + (x - y).exp())),
    "sigmoid of the negative": (lambda x, _: x.sigmoid(), lambda x, _: (-x).sigmoid()),
    "log-softmax and log-sigmoid": (_log_softmax, lambda x, y: F.logsigmoid(y - x)),
    "log-softmax and softplus": (_log_softmax, lambda x, y: F.softplus(x - y)),
    "softplus by hand": (lambda x, _: F.softplus(x), lambda x, _: (1 + x.exp()).log()),
    "silu": (lambda x, _: F.silu(x), lambda x, _: x.sigmoid()),
    "exp2": (lambda x, _: x.exp2(), lambda x, _: (x * 0.6931471805599453).exp()),
    "power of a constant": (lambda x, _: 2.0**x, lambda x, _: x.exp2()),
    "expm1": (lambda x, _: x.expm1(), lambda x, _: x.exp()),
    "log1p": (lambda x, _: x.log1p(), lambda x, _: (1 + x).log()),
    "log10": (lambda x, _: x.log10(), lambda x, _: x.log2()),
    "xlogy": (lambda x, y: torch.xlogy(y, x), lambda x, _: x.log()),
    "rsqrt": (lambda x, _: x.rsqrt(), lambda x, _: x**-0.5),
    "sqrt": (lambda x, _: x.sqrt(), lambda x, _: x**0.5),
    "reciprocal": (lambda x, y: (x + y).reciprocal(), lambda x, y: 1 / (y + x)),
    "relu": (lambda x, _: x.relu(), lambda x, _: x.clamp(min=0)),
    "relu and maximum": (lambda x, _: x.relu(), lambda x, _: x.maximum(torch.tensor(0.0))),
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_of_one_pair_of_numbers_share_their_outcome(name: str) -> None:
    assert audit_both(*COMPARISONS[name]).answer is Answer.NOT_MODULAR


@pytest.mark.parametrize("name", SYMMETRIC)
def test_the_order_of_a_symmetric_functions_arguments_changes_nothing(name: str) -> None:
    assert audit_both(*SYMMETRIC[name]).answer is Answer.NOT_MODULAR


@pytest.mark.parametrize("name", REWRITTEN)
def test_two_programs_for_one_function(name: str) -> None:
    assert audit_both(*REWRITTEN[name]).answer is Answer.NOT_MODULAR


def test_a_square_can_be_multiplied_in_two_orders() -> None:
    """x² r is (x x) r or x (x r)."""
    found = audit_both(lambda x, _: x.square(), lambda x, _: x * x)
    assert found.answer is Answer.IMPLEMENTATION_DEPENDENT
    assert found.joined_as_coded


OWN: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "sigmoid": lambda bid, reward: bid.sigmoid() * reward,
    "relu": lambda bid, reward: bid.relu() * reward,
    "comparison": lambda bid, reward: (bid > reward) * reward,
    "comparison with a constant": lambda bid, reward: (bid > 0.3) * reward,
    "softplus": lambda bid, reward: F.softplus(bid - reward),
    "log-sum-exp": torch.logaddexp,
}


@pytest.mark.parametrize("name", OWN)
def test_functions_of_a_mechanisms_own_numbers_stay_its_own(name: str) -> None:
    function = OWN[name]
    verdict = checked(lambda b, r: {n: function(b[k], r[k]) for k, n in enumerate("abc")})
    assert verdict.answer is Answer.MODULAR


def test_comparing_with_one_number_shares_no_outcome() -> None:
    verdict = checked(lambda b, r: {n: (b[k] > r[0]) * r[k] for k, n in enumerate("abc")})
    assert verdict.answer is Answer.MODULAR


def test_a_comparison_computes_no_difference() -> None:
    compared = checked(lambda b, r: {"a": (b[0] > b[1]) * r[0], "b": (b[0] - b[1]) * r[1]})
    assert compared.answer is Answer.MODULAR
    subtracted = checked(lambda b, r: {"a": (b[0] - b[1] > 0) * r[0], "b": (b[0] - b[1]) * r[1]})
    assert subtracted.answer is Answer.IMPLEMENTATION_DEPENDENT
    assert subtracted.joined_as_coded


@pytest.mark.parametrize("select", [torch.maximum, torch.minimum, torch.fmax])
def test_the_backward_pass_of_a_selection_is_context(select: Function) -> None:
    def rule(bids: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        b = bids.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(select(b[0], b[1]) * rewards[0], b)
        return {"a": gradient[0] * bids[0], "b": gradient[1] * bids[1]}

    assert checked(rule).answer is Answer.MODULAR
