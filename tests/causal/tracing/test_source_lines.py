"""Where an operator runs: the user's line, and the module whose forward pass it is part of."""

from __future__ import annotations

import sys

import torch
from torch import Tensor, nn

from repro.causal.tracing import Trace


class Doubling(nn.Module):
    """Computes in a file of a user."""

    def forward(self, x: Tensor) -> Tensor:
        """Double."""
        return x * 2


def test_lines_and_modules() -> None:
    inner, outer = nn.Tanh(), Doubling()
    x = torch.ones(2, requires_grad=True)
    trace = Trace()
    trace.add_input(x, 0)
    with trace:
        first = sys._getframe().f_lineno + 1
        y = inner(x)
        y = outer(y)
        y = y.exp()
        y.sum().backward()
    lines = [source.line for source in trace.sources]
    modules = [source.module for source in trace.sources]
    assert lines[0] == f"test_source_lines.py:{first}"
    assert modules[0] is inner
    second = modules.index(outer)
    assert lines[second] == f"test_source_lines.py:{Doubling.forward.__code__.co_firstlineno + 2}"
    assert lines[-1] == f"test_source_lines.py:{first + 3}"
    assert modules[-1] is None
    assert len(trace.sources) == trace.step
