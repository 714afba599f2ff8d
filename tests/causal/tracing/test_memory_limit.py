"""An audit that would not fit into memory ends with one line, before memory is used up."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, AuditError, audit
from repro.causal.tracing import memory_limit

SIZE = 12_000


def doubled(x: Tensor) -> dict[str, Tensor]:
    """Compute 12,000 numbers from as many inputs, in the backward pass."""
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(x.exp().sum(), x)
    return {"a": gradient[: len(x) // 2], "b": gradient[len(x) // 2 :]}


def test_one_line_says_what_is_needed_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """24,001 numbers: 3100 bytes each later, and 700 now for the 12,000 that are new; 78 MiB are too few."""
    needed = 24_001 * 3100 + 12_000 * 700
    monkeypatch.setattr(memory_limit, "available", lambda: needed - 1)
    with pytest.raises(AuditError) as error:
        audit(doubled, {"x": torch.linspace(-1, 1, SIZE)})
    assert str(error.value) == (
        "the rule computes 24,001 numbers or more, for which the audit needs 0.08 GiB more memory; available "
        "are 0.08 GiB; audit fewer steps, a smaller batch or narrower networks"
    )


def test_an_audit_that_fits_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "available", lambda: 24_001 * 3100 + 12_000 * 700)
    verdict = audit(doubled, {"x": torch.linspace(-1, 1, SIZE)})
    assert verdict.answer is Answer.MODULAR


def test_a_small_audit_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "available", lambda: 0)
    assert audit(doubled, {"x": torch.ones(2)}).answer is Answer.MODULAR


def test_memory_is_that_of_this_machine() -> None:
    assert 2**20 < memory_limit.available() < 2**50
