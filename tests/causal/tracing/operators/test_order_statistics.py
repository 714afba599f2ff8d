"""Selections: the selected element, or in a strict trace the order statistic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from repro.causal.symbolic.expressions import ExpressionGraph
from repro.causal.symbolic.naming import Naming
from repro.causal.tracing.operators.order_statistics import order_statistic
from repro.causal.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

X = torch.tensor([[0.3, -0.5, 1.1], [0.7, 0.2, -0.9]], dtype=torch.float64)


def read(function: Callable[[Tensor], Tensor], *, strict: bool) -> str:
    """Get the expression of the number that a function returns; x00 to x12 are its inputs."""
    trace, x = Trace(strict=strict), X.clone()
    trace.add_input(x, 0)
    with trace:
        result = function(x)
    naming = Naming(trace.expressions, lambda _, element: f"x{element // 3}{element % 3}")
    return naming.expression(int(trace.ids(result)))


def of_row(rank: int, size: int = 3) -> str:
    return f"{rank}-largest of {size} ({', '.join(['x00', 'x01', 'x02'][:size])})"


# For the first row, 0.3, -0.5, 1.1: the selected element and the order statistic.
ROW: dict[str, tuple[Callable[[Tensor], Tensor], str, str]] = {
    "max": (lambda x: x[0].max(), "x02", of_row(1)),
    "min": (lambda x: x[0].min(), "x01", of_row(3)),
    "amax": (lambda x: x[0].amax(0), "x02", of_row(1)),
    "amin": (lambda x: x[0].amin(), "x01", of_row(3)),
    "max along": (lambda x: x[0].max(0).values, "x02", of_row(1)),
    "min along": (lambda x: x[0].min(0).values, "x01", of_row(3)),
    "first of topk": (lambda x: x[0].topk(2).values[0], "x02", of_row(1)),
    "second of topk": (lambda x: x[0].topk(2).values[1], "x00", of_row(2)),
    "smallest of topk": (lambda x: x[0].topk(2, largest=False).values[0], "x01", of_row(3)),
    "sorted": (lambda x: x[0].sort().values[0], "x01", of_row(3)),
    "sorted down": (lambda x: x[0].sort(descending=True).values[0], "x02", of_row(1)),
    "second smallest": (lambda x: x[0].kthvalue(2).values, "x00", of_row(2)),
    "smallest": (lambda x: x[0].kthvalue(1).values, "x01", of_row(3)),
    "median": (lambda x: x[0].median(0).values, "x00", of_row(2)),
    "median of two": (lambda x: x[0, :2].median(0).values, "x01", of_row(2, 2)),
    "running maximum": (lambda x: x[0].cummax(0).values[1], "x00", of_row(1, 2)),
    "running maximum of one": (lambda x: x[0].cummax(0).values[0], "x00", "x00"),
    "running minimum": (lambda x: x[0].cummin(0).values[1], "x01", of_row(2, 2)),
    "running minimum of three": (lambda x: x[0].cummin(0).values[2], "x01", of_row(3)),
    "larger of two": (lambda x: x[0, 0].maximum(x[0, 1]), "x00", of_row(1, 2)),
    "smaller of two": (lambda x: x[0, 0].fmin(x[0, 1]), "x01", of_row(2, 2)),
    "of one": (lambda x: x[0, :1].max(), "x00", "x00"),
    "of a number": (lambda x: x[0, 0].sort().values, "x00", "x00"),
}


@pytest.mark.parametrize("name", ROW)
def test_the_element_and_its_rank(name: str) -> None:
    function, element, rank = ROW[name]
    assert read(function, strict=False) == element
    assert read(function, strict=True) == rank


# For two rows: which elements are reduced together.
TABLE: dict[str, tuple[Callable[[Tensor], Tensor], str, str]] = {
    "columns": (lambda x: x.max(0).values[2], "x02", "1-largest of 2 (x02, x12)"),
    "rows": (lambda x: x.max(1).values[1], "x10", "1-largest of 3 (x10, x11, x12)"),
    "kept": (lambda x: x.min(0, keepdim=True).values[0, 0], "x00", "2-largest of 2 (x00, x10)"),
    "sorted columns": (lambda x: x.sort(0).values[1, 1], "x11", "1-largest of 2 (x01, x11)"),
    "columns of topk": (lambda x: x.topk(2, 0).values[1, 2], "x12", "2-largest of 2 (x02, x12)"),
    "all": (lambda x: x[:, :2].amin((0, 1)), "x01", "4-largest of 4 (x00, x01, x10, x11)"),
}


@pytest.mark.parametrize("name", TABLE)
def test_reduced_dimensions(name: str) -> None:
    function, element, rank = TABLE[name]
    assert read(function, strict=False) == element
    assert read(function, strict=True) == rank


def test_an_index_is_one_variable_whatever_computes_it() -> None:
    trace, x = Trace(strict=True), X.clone()
    trace.add_input(x, 0)
    with trace:
        largest = [
            x[0].argmax(),
            x[0].argsort(descending=True)[0],
            x[0].topk(1).indices[0],
            x.argmax(1)[0],
            x.argsort(1)[0, 2],
            x[0].sort().indices[2],
        ]
        smallest = [x[0].argmin(), x[0].argsort()[0], x[0].min(0).indices, x.T.argsort(0)[0, 0]]
        others = [x[0].argsort()[1], x[1].argmax(), x[0, :2].argmax(), x.argmax()]
    ids = [{int(trace.ids(x)) for x in same} for same in (largest, smallest)]
    assert [len(same) for same in ids] == [1, 1]
    assert ids[0] != ids[1]
    assert len({int(trace.ids(x)) for x in others} - ids[0] - ids[1]) == 4


def test_a_row_at_a_computed_index_depends_on_the_index() -> None:
    def function(x: Tensor) -> Tensor:
        return x[x[:, 0].argmax(0, keepdim=True)][0, 1]

    assert read(function, strict=False) == "x11"
    assert read(function, strict=True) == "choice(x11, place of an order statistic(x00, x10))"


def test_a_maximum_of_maxima_is_the_maximum_of_all() -> None:
    e = ExpressionGraph()
    x, y, z = (e.root("input", 0, i) for i in range(3))
    for rank, size in ((1, 3), (3, 3)):
        inner = order_statistic(e, (x, y), min(rank, 2), 0.0)
        outer = order_statistic(e, (z, inner), min(rank, 2), 0.0)
        assert outer == order_statistic(e, (z, y, x), rank, 0.0)
        assert e.extra[outer] == (rank,)
        assert len(e.parents[outer]) == size
    # The maximum of a minimum is not simplified.
    mixed = order_statistic(e, (z, order_statistic(e, (x, y), 2, 0.0)), 1, 0.0)
    assert len(e.parents[mixed]) == 2
    # Other order statistics are not simplified.
    middle = order_statistic(e, (x, y, z), 2, 0.0)
    assert e.extra[order_statistic(e, (middle, x, y), 2, 0.0)] == (2,)
    assert middle in e.parents[order_statistic(e, (middle, e.root("input", 0, 3)), 1, 0.0)]


def test_an_order_statistic_of_constants_is_a_constant() -> None:
    e = ExpressionGraph()
    two, five, x = e.constant(2.0), e.constant(5.0), e.root("input", 0, 0)
    assert order_statistic(e, (two, five), 1, 5.0) == five
    assert not e.is_constant(order_statistic(e, (two, x), 1, 5.0))
