"""Sums that can be shared once a common factor is taken out, and the precision with which weights are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, Verdict, audit

if TYPE_CHECKING:
    from collections.abc import Callable

    Gradients = dict[str, Tensor]

MODULAR, IMPLEMENTATION_DEPENDENT = Answer.MODULAR, Answer.IMPLEMENTATION_DEPENDENT
STEPS = 3


def given(dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    """Draw bids [3, 2] and noise [3, 2] of two mechanisms, and rewards [3]."""
    generator = torch.Generator().manual_seed(2)
    bids, noise = (torch.rand(STEPS, 2, generator=generator, dtype=dtype) for _ in range(2))
    return {"bids": bids, "noise": noise, "rewards": torch.tensor([1.5, 2.5, 0.5], dtype=dtype)}


def checked(rule: Callable[..., Gradients], dtype: torch.dtype = torch.float64) -> Verdict:
    verdict = audit(rule, given(dtype), verify=True)
    assert not any(one.violates for one in verdict.interventions)
    assert verdict.limits == ()
    return verdict


def _returns_times_scores(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
    returns = rewards.flip(0).cumsum(0).flip(0)
    made = (noise - bids) * returns[:, None]
    return {"a": made[:, 0], "b": made[:, 1]}


def _traces(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
    made, trace = torch.zeros_like(bids), torch.zeros_like(bids)
    for t in range(STEPS):
        trace = trace.clone()
        trace[t] = noise[t] - bids[t]
        made = made + rewards[t] * trace
    return {"a": made[:, 0], "b": made[:, 1]}


def _expanded(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
    """Distribute the difference too: Σ r n - Σ r b."""
    later = torch.ones(STEPS, STEPS).triu().to(bids)
    made = (later[:, :, None] * rewards[:, None] * noise[:, None]).sum(1)
    made = made - (later[:, :, None] * rewards[:, None] * bids[:, None]).sum(1)
    return {"a": made[:, 0], "b": made[:, 1]}


def _einsum(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
    made = torch.einsum(
        "ts,s,tk->tk", torch.ones(STEPS, STEPS).triu().to(bids), rewards, noise - bids
    )
    return {"a": made[:, 0], "b": made[:, 1]}


def _one_of_each(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
    return {
        "a": _traces(bids, noise, rewards)["a"],
        "b": _returns_times_scores(bids, noise, rewards)["b"],
    }


CODINGS = {
    "traces": _traces,
    "expanded": _expanded,
    "one of each": _one_of_each,
}


@pytest.mark.parametrize("name", CODINGS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_returns_times_scores_in_other_codings_share_the_returns(
    name: str, dtype: torch.dtype
) -> None:
    """All compute Σ_t r_t z_t for each score; the return of two or more rewards can be shared."""
    numbers = {
        n: rule(**given(dtype)) for n, rule in {**CODINGS, "": _returns_times_scores}.items()
    }
    for key, value in numbers[""].items():
        assert torch.allclose(numbers[name][key], value)
    verdict = checked(CODINGS[name], dtype)
    assert verdict.answer is IMPLEMENTATION_DEPENDENT
    assert verdict.joined_at_most == {("a", "b")}
    assert checked(_returns_times_scores, dtype).answer is Answer.NOT_MODULAR
    assert checked(_einsum, dtype).answer is not MODULAR


def test_decayed_traces() -> None:
    """Σ_t r_t Σ_s λ^(t-s) z_s."""

    def rule(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
        made, trace = torch.zeros(2).to(bids), torch.zeros(2).to(bids)
        for t in range(STEPS):
            trace = 0.9 * trace + (noise[t] - bids[t])
            made = made + rewards[t] * trace
        return {"a": made[0], "b": made[1]}

    assert checked(rule).answer is IMPLEMENTATION_DEPENDENT


Pair = tuple["Callable[..., Tensor]", "Callable[..., Tensor]"]
# Functions of rewards r and of the mechanism's own two numbers x and y.
PAIRS: dict[str, tuple[Pair, Answer]] = {
    "expanded": (
        (lambda r, x, _: r[0] * x + r[1] * x, lambda r, x, _: r[0] * x + r[1] * x),
        IMPLEMENTATION_DEPENDENT,
    ),
    "one expanded, the other a product": (
        (lambda r, x, _: r[0] * x + r[1] * x, lambda r, x, _: (r[0] + r[1]) * x),
        IMPLEMENTATION_DEPENDENT,
    ),
    "two factors": (
        (lambda r, x, y: r[0] * x * y + r[1] * x * y, lambda r, x, _: r[1] * x + r[0] * x),
        IMPLEMENTATION_DEPENDENT,
    ),
    "among other terms": (
        (lambda r, x, y: r[0] * x + r[2] * y + r[1] * x, lambda r, x, y: r[0] * y + r[1] * y + x),
        IMPLEMENTATION_DEPENDENT,
    ),
    "errors": (
        (lambda r, x, y: (r[0] - r[2]) * x + (r[1] - r[2]) * x + y, lambda r, x, y: r[0] * x + r[1] * x + y),
        IMPLEMENTATION_DEPENDENT,
    ),
    "another ratio": (
        (lambda r, x, _: r[0] * x + r[1] * x, lambda r, x, _: r[0] * x - r[1] * x),
        MODULAR,
    ),
    "one reward in common": (
        (lambda r, x, _: r[0] * x + r[1] * x, lambda r, x, _: r[1] * x + r[2] * x),
        MODULAR,
    ),
    "different factors": (
        (lambda r, x, y: r[0] * x + r[1] * y, lambda r, x, y: r[0] * x + r[1] * y),
        MODULAR,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_of_sums(name: str) -> None:
    (first, second), answer = PAIRS[name]

    def rule(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
        return {
            "a": first(rewards, bids[0, 0], noise[0, 0]),
            "b": second(rewards, bids[0, 1], noise[0, 1]),
        }

    verdict = checked(rule)
    assert verdict.answer is answer


LOW = (torch.bfloat16, torch.float16)


@pytest.mark.parametrize("dtype", [*LOW, torch.float32, torch.float64])
def test_rounded_discounts_have_one_ratio(dtype: torch.dtype) -> None:
    def rule(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:  # noqa: ARG001 - all inputs are passed
        discounts = torch.full((STEPS,), 0.9, dtype=dtype).cumprod(0) / 0.9
        returns = [(discounts[: STEPS - t] * rewards[t:]).sum() for t in range(STEPS)]
        return {"a": bids[0, 0] - returns[0], "b": bids[1, 1] - returns[1]}

    assert checked(rule, dtype).answer is IMPLEMENTATION_DEPENDENT


@pytest.mark.parametrize("dtype", [*LOW, torch.float32, torch.float64])
def test_a_discounted_two_cycle_has_two_ratios(dtype: torch.dtype) -> None:
    def rule(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:  # noqa: ARG001 - as above
        x, y = bids[0]
        return {"a": rewards[0] + 0.9 * y - x, "b": rewards[1] + 0.9 * x - y}

    assert checked(rule, dtype).answer is MODULAR


def test_autocast_rounds_inside_a_rule() -> None:
    def rule(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:  # noqa: ARG001 - as above
        weights = 0.9 ** torch.tensor([[0.0, 1, 2], [0, 0, 1], [0, 0, 0]]) * torch.ones(3, 3).triu()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            returns = (weights @ rewards).to(bids)
        return {"a": bids[0, 0] - returns[0], "b": bids[1, 1] - returns[1]}

    assert checked(rule, torch.float32).answer is IMPLEMENTATION_DEPENDENT


def test_division_by_a_given_number_shares_nothing() -> None:
    def rule(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
        scale = rewards[0] + 1
        return {"a": bids[:, 0] / scale, "b": noise[:, 1] * (1 / scale)}

    assert checked(rule).answer is MODULAR

    def by_a_sum(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
        return {"a": bids[:, 0] / rewards.sum(), "b": noise[:, 1] / rewards.sum()}

    assert checked(by_a_sum).answer is Answer.NOT_MODULAR


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_division_by_zero_shares_nothing_but_what_is_divided(zero: float) -> None:
    """As in torch, the result is infinite, and no error."""
    bids = {"bids": torch.tensor([0.5, 1.5])}

    def alone(bids: Tensor) -> Gradients:
        return {"a": bids[:1] / zero, "b": bids[1:] / torch.tensor(zero)}

    def shared(bids: Tensor) -> Gradients:
        total = bids.logsumexp(0)
        return {"a": total / zero, "b": total * bids[1] / zero}

    assert audit(alone, bids).answer is MODULAR
    # What any code would share is not found behind an infinite factor, so it need not be "not modular".
    assert audit(shared, bids).answer is not MODULAR


def test_a_shared_sum_may_consist_of_products_that_the_code_does_not_compute() -> None:
    """(w r₀) s₀ + (w r₁) s₁ is w (r₀ s₀ + r₁ s₁), in which neither product is computed as coded."""

    def rule(bids: Tensor, noise: Tensor, rewards: Tensor) -> Gradients:
        r, s = rewards, noise[:, 0]
        made = [(w * r[0]) * s[0] + (w * r[1]) * s[1] for w in bids[0]]
        return {"a": made[0], "b": made[1]}

    assert checked(rule).answer is IMPLEMENTATION_DEPENDENT
