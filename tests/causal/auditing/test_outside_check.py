"""Tensors that no operator made, as far as a trace sees: data, or computed from the inputs behind its back."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from repro.causal import Answer, audit
from repro.causal.auditing.outside_check import outside_is_fixed
from repro.causal.auditing.rule_run import AuditTarget

DATA = torch.tensor([2.0, 3.0])


@pytest.mark.parametrize("hidden", [False, True])
def test_a_tensor_that_changes_with_the_inputs_is_not_fixed(hidden: bool) -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        with torch._C.DisableTorchFunction(), _disable_current_modes():
            scale = x.exp() if hidden else DATA.exp()
        return {"a": x[0] * scale[0], "b": x[1] * scale[0]}

    assert outside_is_fixed(AuditTarget(rule, {"x": torch.ones(2)})) is not hidden


def test_memory_that_is_still_to_be_written_is_fixed() -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        with torch._C.DisableTorchFunction(), _disable_current_modes():
            memory = torch.full((2,), torch.nan)
        memory.copy_(x.detach())
        return {"a": x[0] * memory[0], "b": x[1] * memory[1]}

    assert outside_is_fixed(AuditTarget(rule, {"x": torch.ones(2)}))


def test_what_cancels_in_a_log_sum_exp_is_no_tensor_from_outside() -> None:
    """Exponentials of large numbers overflow; what is subtracted against it changes with the inputs."""

    def rule(x: Tensor) -> dict[str, Tensor]:
        total = (x * 100 + DATA).logsumexp(0)
        return {"a": x[0] * total, "b": x[1] * total}

    assert outside_is_fixed(AuditTarget(rule, {"x": torch.ones(2)}))


def test_a_tensor_without_numbers_is_fixed() -> None:
    shape = torch.empty(2, device="meta")

    def rule(x: Tensor) -> dict[str, Tensor]:
        many = (shape * 2).numel()
        return {"a": x[0] * many, "b": x[1] * many}

    assert outside_is_fixed(AuditTarget(rule, {"x": torch.ones(2)}))


def test_numbers_of_the_code_need_no_run_with_other_inputs() -> None:
    """A rule may refuse other inputs; nothing that its inputs computed is among these numbers."""

    def rule(x: Tensor) -> dict[str, Tensor]:
        if x.detach().max() > 1:
            raise ValueError("expected probabilities")
        weights = torch.tensor([0.12345678, 0.5])
        return {"a": x[0] * weights[0], "b": x[1] * weights[1]}

    verdict = audit(rule, {"x": torch.tensor([0.9999, 0.5])})
    assert verdict.answer is Answer.MODULAR
    assert verdict.limits == ()
