"""Elementwise operators, compared with small changes of their inputs."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from tests.causal.tracing.forward_mode_oracle import Case, backward, check, moved, traced

TWO = ((2, 3), (2, 3))
WIDER = ((2, 3), (3,))
SHRINK = frozenset({"softshrink_backward", "hardshrink_backward"})


def _in_place(x: Tensor) -> Tensor:
    made = x * 1.5
    made.mul_(2).add_(1).sub_(x, alpha=0.5).div_(x + 5).pow_(2).neg_()
    return made


def _through_out(x: Tensor) -> Tensor:
    made = torch.full_like(x, 3.0)
    torch.exp(x, out=made)
    return made


CASES = [
    Case("add", torch.add, TWO),
    Case("add alpha", lambda x, y: torch.add(x, y, alpha=0.3), WIDER),
    Case("sub", lambda x, y: x - 2 * y, WIDER),
    Case("rsub", lambda x: 3 - x),
    Case("rsub alpha", lambda x, y: torch.rsub(x, y, alpha=0.5), TWO),
    Case("mul", torch.mul, WIDER),
    Case("div", torch.div, TWO, positive=True),
    Case("div by number", lambda x: x / 3),
    Case("number divided", lambda x: 3 / x, positive=True),
    Case(
        "floor div",
        lambda x, y: torch.div(x, y, rounding_mode="floor"),
        TWO,
        positive=True,
        exact=False,
    ),
    Case("remainder", torch.remainder, TWO, positive=True),
    Case("fmod", torch.fmod, TWO, positive=True, exact=False),
    *(Case(f"pow {p}", lambda x, p=p: x**p, positive=True) for p in (0.5, 1.7, 2, 3, 4, 7, -1, -2)),
    Case("pow 0", lambda x: x**0, exact=False),
    Case("pow of tensors", torch.pow, TWO, positive=True),
    Case("number to the power", lambda x: 2**x),
    Case("square", torch.square),
    Case("sqrt", torch.sqrt, positive=True),
    Case("rsqrt", torch.rsqrt, positive=True),
    Case("reciprocal", torch.reciprocal, positive=True),
    Case("neg abs", lambda x: -x.abs()),
    Case("sign", torch.sign, exact=False),
    Case("round floor ceil", lambda x: x.round() + x.floor() + x.ceil() + x.trunc(), exact=False),
    Case("frac", torch.frac),
    Case("exp log", lambda x: x.exp() + (x + 3).log(), positive=True),
    Case("exp2 log2 log10", lambda x: x.exp2() + x.log2() + x.log10(), positive=True),
    Case("expm1 log1p", lambda x: x.expm1() + x.log1p(), positive=True),
    Case("sin cos tan", lambda x: x.sin() + x.cos() + (x / 3).tan()),
    Case("asin acos atan", lambda x: (x / 3).asin() - (x / 3).acos() + x.atan()),
    Case("sinh cosh", lambda x: x.sinh() + x.cosh() + x.asinh()),
    Case("erf erfc erfinv", lambda x: x.erf() - x.erfc() + (x / 3).erfinv()),
    Case("lgamma digamma", lambda x: x.lgamma() + x.digamma(), positive=True),
    Case("polygamma", lambda x: torch.polygamma(2, x), positive=True),
    Case("logit", lambda x: torch.logit(x / 3, eps=0.01), positive=True),
    Case("sigmoid tanh", lambda x: x.sigmoid() + x.tanh()),
    Case("relu", F.relu, exact=False),
    Case("relu6 hardtanh", lambda x: F.relu6(x) - F.hardtanh(x), exact=False),
    Case("leaky relu", F.leaky_relu),
    Case("elu selu celu", lambda x: F.elu(x) + F.selu(x) - F.celu(x, 0.7)),
    Case("gelu", F.gelu),
    Case("gelu tanh", lambda x: F.gelu(x, approximate="tanh")),
    Case("silu mish", lambda x: F.silu(x) + F.mish(x)),
    Case("softplus", F.softplus),
    Case("softsign tanhshrink", lambda x: F.softsign(x) - F.tanhshrink(x)),
    Case("hardswish", lambda x: F.hardswish(x) + F.hardsigmoid(x)),
    Case("shrink", lambda x: F.softshrink(x) + F.hardshrink(x), approximated=SHRINK, exact=False),
    Case("logsigmoid", F.logsigmoid),
    Case("prelu", F.prelu, ((2, 3), (1,)), exact=False),
    Case("threshold", lambda x: F.threshold(x, 0.1, 20.0)),
    Case("clamp", lambda x: x.clamp(-0.5, 0.5), exact=False),
    Case("clamp min", lambda x: x.clamp(min=0.1), exact=False),
    Case("clamp max", lambda x: x.clamp(max=0.1), exact=False),
    Case("clamp min less max", lambda x: x.clamp(min=0.1) - x.clamp(max=0.1)),
    Case(
        "clamp by tensors",
        lambda x, y: torch.clamp(x, min=y) - torch.clamp(x, max=y),
        TWO,
        exact=False,
    ),
    Case("nan to num", lambda x: torch.nan_to_num(x, 0.0, 1.0, -1.0) + x.nan_to_num(posinf=1)),
    Case("maximum", torch.maximum, TWO),
    Case("minimum", torch.minimum, WIDER),
    Case("fmax fmin", lambda x, y: torch.fmax(x, y) - torch.fmin(x, y), TWO),
    Case("max of two", torch.max, TWO),
    Case("atan2 hypot", lambda x, y: torch.atan2(x, y) + torch.hypot(x, y), TWO, positive=True),
    Case("logaddexp", torch.logaddexp, TWO),
    Case("xlogy", torch.xlogy, TWO, positive=True),
    Case("copysign", torch.copysign, TWO, exact=False),
    Case("lerp", lambda x, y: torch.lerp(x, y, 0.3), TWO),
    Case("lerp by tensor", torch.lerp, (*TWO, (2, 3))),
    Case("addcmul", lambda x, y, z: torch.addcmul(x, y, z, value=0.4), (*TWO, (3,))),
    Case("addcdiv", lambda x, y, z: torch.addcdiv(x, y, z, value=2), (*TWO, (3,)), positive=True),
    Case("where", lambda x, y: torch.where(x > y, x, y), TWO, exact=False),
    Case("where constant", lambda x, y: torch.where(torch.eye(3) > 0, x, y), ((3, 3), (3,))),
    Case("where number", lambda x: torch.where(x > 0, x, 2.0), exact=False),
    Case("comparison as number", lambda x, y: (x > y) * x + (x <= y) * y, TWO, exact=False),
    Case("heaviside", lambda x: (x >= 0).to(x.dtype) * x, exact=False),
    Case("masked_fill", lambda x: x.masked_fill(torch.tensor([True, False, True]), 7.0)),
    Case("masked_fill_", lambda x: (x * 2).masked_fill_(x > 0, 0.0), exact=False),
    Case("bit logic", lambda x: ((x > 0) & ~(x > 1) | (x < -1)).double() * x, exact=False),
    Case("in place", _in_place),
    Case("out=", _through_out, backward=False),
    Case("special", lambda x: torch.special.ndtr(x) + torch.special.log_ndtr(x) + torch.sinc(x)),
    Case("bessel", lambda x: torch.special.i0(x) + torch.special.i1e(x), backward=False),
    Case("zeta", lambda x: torch.special.zeta(x + 1, 2.0), positive=True, backward=False),
    Case("to float32 and back", lambda x: (x * 8).to(torch.float32).to(torch.float64) * 0.5),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_forward(case: Case) -> None:
    check(case, case.function, exact=case.exact)


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if c.backward], ids=lambda case: case.name)
def test_backward(case: Case) -> None:
    check(case, backward(case), exact=False)


def _written(x: Tensor) -> Tensor:
    made = torch.zeros(3, dtype=torch.int64)
    made[:2] = x[:2]
    made[2] = x[2]
    return made


# Step functions don't change with small changes of their inputs, but they depend on them.
STEPS = {
    "whole and truth": lambda x: (x * 3).long().double() - (x * 3).bool().double(),
    "truth of whole": lambda x: (x * 3).long().bool().double() - (x * 3).long().double(),
    "whole": lambda x: (x * 3).int().double(),
    "copied to whole": lambda x: torch.zeros(3, dtype=torch.int64).copy_(x).double() - x,
    "written to whole": lambda x: _written(x).double() - x,
    "filled with whole": lambda x: (x.new_zeros(3, dtype=torch.int64).fill_(x[2]) - x[2]) * x,
    "summed as whole": lambda x: x.cumsum(0, dtype=torch.int64).double() - x.cumsum(0),
    "sum of truths": lambda x: ((x > 0) + (x > 0)).double() - 2 * (x > 0).double(),
    "comparison": lambda x: (x > 0.3).double(),
    "sign": torch.sign,
    "exponent": lambda x: torch.frexp(x * 8)[1].double(),
    "mantissa": lambda x: torch.frexp(x * 8)[0].double(),
    "number of a bin": lambda x: torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0])).double(),
    "rounding before a comparison": lambda x: ((x * 2).round() == 2).double(),
}


@pytest.mark.parametrize("name", STEPS)
def test_step_functions_depend_on_their_inputs(name: str) -> None:
    x = torch.tensor([0.9, -1.7, 2.4], dtype=torch.float64)
    found, _ = traced(STEPS[name], [x])
    assert all((0, i) in reach for i, reach in enumerate(found))


def test_an_equality_between_an_element_and_a_maximum_is_context() -> None:
    x = torch.tensor([0.9, -1.7, 2.4], dtype=torch.float64)
    found, trace = traced(lambda x: (x == x.max()) * x, [x])
    assert found == [frozenset(), frozenset(), frozenset({(0, 2)})]
    assert not trace.limits


def test_a_maximum_written_over_its_argument() -> None:
    def function(x: Tensor, y: Tensor) -> Tensor:
        made = x * 1.0
        torch.maximum(made, y, out=made)
        return made

    x, y = torch.tensor([1.0, 2.0, 3.0]).double(), torch.tensor([3.0, 2.5, 1.0]).double()
    found, _ = traced(function, [x, y])
    for seen, theirs in zip(moved(function, [x, y]), found, strict=True):
        assert seen <= theirs


@pytest.mark.parametrize("strict", [False, True])
def test_functions_of_constants_are_constants(strict: bool) -> None:
    def function(x: Tensor) -> Tensor:
        pair = torch.stack([x, torch.full_like(x, 0.7)])
        larger = torch.maximum(pair, torch.tensor(0.5, dtype=x.dtype))
        weight = torch.ones(3, dtype=x.dtype, requires_grad=True)
        (slope,) = torch.autograd.grad((F.gelu(weight) * x).sum(), weight)
        truth = torch.stack([x > 0, torch.tensor([True, False, True])]).any(1)
        return torch.cat([larger[1], slope, truth[1:].to(x.dtype), pair.amax(1)[1:]])

    x = torch.tensor([0.9, -1.7, 2.4], dtype=torch.float64)
    found, trace = traced(function, [x], strict=strict)
    assert not trace.approximated
    assert found[:3] == [frozenset()] * 3
    assert found[3:6] == [frozenset({(0, i)}) for i in range(3)]
    assert found[6:] == [frozenset()] * 2


def test_infinite_constants() -> None:
    x = torch.tensor([0.9, -1.7, 2.4], dtype=torch.float64)
    second = torch.tensor([False, True, False])
    found, _ = traced(lambda x: x.masked_fill(second, -math.inf).softmax(0), [x])
    assert found[1] == frozenset()
    assert found[0] == found[2] == {(0, 0), (0, 2)}
