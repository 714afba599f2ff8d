"""Large matrix products, which are followed as one operator, against one node for each product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, Verdict, audit
from repro.causal.auditing.rule_run import AuditTarget, trace_rule
from repro.causal.tracing.operators import matrix_products
from tests.causal.symbolic.test_inner_products import VALUES, value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Rule = Callable[..., Mapping[str, Tensor]]


def both(
    rule: Rule, inputs: Mapping[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> tuple[Verdict, Verdict]:
    """Audit a rule with a node for each product, and with none."""
    found = []
    for most in (10**9, 0):
        monkeypatch.setattr(matrix_products, "most_explicit", most)
        found.append(audit(rule, inputs))
    return found[0], found[1]


def agree(one: Verdict, other: Verdict) -> None:
    assert other.pairs == one.pairs
    assert other.joined_as_coded == one.joined_as_coded
    assert other.joined_at_most == one.joined_at_most
    assert other.reads == one.reads
    assert other.zero == one.zero
    assert other.limits == one.limits == ()


def numbers(*shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


FIRST = ("x", "mixed", "masked", "own", "shifted", "row")
SECOND = ("y", "half", "exp", "constant", "x")
PARTS = ("product", "first", "rest", "twice", "scaled", "nested")


def matrix(kind: str, x: Tensor, y: Tensor, own: Tensor) -> Tensor:
    """Make a matrix [4, 4] in one of many ways."""
    return {
        "x": x,
        "mixed": torch.cat([x[:, :3], own[:, 3:]], 1),
        "masked": torch.cat([x[:, :3], torch.zeros_like(x[:, 3:])], 1),
        "own": own,
        "shifted": x + 1,
        "row": x[:1].expand(4, 4),
        "y": y,
        "half": -0.5 * y,
        "exp": y.exp(),
        "constant": torch.arange(16, dtype=x.dtype).view(4, 4) - 3,
    }[kind]


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("first", FIRST)
def test_verdicts_are_those_with_a_node_for_each_product(
    first: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first gradient is an element of x yᵀ; the second has other or the same products."""
    x, y, own = numbers((4, 4), (4, 4), (2, 4, 4))
    for second in SECOND:

        def rule(x: Tensor, y: Tensor, own: Tensor, second: str = second) -> dict[str, Tensor]:
            a, b = matrix(first, x, y, own[0]), matrix(second, x, y, own[0])
            product = a @ b.T
            one = product[1, 2]
            made = {
                "product": product,
                "first": one,
                "rest": one - a[1, 0] * b[2, 0] - a[1, 1] * b[2, 1] - a[1, 2] * b[2, 2],
                "twice": one + (product @ own[0])[0, 0],
                "scaled": own[0, 0, 0] * one,
                "nested": (own[0] * a)[1] @ b[2] + product[0, 0],
            }
            return {"a": (x @ y.T)[1, 2] + own[1, 0, 0], "b": made[part]}

        agree(*both(rule, {"x": x, "y": y, "own": own}, monkeypatch))


def learners(
    states: Tensor, targets: Tensor, first: Tensor, second: Tensor
) -> dict[str, list[Tensor]]:
    """Train one network for each mechanism, [inputs, hidden] and [hidden, 1], on all states."""
    made = {}
    for k in range(len(first)):
        a, b = (x[k].detach().requires_grad_() for x in (first, second))
        loss = ((states @ a).tanh() @ b - targets[:, k : k + 1]).square().mean()
        made[f"m{k}"] = list(torch.autograd.grad(loss, (a, b)))
    return made


def softmax(
    states: Tensor, targets: Tensor, first: Tensor, second: Tensor
) -> dict[str, list[Tensor]]:
    """Train all networks on one softmax of their outputs."""
    parameters = [x.detach().requires_grad_() for x in (first, second)]
    bids = torch.bmm(torch.bmm(states.expand(2, -1, -1), parameters[0]).tanh(), parameters[1])
    loss = (bids[..., 0].log_softmax(0) * targets.T).sum()
    a, b = torch.autograd.grad(loss, parameters)
    return {f"m{k}": [a[k], b[k]] for k in range(2)}


@pytest.mark.parametrize(
    ("rule", "answer"), [(learners, Answer.MODULAR), (softmax, Answer.NOT_MODULAR)]
)
def test_learners(rule: Rule, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of separate networks with a target each share nothing; a softmax has a normaliser."""
    states, targets, first, second = numbers((6, 3), (6, 2), (2, 3, 5), (2, 5, 1))
    inputs = {"states": states, "targets": targets, "first": first, "second": second}
    one, other = both(rule, inputs, monkeypatch)
    agree(one, other)
    assert other.answer == answer
    assert other.hidden == one.hidden
    assert [(w.pair, w.name) for w in other.witnesses] == [(w.pair, w.name) for w in one.witnesses]


def test_a_shared_product_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """x₀ y₀ is a hidden variable that both gradients contain, in two matrix products and beside one."""
    x, y, w = numbers((3, 4), (4, 3), (2,))
    monkeypatch.setattr(matrix_products, "most_explicit", 0)

    def in_both(x: Tensor, y: Tensor, w: Tensor) -> dict[str, Tensor]:
        other = torch.cat([x[:, :1], x[:, 1:] * w[0]], 1)
        return {"a": (x @ y)[0, 0], "b": (other @ y)[0, 0]}

    def beside(x: Tensor, y: Tensor, w: Tensor) -> dict[str, Tensor]:
        return {"a": (x @ y)[0, 0], "b": (x[0, 0] * y[0, 0]).exp() * w[0]}

    def apart(x: Tensor, y: Tensor, w: Tensor) -> dict[str, Tensor]:
        return {"a": (x @ y)[0, 0], "b": (x[0, 0] * y[1, 0]).exp() * w[0]}

    inputs = {"x": x, "y": y, "w": w}
    assert audit(in_both, inputs).answer == Answer.NOT_MODULAR
    assert audit(beside, inputs).answer == Answer.NOT_MODULAR
    assert audit(apart, inputs).answer == Answer.MODULAR


@pytest.mark.parametrize("transposed", [False, True])
def test_nodes_compute_the_results(monkeypatch: pytest.MonkeyPatch, *, transposed: bool) -> None:
    """The factors are multiples of inputs, shifted ones, products, ones and zeros; all have weights."""
    monkeypatch.setattr(matrix_products, "most_explicit", 0)
    x = torch.tensor(VALUES, dtype=torch.float64)

    def rule(x: Tensor) -> dict[str, Tensor]:
        ones, zeros = torch.ones(2, dtype=x.dtype), torch.zeros(2, dtype=x.dtype)
        a = torch.stack([-2 * x[:2], x[2:4] + 1, x[4:6] * x[6:8], 3 * ones, zeros, 0.5 * x[:2]], 1)
        b = torch.stack([x[1:3], 0.25 * x[3:5], x[5:7] - 3, 4 * x[:2], x[:2], 2 * ones], 0)
        made = b.T @ a.T if transposed else a @ b
        return {"a": made[0], "b": made[1]}

    run = trace_rule(AuditTarget(rule, {"x": x}), strict=False)
    e = run.trace.expressions
    assert e.op.count("inner product") == 4
    for name, ids in run.gradients.items():
        assert [value(e, i) for i in ids] == pytest.approx(run.plain[name][0].tolist())


def test_a_large_product_has_one_node_for_each_result() -> None:
    """20 × 30 and 30 × 25 numbers give 500 sums of 30 products, and 45 lists."""
    x, y = numbers((20, 30), (30, 25))

    def rule(x: Tensor, y: Tensor) -> dict[str, Tensor]:
        made = x @ y
        return {"a": made[0], "b": made[1]}

    e = trace_rule(AuditTarget(rule, {"x": x, "y": y}), strict=False).trace.expressions
    assert e.op.count("inner product") == 500
    assert e.op.count("factors") == 45
    assert "product" not in e.op
    assert audit(rule, {"x": x, "y": y}).hidden == 50 * 31
