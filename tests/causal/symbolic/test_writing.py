"""Expressions as text: equal forms are written alike, and a sigmoid is written as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor

from repro.causal.symbolic.flatten_sums import FlattenedSums
from repro.causal.symbolic.naming import Naming
from repro.causal.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

ELEMENTS = 12
"""Enough for digests, which order what depends on one element, to be in either order."""


def written(function: Callable[[Tensor], Tensor]) -> set[str]:
    """Write each element that a function computes, with "x" in place of the element of its input."""
    trace = Trace()
    x = torch.linspace(0.1, 0.9, ELEMENTS, dtype=torch.float64)
    trace.add_input(x, 0)
    with trace:
        result = function(x)
    ids = [int(i) for i in trace.ids(result)]
    flat = FlattenedSums(trace.expressions, ids, set())
    naming = Naming(flat.expressions, lambda _, element: f"x[{element}]").writing(6)
    return {
        naming.expression(flat.id(i)).replace(f"x[{element}]", "x") for element, i in enumerate(ids)
    }


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (torch.sigmoid, "sigmoid(x)"),
        (lambda x: x.exp() / (1 + x.exp()), "sigmoid(x)"),
        (lambda x: 1 / (1 + (-2 * x).exp()), "sigmoid(2 x)"),
        (lambda x: 1 - torch.sigmoid(x), "(-sigmoid(x) + 1)"),
        (lambda x: torch.sigmoid(x) ** 2 * x.cos(), "cos(x) × sigmoid(x) × sigmoid(x)"),
        (lambda x: x.exp() / (3 + x.exp()), None),
        (lambda x: x.exp() / (1 + (2 * x).exp()), None),
        (lambda x: x / (1 + x.exp()), None),
    ],
)
def test_only_a_sigmoid_is_written_as_one(
    function: Callable[[Tensor], Tensor], text: str | None
) -> None:
    found = written(function)
    assert found == {text} if text else all("sigmoid" not in one for one in found)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x / (1 + x.exp()),
        lambda x: x * x.exp() + x,
        lambda x: x.cos() * x.sin() * x.exp() * x,
        lambda x: x.cos() - 2 * x.sin() + 3 * x.exp() * x.cos(),
    ],
)
def test_every_element_of_one_form_is_written_alike(function: Callable[[Tensor], Tensor]) -> None:
    assert len(written(function)) == 1
