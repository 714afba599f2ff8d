"""A verdict is withdrawn if the running code contradicts the graph."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import torch

from repro.causal import Answer, Intervention, audit

if TYPE_CHECKING:
    import pytest
    from torch import Tensor


def _separate(bids: Tensor) -> dict[str, Tensor]:
    return {"a": bids[0].exp(), "b": bids[1].exp()}


def _shared(bids: Tensor) -> dict[str, Tensor]:
    total = bids.sum().exp()
    return {"a": total * bids[0], "b": total * bids[1]}


def test_after_a_violation_nothing_is_modular(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bids = {"bids": torch.tensor([0.3, -0.5])}
    assert audit(_separate, bids, verify=True).answer is Answer.MODULAR
    found = (Intervention("exp(bids[0])", ("a",), ("a", "b")),)
    # The package has a function with the name of this module.
    module = sys.modules["repro.causal.auditing.audit"]
    monkeypatch.setattr(module, "intervention_check", lambda *_: found)
    contradicted = audit(_separate, bids, verify=True)
    assert contradicted.answer is Answer.UNDETERMINED
    assert any("the trace missed something" in limit for limit in contradicted.limits)
    assert contradicted.unseen == {"a", "b"}
    assert audit(_separate, bids).answer is Answer.MODULAR
    assert audit(_shared, bids, verify=True).answer is Answer.NOT_MODULAR
