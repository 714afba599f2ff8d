"""What running code contradicts is no verdict."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import torch

from repro.causal import Answer, Intervention, audit

if TYPE_CHECKING:
    import pytest
    from torch import Tensor


def _apart(bids: Tensor) -> dict[str, Tensor]:
    return {"a": bids[0].exp(), "b": bids[1].exp()}


def _tied(bids: Tensor) -> dict[str, Tensor]:
    total = bids.sum().exp()
    return {"a": total * bids[0], "b": total * bids[1]}


def test_a_gradient_that_moves_against_the_graph_leaves_nothing_modular(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bids = {"bids": torch.tensor([0.3, -0.5])}
    assert audit(_apart, bids, verify=True).answer is Answer.MODULAR
    found = (Intervention("exp(bids[0])", ("a",), ("a", "b")),)
    # The module goes by the name of the function that it holds.
    module = sys.modules["repro.causal.auditing.audit"]
    monkeypatch.setattr(module, "intervention_check", lambda *_: found)
    contradicted = audit(_apart, bids, verify=True)
    assert contradicted.answer is Answer.UNDETERMINED
    assert any("the trace missed something" in limit for limit in contradicted.limits)
    assert audit(_apart, bids).answer is Answer.MODULAR
    assert audit(_tied, bids, verify=True).answer is Answer.NOT_MODULAR
