"""Names and expressions of hidden variables: the exact text for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from repro.causal.symbolic.flatten_sums import FlattenedSums
from repro.causal.symbolic.naming import INFORMATIVE, Naming
from repro.causal.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)
REWARD = torch.tensor([0.2, 0.7, -0.4], dtype=torch.float64)


def label(place: int, element: int) -> str:
    return f"{'bids' if place == 0 else 'reward'}[{element}]"


def name_and_expression(
    function: Callable[[Tensor, Tensor], Tensor], *, strict: bool = False
) -> tuple[str, str]:
    """Get the name and the expression of the first element that a function computes."""
    trace = Trace(strict=strict)
    bids, reward = BIDS.clone(), REWARD.clone()
    trace.add_input(bids, 0)
    trace.add_input(reward, 1)
    with trace:
        result = function(bids, reward)
    i = int(trace.ids(result).flatten()[0])
    flat = FlattenedSums(trace.expressions, [i], set())
    naming = Naming(flat.expressions, label)
    return naming.name(flat.expressions.base[flat.id(i)]), naming.expression(flat.id(i))


NAMED: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], str, str]] = {
    "log-sum-exp": (
        lambda b, _: b.logsumexp(0),
        "log-sum-exp",
        "log(exp(bids[0]) + exp(bids[1]) + exp(bids[2]))",
    ),
    "log-sum-exp by hand": (
        lambda b, _: (b - 7).exp().sum().log() + 7,
        "log-sum-exp",
        "log(exp(bids[0]) + exp(bids[1]) + exp(bids[2]))",
    ),
    "normaliser": (
        lambda b, _: b[:2].exp().sum(),
        "softmax normaliser",
        "(exp(bids[0]) + exp(bids[1]))",
    ),
    "log-probability": (
        lambda b, _: b[:2].log_softmax(0),
        "log-probability",
        "(bids[0] - log(exp(bids[0]) + exp(bids[1])))",
    ),
    "probability": (
        lambda b, _: b[:2].log_softmax(0).exp(),
        "softmax probability",
        "exp(bids[0] - log(exp(bids[0]) + exp(bids[1])))",
    ),
    "return": (
        lambda _, r: r[0] + 0.9 * r[1] + 0.81 * r[2],
        "discounted sum",
        "(reward[0] + 0.9 reward[1] + 0.81 reward[2])",
    ),
    "return with a value": (
        lambda b, r: r[0] + 0.9 * r[1] + 0.81 * b[2],
        "discounted sum",
        "(0.81 bids[2] + reward[0] + 0.9 reward[1])",
    ),
    "return less a value": (
        lambda b, r: r[0] + 0.9 * r[1] - b[2],
        "discounted sum",
        "(reward[0] - bids[2] + 0.9 reward[1])",
    ),
    "return of the first input less one of the second": (
        lambda b, r: b[0] + 0.9 * b[1] - r[2],
        "discounted sum",
        "(bids[0] + 0.9 bids[1] - reward[2])",
    ),
    "less a logarithm": (
        lambda b, r: r[0] - b[0].log(),
        "sum",
        "(reward[0] - log(bids[0]))",
    ),
    "error": (
        lambda b, r: r[0] + 0.9 * b[1] - b[0],
        "temporal-difference error",
        "(0.9 bids[1] - bids[0] + reward[0])",
    ),
    "last error": (
        lambda b, r: r[0] - b[0],
        "temporal-difference error",
        "(reward[0] - bids[0])",
    ),
    "sum": (lambda _, r: r.sum(), "sum", "(reward[0] + reward[1] + reward[2])"),
    "undiscounted differences": (
        lambda _, r: r[0] - r[1] + 2 * r[2],
        "sum",
        "(reward[0] - reward[1] + 2 reward[2])",
    ),
    "threefold": (
        lambda b, r: torch.add(b[0], r[0], alpha=3),
        "sum",
        "(bids[0] + 3 reward[0])",
    ),
    "threefold less": (
        lambda b, r: torch.sub(b[0], r[0], alpha=3),
        "sum",
        "(bids[0] - 3 reward[0])",
    ),
    "threefold less, reversed": (
        lambda b, r: torch.rsub(b[0], r[0], alpha=3),
        "sum",
        "(reward[0] - 3 bids[0])",
    ),
    "standard deviation": (
        lambda _, r: r.std(unbiased=False),
        "standard deviation",
        "",
    ),
    "norm": (
        lambda b, _: b[:2].norm(),
        "norm",
        "sqrt(bids[0] × bids[0] + bids[1] × bids[1])",
    ),
    "function of a sum": (
        lambda b, _: b.sum().cos(),
        "cos",
        "cos(bids[0] + bids[1] + bids[2])",
    ),
    "logarithm of a multiple": (
        lambda b, _: (2 * b[0]).log(),
        "logarithm",
        "(log(bids[0]) + 0.6931)",
    ),
    "of a negative one": (lambda b, _: (-0.5 * b[1]).log(), "logarithm", "log(-0.5 bids[1])"),
    "of a shifted one": (lambda b, _: (b[0] + 2).log(), "logarithm", "log(bids[0] + 2)"),
    "product": (lambda b, r: b[0] * r[1], "product", "bids[0] × reward[1]"),
    "affine": (lambda b, _: 3 * b[1].exp() - 2, "exponential", "(3 exp(bids[1]) - 2)"),
    "comparison": (lambda b, r: (b[0] > r[0]) * 1.0, "comparison", "(bids[0] - reward[0] > 0)"),
    "condition": (
        lambda b, r: torch.where(b[0] > r[0], b[1], r[1]),
        "conditional value",
        "where((bids[0] - reward[0] > 0), bids[1], reward[1])",
    ),
    "clipped": (lambda b, _: b[0].clamp(-1, 1), "clamp", "clamp(bids[0], -1, 1)"),
    "unknown": (
        lambda b, _: b.logcumsumexp(0),
        "output of logcumsumexp",
        "logcumsumexp(bids[0], bids[1], bids[2])",
    ),
    "input": (lambda b, _: b[1] * 1, "input", "bids[1]"),
    "negative": (lambda b, _: -b[1], "input", "-bids[1]"),
}


@pytest.mark.parametrize("kind", NAMED)
def test_names_and_expressions(kind: str) -> None:
    function, name, expression = NAMED[kind]
    found = name_and_expression(function)
    assert found[0] == name
    assert found[1] == expression or not expression


def test_order_statistics() -> None:
    second = name_and_expression(lambda b, _: b.topk(2).values[1], strict=True)
    assert second == ("order statistic", "2-largest of 3 (bids[0], bids[1], bids[2])")
    assert name_and_expression(lambda b, _: b.argmax() * 1.0, strict=True)[0] == "order statistic"


def test_names_depend_on_what_is_computed_and_not_on_the_code() -> None:
    codings: list[Callable[[Tensor, Tensor], Tensor]] = [
        lambda b, _: b.logsumexp(0),
        lambda b, _: (b[2].exp() + b[0].exp() + b[1].exp()).log(),
        lambda b, _: torch.log(torch.exp(b.flip(0)).cumsum(0)[-1]),
        lambda b, _: torch.nn.functional.cross_entropy(b, torch.tensor(0)) + b[0],
    ]
    assert {name_and_expression(coding) for coding in codings} == {name_and_expression(codings[0])}


def test_a_sum_in_a_sum_keeps_its_signs() -> None:
    trace = Trace()
    r = REWARD.clone()
    trace.add_input(r, 1)
    with trace:
        total = (r[0] - 3 * r[1]) * 2 + r[2]
    text = Naming(trace.expressions, label).expression(int(trace.ids(total)))
    assert "reward[0] - 3 reward[1]" in text


def test_long_expressions_are_cut() -> None:
    many = torch.arange(9.0).double()

    def function(b: Tensor, r: Tensor) -> Tensor:
        return (b[0] * many.new_tensor(many.tolist()) + r[0]).exp().sum()

    name, expression = name_and_expression(function)
    assert name == "softmax normaliser"
    assert expression.endswith("+ … 5 more)")


def test_long_arguments_are_cut() -> None:
    expression = name_and_expression(lambda b, r: torch.cat([b, r]).amax(0), strict=True)[1]
    written = "bids[0], bids[1], bids[2], reward[0], … 2 more"
    assert expression == f"1-largest of 6 ({written})"


def test_short_expressions_omit_deep_parts() -> None:
    trace = Trace()
    x = BIDS.clone()
    trace.add_input(x, 0)
    with trace:
        y = x[0].exp().sin().cos().tanh().exp()
    naming = Naming(trace.expressions, label)
    i = int(trace.ids(y))
    assert naming.expression(i) == "exp(tanh(cos(sin(exp(bids[0])))))"
    assert naming.short(i, 20) == "exp(tanh(cos(…)))"
    assert naming.short(i, 1) == "exp(…)"
    assert len(naming.short(i, 30)) <= 30


def test_the_order_of_names() -> None:
    assert INFORMATIVE.index("log-sum-exp") < INFORMATIVE.index("softmax normaliser")
    assert INFORMATIVE.index("discounted sum") < INFORMATIVE.index("sum")
    assert len(set(INFORMATIVE)) == len(INFORMATIVE)
