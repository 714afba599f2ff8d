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


def test_the_size_of_a_loop_over_many_steps_is_right_within_a_factor_two(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zeros, copies and numbers of the backward pass make the two numbers differ."""
    monkeypatch.setattr(progress, "BIG", 1)
    monkeypatch.setattr(progress, "WORTH_COUNTING", 1)
    steps = 40
    given = {"rewards": torch.linspace(-1, 1, steps), "values": torch.linspace(0, 1, steps + 1)}

    def advantages(rewards: Tensor, values: Tensor) -> dict[str, Tensor]:
        errors = rewards + 0.9 * values[1:] - values[:-1]
        made = torch.zeros(steps)
        for t in reversed(range(steps)):
            made[t] = errors[t] + 0.8 * (made[t + 1] if t + 1 < steps else 0)
        return {"a": made[::2], "b": made[1::2]}

    audit(advantages, given)
    told, traced = (
        int(record.getMessage().replace(",", "").split(" numbers")[0].split()[-1])
        for record in caplog.records[:2]
    )
    assert traced / 2 < told < traced * 2
