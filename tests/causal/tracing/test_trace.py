"""Traces of numbers through autograd, torch.func, in-place operators, memory and types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from repro.causal import AuditError
from repro.causal.tracing.trace import Trace
from tests.causal.auditing.routes import ROUTES
from tests.causal.tracing.forward_mode_oracle import moved, reached, traced

if TYPE_CHECKING:
    from collections.abc import Callable

X = torch.tensor([0.9, -1.7, 0.4], dtype=torch.float64)
Y = torch.tensor([0.3, 1.2, -0.6], dtype=torch.float64)

# Torch's forward mode uses a deprecated function.
FORWARD_MODE = "ignore:`torch.jit.script` is deprecated:DeprecationWarning"


@pytest.mark.filterwarnings(FORWARD_MODE)
@pytest.mark.parametrize("name", ROUTES)
def test_every_route_is_followed(name: str) -> None:
    found, trace = traced(ROUTES[name], [X, Y])
    assert not trace.limits
    assert not trace.approximated
    seen = moved(ROUTES[name], [X, Y])
    assert all(mine <= theirs for mine, theirs in zip(seen, found, strict=True))
    assert all(place in {0, 1} for reach in found for place, _ in reach)


EXACT = (
    "gradient",
    "gradient of a gradient",
    "backward by hand",
    "vmap of gradients",
    "set_",
    "jvp",
)


@pytest.mark.filterwarnings(FORWARD_MODE)
@pytest.mark.parametrize("name", EXACT)
def test_simple_routes_are_followed_exactly(name: str) -> None:
    assert traced(ROUTES[name], [X, Y])[0] == moved(ROUTES[name], [X, Y])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_types_of_inputs(dtype: torch.dtype) -> None:
    found, _ = traced(lambda x, y: (x * y).softmax(0) - x, [X.to(dtype), Y.to(dtype)])
    assert found == [frozenset((place, i) for place in (0, 1) for i in range(3))] * 3


@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 0), (1, 1, 1)])
def test_small_tensors(shape: tuple[int, ...]) -> None:
    x = torch.full(shape, 0.5, dtype=torch.float64)
    found, _ = traced(lambda x: (x * 2).exp().view(shape).squeeze().reshape(-1), [x])
    assert found == [frozenset({(0, i)}) for i in range(x.numel())]


def test_inputs_without_contiguous_memory_are_numbered_by_their_elements() -> None:
    trace = Trace()
    x = torch.arange(6.0).view(2, 3).t()
    trace.add_input(x, 0)
    with trace:
        y = x[2, 1] * 2
    extra = trace.expressions.extra
    assert extra[trace.expressions.base[int(trace.ids(y))]] == (0, 5)


def test_a_tensor_that_is_not_an_input_is_one_root() -> None:
    untracked = torch.tensor([1.0, 2.0])
    trace = Trace()
    with trace:
        first, second = untracked * 2, untracked.exp() - untracked
    e = trace.expressions
    ids = [i for made in (first, second) for i in trace.ids(made).tolist()]
    roots = reached(trace, ids)
    assert roots[:2] == roots[2:]
    assert roots[0] != roots[1]
    assert [e.op[e.base[i]] for i in ids[:2]] == ["outside", "outside"]


def test_integers_that_are_not_inputs_are_context() -> None:
    places = torch.tensor([2, 0])
    found, trace = traced(lambda x: x[places] * places.double(), [X])
    assert found == [frozenset({(0, 2)}), frozenset()]
    assert not trace.limits


def test_reused_memory_does_not_keep_old_nodes() -> None:
    def function(x: Tensor) -> Tensor:
        for _ in range(50):
            _ = x * 2
            del _
        return torch.tensor([1.0, 2.0, 3.0], dtype=x.dtype)

    assert traced(function, [X])[0] == [frozenset()] * 3


@pytest.mark.parametrize(
    "draw",
    [
        lambda x: torch.rand(3) * x,
        torch.randn_like,
        lambda x: torch.randperm(3) * x,
        lambda x: torch.randint(3, (3,)) * x,
        lambda x: x.sigmoid().bernoulli(),
        lambda x: x.softmax(0).multinomial(1) * x,
        nn.functional.dropout,
        lambda x: nn.functional.gumbel_softmax(x, 0),
        lambda x: torch.normal(x, 1.0),
        lambda x: torch.empty(3).uniform_() * x,
        lambda x: torch.distributions.Categorical(logits=x).sample() * x,
        lambda x: torch.rand(3, generator=torch.Generator().manual_seed(0)) * x,
    ],
)
def test_random_numbers_are_an_error(draw: Callable[[Tensor], Tensor]) -> None:
    with pytest.raises(AuditError, match="random numbers"):
        traced(draw, [X])


def test_locations_name_each_operator_once() -> None:
    trace = Trace()
    x = X.clone()
    trace.add_input(x, 0)
    with trace:
        y = (x.exp() + 1).log().sum()
    found = trace.locations[trace.expressions.base[int(trace.ids(y))]]
    assert len(found) == 1
    (step, which, element) = found[0]
    assert (which, element) == (0, 0)
    assert step == trace.step == 4
