"""Which implementations of a number are one node, and which numbers are different nodes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from tests.causal.tracing.forward_mode_oracle import traced

if TYPE_CHECKING:
    from collections.abc import Callable

X = torch.tensor([0.9, -1.7, 2.4, 0.1], dtype=torch.float64)
Y = torch.tensor([0.3, 1.2, -0.6, 2.5], dtype=torch.float64)

SAME: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], ...]] = {
    "square": (lambda x, _: x**2, lambda x, _: x * x, lambda x, _: x.square(), lambda x, _: x.pow(2.0)),
    "cube": (lambda x, _: x**3, lambda x, _: x * x * x),
    "fourth power": (lambda x, _: x**4, lambda x, _: x * x * x * x),
    "first power": (lambda x, _: x**1, lambda x, _: x * 1),
    "root": (lambda x, _: (x + 9) ** 0.5, lambda x, _: (x + 9).sqrt()),
    "reciprocal": (lambda x, _: x**-1, lambda x, _: 1 / x, lambda x, _: x.reciprocal()),
    "reciprocal root": (lambda x, _: (x + 9).rsqrt(), lambda x, _: 1 / (x + 9).sqrt()),
    "quotient": (lambda x, y: x / y, lambda x, y: x * y.reciprocal(), torch.div),
    "negative": (lambda x, _: -x, lambda x, _: x * -1, lambda x, _: 0 - x, lambda x, _: x.neg()),
    "difference": (
        lambda x, y: x - y,
        lambda x, y: x + -y,
        torch.sub,
        lambda x, y: torch.rsub(y, x),
        lambda x, y: torch.add(x, y, alpha=-1),
    ),
    "less": (lambda x, y: (x < y) * 1.0, lambda x, y: (y > x) * 1.0),
    "not more": (lambda x, y: (x <= y) * 1.0, lambda x, y: (y >= x) * 1.0),
    "mean": (lambda x, _: x.mean().view(1), lambda x, _: x.sum().view(1) / 4),
    "sum": (lambda x, _: x.sum(), lambda x, _: torch.einsum("i->", x), lambda x, _: torch.ones(4).double() @ x),
    "running sum": (lambda x, _: x.cumsum(0), lambda x, _: torch.stack([x[0], x[0] + x[1], x[0] + x[1] + x[2], x[0] + x[1] + x[2] + x[3]])),
    "running product": (lambda x, _: x.cumprod(0), lambda x, _: torch.stack([x[0], x[0] * x[1], x[0] * x[1] * x[2], x[0] * x[1] * x[2] * x[3]])),
    "dot": (lambda x, y: x @ y, lambda x, y: (x * y).sum(), lambda x, y: torch.einsum("i,i", x, y)),
    "norm": (lambda x, _: x.norm(), lambda x, _: x.square().sum().sqrt()),
    "variance": (lambda x, _: x.var(correction=0), lambda x, _: (x - x.mean()).square().mean()),
    "exponential": (lambda x, _: (x + 2).exp(), lambda x, _: x.exp() * math.exp(2)),
    "logarithm": (lambda x, _: (3 * x.cosh()).log() - math.log(3), lambda x, _: x.cosh().log()),
    "softmax": (lambda x, _: x.softmax(0), lambda x, _: x.exp() / x.exp().sum(), lambda x, _: (x - 3).softmax(0)),
    "log-sum-exp": (lambda x, _: x.logsumexp(0), lambda x, _: x.exp().sum().log(), lambda x, _: (x - 5).logsumexp(0) + 5),
    "squared error": (F.mse_loss, lambda x, y: ((x - y) ** 2).mean()),
    "chosen": (lambda x, y: torch.where(x > y, x, 0.0), lambda x, y: (x > y) * x),
    "chosen in place": (lambda x, y: x.masked_fill(x > y, 2.0), lambda x, y: torch.where(x > y, 2.0, x)),
    "round trip": (lambda x, _: x.flip(0).flip(0), lambda x, _: x.view(2, 2).t().t().reshape(4)),
    "unseen": (lambda x, _: x.logcumsumexp(0), lambda x, _: x.clone().logcumsumexp(0)),
    "result in memory": (lambda x, _: x.sin(), lambda x, _: torch.sin(x, out=torch.ones(4).double())),
}  # fmt: skip

APART: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], ...]] = {
    "powers": (lambda x, _: x, lambda x, _: x**2, lambda x, _: x**3, lambda x, _: x**4, lambda x, _: (x * x) ** 0.85, lambda x, _: (x * x) ** 1.7),
    "comparisons": (
        lambda x, y: (x > y) * 1.0,
        lambda x, y: (x < y) * 1.0,
        lambda x, y: (x >= y) * 1.0,
        lambda x, y: (x <= y) * 1.0,
        lambda x, y: (x == y) * 1.0,
        lambda x, y: (x != y) * 1.0,
    ),
    "truths": (lambda x, _: (x > 0).any() * 1.0, lambda x, _: (x > 0).all() * 1.0),
    "clamps": (lambda x, _: x.clamp(min=0.5), lambda x, _: x.clamp(max=0.5), lambda x, _: x.clamp(0.5, 1)),
    "whole numbers": (lambda x, _: x.long() * 1.0, lambda x, _: x.bool() * 1.0, lambda x, _: x.to(torch.uint8) * 1.0),
    "roundings": (lambda x, _: x.floor(), lambda x, _: x.ceil(), lambda x, _: x.round(), lambda x, _: x.trunc()),
    "divisions": (lambda x, y: torch.div(x, y, rounding_mode="floor"), lambda x, y: torch.div(x, y, rounding_mode="trunc"), lambda x, y: x / y),
    "activations": (lambda x, _: F.gelu(x), lambda x, _: F.gelu(x, approximate="tanh"), lambda x, _: F.silu(x)),
    "settings": (lambda x, _: F.leaky_relu(x, 0.1), lambda x, _: F.leaky_relu(x, 0.2), lambda x, _: F.elu(x, 0.5)),
    "unseen": (lambda x, _: x.logcumsumexp(0), lambda x, _: x.flip(0).logcumsumexp(0), lambda x, _: x.view(2, 2).logcumsumexp(0).view(4), lambda x, _: x.view(2, 2).logcumsumexp(1).view(4)),
    "larger and smaller": (lambda x, _: torch.maximum(x, 0.5 * torch.ones(4)), lambda x, _: torch.minimum(x, 0.5 * torch.ones(4))),
    "not a number": (lambda x, _: x.nan_to_num(nan=1.0), lambda x, _: x.nan_to_num(posinf=1.0), lambda x, _: x.nan_to_num(neginf=1.0)),
    "chosen": (lambda x, y: torch.where(x > y, x, y), lambda x, y: torch.where(x > y, y, x), lambda x, y: (x > y) * x),
}  # fmt: skip


def nodes(*functions: Callable[[Tensor, Tensor], Tensor], strict: bool = False) -> list[list[int]]:
    """Run functions in one trace, and list the ids of each."""
    found: list[Tensor] = []

    def together(x: Tensor, y: Tensor) -> Tensor:
        found.extend(function(x, y).flatten() for function in functions)
        return x * 1

    _, trace = traced(together, [X, Y], strict=strict)
    return [trace.ids(x).tolist() for x in found]


@pytest.mark.filterwarnings("ignore:An output with one or more elements was resized")
@pytest.mark.parametrize("name", SAME)
def test_implementations_of_one_number(name: str) -> None:
    values = [function(X.clone(), Y.clone()).flatten().double() for function in SAME[name]]
    for value in values[1:]:
        torch.testing.assert_close(value, values[0])
    found = nodes(*SAME[name])
    assert all(one == found[0] for one in found[1:])


@pytest.mark.parametrize("name", APART)
def test_different_numbers(name: str) -> None:
    found = nodes(*APART[name])
    for place in zip(*found, strict=True):
        assert len(set(place)) == len(place)


def test_strict_larger_and_smaller_are_different() -> None:
    larger, smaller = nodes(torch.maximum, torch.minimum, strict=True)
    assert set(larger).isdisjoint(smaller)
    again, _ = nodes(
        lambda x, y: torch.stack([x, y]).amax(0), lambda x, y: torch.fmin(y, x), strict=True
    )
    assert len(set(again)) == 4


CHOSEN: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "or zero": lambda x, y: torch.where(y > 1, x, 0.0),
    "zero or": lambda x, y: torch.where(y > 1, 0.0, x),
    "or another": lambda x, y: torch.where(y > 1, x, x + 1),
    "masked": lambda x, y: x.masked_fill(y > 1, 0.0),
    "masked with a number": lambda x, y: x.masked_fill(y > 1, 3.0),
    "numbers": lambda x, y: torch.where(y > 1, 2.0, 3.0) + 0 * x,
}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_condition_is_an_input(name: str) -> None:
    found, _ = traced(CHOSEN[name], [X, Y])
    for place, reach in enumerate(found):
        assert (1, place) in reach
        assert ((0, place) in reach) == (name != "numbers")


@pytest.mark.parametrize(
    "padded", [lambda x: torch.stack([x, 0 * x]).amax(0), lambda x: F.pad(x, (1, 0)).max()]
)
def test_a_selected_constant_is_not_a_selection_later(padded: Callable[[Tensor], Tensor]) -> None:  # fmt: skip
    """If a maximum is the constant 0, a later comparison with 0 is not taken for an argmax."""

    def function(x: Tensor, y: Tensor) -> Tensor:
        padded(-x.abs())
        return (y.round() == 0).to(y.dtype)

    found, _ = traced(function, [X, Y])
    assert found == [frozenset({(1, i)}) for i in range(4)]
