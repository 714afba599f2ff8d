"""What a big audit says, and that small ones say nothing."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

import torch

from repro.causal import audit
from repro.causal.auditing import progress

if TYPE_CHECKING:
    import pytest
    from torch import Tensor

X = torch.linspace(-1, 1, 1200)


def rule(x: Tensor) -> dict[str, Tensor]:
    """Compute 2400 numbers in two operators, and copy some of them."""
    y = x.exp().sin()
    return {"a": y[:600].clone(), "b": y[600:]}


def test_a_big_audit_says_how_big_it_is_and_how_far(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "BIG", 3000)
    audit(rule, {"x": X})
    texts = [record.getMessage() for record in caplog.records]
    # 2400 numbers, and 600 in the copy; 3100 bytes for each.
    assert texts[0].startswith("audit: about 3,000 numbers, for which it needs up to 0.0 GB; fewer")
    assert re.fullmatch(r"audit: traced 3,\d{3} numbers; flattening sums \(\d+ s\)", texts[1])
    assert len(texts) == 5
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_a_small_audit_prints_nothing(caplog: pytest.LogCaptureFixture) -> None:
    audit(rule, {"x": X})
    assert caplog.records == []
