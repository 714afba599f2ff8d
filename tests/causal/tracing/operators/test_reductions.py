"""Reductions along dimensions, compared with small changes of their inputs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from tests.causal.tracing.forward_mode_oracle import Case, backward, check, traced, traced_ids

Function = Callable[[Tensor], Tensor]
CUBE = ((2, 3, 2),)
TWO = ((2, 3), (2, 3))

CASES = [
    Case("sum", lambda x: x.sum() ** 2),
    Case("sum dim", lambda x: x.sum(1) ** 2),
    Case("sum dims", lambda x: x.sum((0, -1), keepdim=True) ** 2, CUBE),
    Case("sum of a number", lambda x: x[0, 0].sum(0) ** 2),
    Case("sum of truths", lambda x: (x > 0).sum(1).to(x.dtype) * x[:, 0], exact=False),
    Case("nansum", lambda x: x.nansum(1) ** 2, backward=False),
    Case("mean", lambda x: x.mean() ** 2),
    Case("mean dim", lambda x: x.mean(-1, keepdim=True) * x),
    Case("prod", lambda x: x.prod()),
    Case("prod dim", lambda x: x.prod(1, keepdim=True) * x),
    Case("cumsum", lambda x: x.cumsum(1) ** 2),
    Case("cumsum first", lambda x: x.cumsum(0) ** 2),
    Case("cumsum of a number", lambda x: x[0, 0].cumsum(0) ** 2),
    Case("cumsum backwards", lambda x: x.flip(1).cumsum(1).flip(1) ** 2),
    Case("cumsum_", lambda x: (x * 2).cumsum_(-1) ** 2),
    Case("cumprod", lambda x: x.cumprod(1)),
    Case("diff", lambda x: x.diff(dim=1) ** 2),
    Case("trapezoid", lambda x: torch.trapezoid(x, dim=1) ** 2),
    Case("trace", lambda x: x[:, :2].trace() ** 2),
    Case("count_nonzero", lambda x: x.count_nonzero(1).to(x.dtype) * x[:, 1], exact=False),
    Case("any all", lambda x: ((x > 0).any(1) | (x < 1).all(1)).to(x.dtype) * x[:, 0], exact=False),
    Case("amax", lambda x: x.amax(1) ** 2),
    Case("amax dims", lambda x: x.amax((0, 2)) ** 2, CUBE),
    Case("amin keepdim", lambda x: x.amin(0, keepdim=True) * x),
    Case("aminmax", lambda x: x.aminmax(dim=1).max - x.aminmax(dim=1).min),
    Case("max", lambda x: x.max() ** 2),
    Case("min", lambda x: x.min() * x[0]),
    Case("max dim", lambda x: x.max(1).values ** 2),
    Case("min dim keepdim", lambda x: x.min(0, keepdim=True).values * x),
    Case("by argmax", lambda x: x[torch.arange(2), x.argmax(1)] ** 2),
    Case("by argmin", lambda x: x.take_along_dim(x.argmin(0, keepdim=True), 0) ** 2),
    Case("argmax of all", lambda x: x.flatten()[x.argmax()].view(1) ** 2),
    Case("topk", lambda x: x.topk(2).values ** 2),
    Case("topk smallest", lambda x: x.topk(2, 1, largest=False, sorted=True).values ** 2),
    Case("kthvalue", lambda x: x.kthvalue(2, 1).values ** 2),
    Case("kthvalue keepdim", lambda x: x.kthvalue(1, 0, keepdim=True).values * x),
    Case("median dim", lambda x: x.median(1).values ** 2),
    Case("mode", lambda x: x.mode(1).values ** 2),
    Case("sort", lambda x: x.sort(1).values ** 2),
    Case("sort descending", lambda x: x.sort(0, descending=True).values ** 2),
    Case("stable sort", lambda x: torch.sort(x, stable=True, dim=1).values ** 2),
    Case("msort", lambda x: torch.msort(x) ** 2),
    Case("by argsort", lambda x: x.gather(1, x.argsort(1)) ** 2),
    Case("cummax", lambda x: x.cummax(1).values ** 2),
    Case("cummin", lambda x: x.cummin(0).values ** 2),
    Case("second highest", lambda x: x.topk(2, 1).values[:, 1] * x.max(1).values),
    Case("median", lambda x: x.median().view(1), approximated=frozenset({"median"})),
    Case("nanmedian", lambda x: x.nanmedian(1).values, approximated=frozenset({"nanmedian"})),
    Case("quantile", lambda x: x.quantile(0.3, 1)),
    Case("logcumsumexp", lambda x: x.logcumsumexp(1), approximated=frozenset({"logcumsumexp"})),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_forward(case: Case) -> None:
    check(case, case.function, exact=case.exact)


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if c.backward], ids=lambda case: case.name)
def test_backward(case: Case) -> None:
    check(case, backward(case), exact=False)


ROW = torch.tensor([0.9, -1.7, 2.4, 0.1], dtype=torch.float64)
ALL = frozenset((0, i) for i in range(4))

STATISTICS: dict[str, Function] = {
    "max": lambda x: x.max(),
    "max dim": lambda x: x.max(0).values,
    "amax": lambda x: x.amax(0),
    "aminmax": lambda x: x.aminmax(dim=0).max,
    "topk": lambda x: x.topk(2).values[0],
    "topk last": lambda x: x.topk(4, largest=False).values[3],
    "sort": lambda x: x.sort().values[3],
    "sort descending": lambda x: x.sort(descending=True).values[0],
    "kthvalue": lambda x: x.kthvalue(4).values,
}
SECOND: dict[str, Function] = {
    "topk": lambda x: x.topk(2).values[1],
    "topk smallest": lambda x: x.topk(3, largest=False).values[2],
    "sort": lambda x: x.sort().values[2],
    "kthvalue": lambda x: x.kthvalue(3).values,
    "other order": lambda x: x.flip(0).sort(descending=True).values[1],
}


@pytest.mark.parametrize("same", [STATISTICS, SECOND], ids=["largest", "second"])
def test_strict_an_order_statistic_is_one_node_in_all_implementations(
    same: dict[str, Function],
) -> None:
    def function(x: Tensor) -> Tensor:
        return torch.stack([one(x) for one in same.values()])

    found, trace = traced_ids(function, [ROW], strict=True)
    assert len(set(found)) == 1
    assert not trace.approximated


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.sort().values,
        lambda x: x.topk(4).values,
        lambda x: torch.stack([x.kthvalue(k + 1).values for k in range(4)]),
        lambda x: torch.stack([x.max(), x.min(), x.sort().values[1], x.median(0).values + 1]),
        lambda x: x.argsort() * 1.0,
        lambda x: torch.stack([x.argmax(), x.argmin(), x.argsort()[1]]) * 1.0,
    ],
)
def test_strict_order_statistics_are_different_nodes_of_all_elements(function: Function) -> None:
    found, trace = traced(function, [ROW], strict=True)
    assert not trace.approximated
    assert found == [ALL] * len(found)
    nodes, _ = traced_ids(function, [ROW], strict=True)
    assert len(set(nodes)) == len(nodes)


def test_strict_differences_of_order_statistics_are_not_simplified() -> None:
    def function(x: Tensor) -> Tensor:
        return torch.cat([
            x.topk(2).values - x.topk(2, largest=False).values,
            (x.kthvalue(2).values - x.kthvalue(1).values).view(1),
            x.sort().values[:1] - x.sort(descending=True).values[:1],
            (x.max(0).values - x.median(0).values).view(1),
        ])  # fmt: skip

    found, _ = traced(function, [ROW], strict=True)
    assert found == [ALL] * 5


def test_strict_cumulative_maxima_depend_on_previous_elements() -> None:
    for function in (lambda x: x.cummax(0).values, lambda x: x.cummin(0).values):
        found, _ = traced(function, [ROW], strict=True)
        assert found == [frozenset((0, j) for j in range(i + 1)) for i in range(4)]


def test_indices_are_context_by_default_and_hidden_if_strict() -> None:
    def function(x: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(x.argmax(), 4) * x.cos()

    own = [frozenset({(0, i)} if i == int(ROW.argmax()) else ()) for i in range(4)]
    assert traced(function, [ROW])[0] == own
    assert traced(function, [ROW], strict=True)[0] == [ALL] * 4


def test_a_maximum_with_a_constant_depends_on_its_argument() -> None:
    found, _ = traced(lambda x: torch.maximum(x, torch.zeros_like(x)), [ROW])
    assert found == [frozenset({(0, i)}) for i in range(4)]
    larger = torch.stack([ROW, torch.zeros(4)]).double()
    found, _ = traced(lambda x: torch.stack([x[0] * 1, torch.zeros(4)]).amax(0), [larger])
    assert found[0] == {(0, 0)}


def test_a_tie_depends_on_one_of_the_equal_elements() -> None:
    x = torch.tensor([1.0, 1.0, 0.5], dtype=torch.float64)
    found, _ = traced(lambda x: x.max().view(1), [x])
    assert len(found[0]) == 1
    assert found[0] <= {(0, 0), (0, 1)}


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[:0].sum().view(1) + x[:1],
        lambda x: x[:0].prod().view(1) * x[:1],
        lambda x: torch.cat([x[:0].cumsum(0), x[:1]]),
        lambda x: torch.cat([x[:0].logsumexp(0, keepdim=True).exp(), x[:1]])[1:],
        lambda x: torch.cat([x[:0].softmax(0), x[:1]]),
        lambda x: torch.cat([x.view(4, 1)[:, :0].sum(1)[:1] + x[:1]]),
        lambda x: torch.cat([x[:0].sort().values, x[:1]]),
        lambda x: torch.cat([x[:0] * 2, torch.stack([x[0]])]),
    ],
)
def test_empty_tensors(function: Function) -> None:
    found, trace = traced(function, [ROW])
    assert found == [frozenset({(0, 0)})]
    assert not trace.approximated


def test_sums_of_integers_that_are_context() -> None:
    found, _ = traced(lambda x: torch.arange(4).sum() * x, [ROW])
    assert found == [frozenset({(0, i)}) for i in range(4)]
