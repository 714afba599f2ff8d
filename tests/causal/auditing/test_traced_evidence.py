"""Formulas of short gradients, paths by name, and integers that Python reads."""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

import pytest
import torch

from repro.causal import AuditError, audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

X = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x: x[0], "x[0]"),
        (lambda x: x[0] * 0, "0"),
        (lambda x: 2 * x[0] - 1, "2 x[0] - 1"),
        (lambda x: (x[0] + 1) * (x[1] - 1), "(x[0] + 1) × (x[1] - 1)"),
        (lambda x: -(x[0] * x[1]), "-x[0] × x[1]"),
        (lambda x: x[:2] / x[2], "x[0] × reciprocal(x[2]), x[1] × reciprocal(x[2])"),
        (lambda x: (x[0] - x[1]) + (x[1] + x[2]), "x[0] + x[2]"),
        (lambda x: x.repeat(3), None),  # nine elements
        (lambda x: sum(x[k % 3] ** (k + 2) for k in range(13)), None),  # thirteen terms
    ],
)
def test_a_short_gradient_is_written_as_a_formula(
    function: Callable[[Tensor], Tensor], formula: str | None
) -> None:
    verdict = audit(lambda x: {"a": function(x), "b": x[1]}, {"x": X})
    assert verdict.formulas.get("a") == formula


def test_a_formula_has_the_value_of_the_gradient() -> None:
    """Read as Python, with * for ×, a formula gives the number that the rule gives."""
    verdict = audit(
        lambda x: {"a": (x[0] - 0.5 * x[1]) * (x[2] + 3) - x[1] * x[2], "b": x[1]}, {"x": X}
    )
    text = verdict.formulas["a"].replace("×", "*").replace("0.5 x", "0.5 * x")
    x = X.tolist()
    found = value(ast.parse(text, mode="eval").body, x)
    assert found == pytest.approx((x[0] - 0.5 * x[1]) * (x[2] + 3) - x[1] * x[2])


def value(node: ast.expr, x: list[float]) -> float:
    """Evaluate sums and products of elements of `x`."""
    if isinstance(node, ast.BinOp):
        first, second = value(node.left, x), value(node.right, x)
        return {
            ast.Add: first + second,
            ast.Sub: first - second,
            ast.Mult: first * second,
        }[type(node.op)]
    if isinstance(node, ast.UnaryOp):
        assert isinstance(node.op, ast.USub)
        return -value(node.operand, x)
    if isinstance(node, ast.Subscript):
        assert isinstance(node.slice, ast.Constant)
        assert isinstance(node.slice.value, int)
        return x[node.slice.value]
    assert isinstance(node, ast.Constant)
    return float(str(node.value))


def test_a_path_names_what_is_between() -> None:
    verdict = audit(lambda x: {"a": (x.exp().sum().log() * x[0]).sin(), "b": x[1]}, {"x": X})
    assert verdict.path("a", "x[2]") == (
        "exponential exp(x[2])",
        "softmax normaliser",
        "log-sum-exp",
        "product",
        "sin",
    )
    assert verdict.path("a", "x[0]") == (
        "product x[0] × log(exp(x[0]) + exp(x[1]) + exp(x[2]))",
        "sin",
    )
    assert verdict.path("b", "x[1]") == ()
    assert verdict.path("b", "x[0]") == ()


def test_verdicts_can_be_copied_with_their_evidence() -> None:
    verdict = audit(lambda x: {"a": x.logsumexp(0), "b": x.logsumexp(0) * 2}, {"x": X})
    again = copy.deepcopy(verdict)
    assert again == verdict
    assert again.separating_set("a", "b") == verdict.separating_set("a", "b")
    assert again.path("a", "x[0]") == verdict.path("a", "x[0]")


def test_repr_is_one_short_line() -> None:
    verdict = audit(lambda x: {"a": x.logsumexp(0), "b": x.logsumexp(0) * 2}, {"x": X})
    assert (
        repr(verdict)
        == "<Verdict: not modular, 2 gradients, shared: log-sum-exp, softmax normaliser>"
    )


def test_integers_that_are_calculated_with_are_listed() -> None:
    def rule(x: Tensor, reward: Tensor, mask: Tensor, action: Tensor) -> dict[str, Tensor]:
        return {"a": x[action[0]] + reward[0], "b": x[action[1]] * mask[1]}

    inputs = {
        "x": X,
        "reward": torch.tensor([1, 2]),
        "mask": torch.tensor([1, 0]),
        "action": torch.tensor([0, 2]),
    }
    verdict = audit(rule, inputs)
    assert verdict.integers == ("reward",)
    assert verdict.integer_factors == ("mask",)
    assert verdict.context == ("mask", "action")
    assert verdict.integers_to_python == ()
    assert verdict.read_slices == {"a": ("x[0]", "reward[0]"), "b": ()}


@pytest.mark.parametrize(
    "use",
    [
        lambda x, n: x * n,
        lambda x, n: n.double() * x,
        lambda x, n: x / n,
        lambda x, n: x @ n.double(),
        lambda x, n: (x[None] @ n.double()[:, None])[0],
    ],
)
def test_integers_that_are_factors_are_listed(use: Callable[[Tensor, Tensor], Tensor]) -> None:
    verdict = audit(
        lambda x, n: {"a": use(x, n), "b": x[1]}, {"x": X, "n": torch.tensor([1, 2, 3])}
    )
    assert verdict.integer_factors == ("n",)
    with pytest.raises(AuditError, match="given n, whose integers are factors"):
        verdict.assert_not_reads("b", "n")


def test_what_is_not_traced_of_integers_cannot_be_ruled_out() -> None:
    def rule(x: Tensor, n: Tensor) -> dict[str, Tensor]:
        return {"a": x[0] * n[0] + n[1], "b": x[1]}

    verdict = audit(rule, {"x": X, "n": torch.tensor([2, 3])})
    assert verdict.read_slices["a"] == ("x[0]", "n[1]")  # n[0] is read, but as a factor
    verdict.assert_reads("a", "n[1]")
    with pytest.raises(AuditError, match="given n, whose integers are factors"):
        verdict.assert_not_reads("a", "n[0]")


@pytest.mark.parametrize(
    "read",
    [
        lambda reward: reward[0].item(),
        lambda reward: int(reward[0]),
        lambda reward: reward.tolist()[0],
        lambda reward: float(reward.numpy()[0]),
        lambda reward: (reward * 2)[0].item() / 2,
        lambda reward: float(reward.double()[0]),
    ],
)
def test_integers_that_python_reads_are_listed(read: Callable[[Tensor], float]) -> None:
    """The gradient reads the reward, but Python's number is a constant of the trace: so it is said."""
    verdict = audit(
        lambda x, reward: {"a": x[0] * read(reward), "b": x[1]},
        {"x": X, "reward": torch.tensor([3, 2])},
    )
    assert verdict.integers_to_python == ("reward",)
    assert verdict.context == ("reward",)


def test_other_numbers_that_python_reads_are_not_integers() -> None:
    def rule(x: Tensor, action: Tensor) -> dict[str, Tensor]:
        assert x[0].item() < 1
        assert x.shape[0] == 3
        return {"a": x[action], "b": x[1]}

    verdict = audit(rule, {"x": X, "action": torch.tensor([0, 2])})
    assert verdict.integers_to_python == ()
