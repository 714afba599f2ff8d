"""An audit that would not fit into memory ends with one line, before memory is used up."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, AuditError, audit
from repro.causal.tracing import memory_limit
from repro.causal.tracing.memory_limit import MemoryLimit

INPUTS = torch.linspace(-1, 1, 120)
AT_EXP = 121 * 3100 + 120 * 700
"""Needed before exp: for a zero and 120 inputs until the end, and to trace 120 results."""


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check after 200 numbers, so that small audits are checked."""
    monkeypatch.setattr(memory_limit, "INTERVAL", 200)


def exponentials(x: Tensor) -> dict[str, Tensor]:
    """Compute as many numbers as there are inputs."""
    made = x.exp()
    return {"a": made[: len(x) // 2], "b": made[len(x) // 2 :]}


def zeros(x: Tensor) -> dict[str, Tensor]:
    """Compute 10,000 numbers of which all but one are zeros."""
    wide = torch.zeros(100, 100)
    wide[0, 0] = x[0]
    wide = wide * 2
    return {"a": wide[0, 0], "b": x[1]}


def test_one_line_says_what_is_needed_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "available", lambda: 3 * 2**29)
    with pytest.raises(AuditError) as error:
        MemoryLimit().check(1_000_000, 500_000)
    assert str(error.value) == (
        "the rule computes 1,500,000 numbers or more, for which the audit needs 3.21 GiB more memory; available "
        "are 1.50 GiB; audit fewer steps, a smaller batch or narrower networks"
    )


def test_an_operator_is_checked_before_it_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "available", lambda: AT_EXP - 1)
    with pytest.raises(AuditError, match="computes 241 numbers or more"):
        audit(exponentials, {"x": INPUTS})


def test_what_was_traced_last_is_checked_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """280 results fit while they are traced, but the audit of them does not."""
    inputs = {"x": torch.linspace(-1, 1, 280)}
    recorded = 2 * 280 + 1
    monkeypatch.setattr(memory_limit, "available", lambda: recorded * 3100 - 1)
    with pytest.raises(AuditError, match="computes 561 numbers or more"):
        audit(exponentials, inputs)
    monkeypatch.setattr(memory_limit, "available", lambda: recorded * 3100)
    assert audit(exponentials, inputs).answer is Answer.MODULAR


def test_an_audit_that_fits_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "available", lambda: AT_EXP)
    assert audit(exponentials, {"x": INPUTS}).answer is Answer.MODULAR


def test_zeros_are_not_counted_as_numbers_that_the_audit_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To trace 10,000 numbers takes 7 MB at most; to keep them would take 31 MB more."""
    monkeypatch.setattr(memory_limit, "available", lambda: 8_000_000)
    assert audit(zeros, {"x": INPUTS[:2]}).answer is Answer.MODULAR


def test_a_small_audit_does_not_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_limit, "available", lambda: 0)
    assert audit(exponentials, {"x": torch.ones(2)}).answer is Answer.MODULAR


def test_a_large_operator_does_not_put_off_the_next_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next check comes when 200 more are recorded, however many numbers one operator computed."""
    asked: list[int] = []

    def available() -> int:
        asked.append(len(asked))
        return 2**50

    monkeypatch.setattr(memory_limit, "available", available)
    limit = MemoryLimit()
    for recorded, new, checks in (
        (0, 199, 0),
        (0, 10_000, 1),
        (100, 90, 1),
        (200, 0, 2),
        (399, 0, 2),
        (399, 1, 3),
    ):
        limit.check(recorded, new)
        assert len(asked) == checks


def test_memory_is_that_of_this_machine() -> None:
    assert 2**20 < memory_limit.available() < 2**50
