"""Tensors that no operator made, as far as a trace sees: data, or computed from the inputs behind its back."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

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
