"""Checks of the tensors that an audit is given: one line says what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from repro.causal.auditing.shared_parameters import shared_parameters
from repro.errors import AuditError


def check_tensors(what: str, given: object) -> None:
    """Check tensors by name.

    Args:
        what: they are: "input" or "batch".
        given: a dict of dense tensors of real numbers on the CPU.

    Raises:
        AuditError: one is not such a tensor, holds NaN, or shares memory with another.
    """
    if not isinstance(given, Mapping):
        raise AuditError(f"{what}: given {given!r}; expected a dict of tensors by name")
    for name, value in given.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise AuditError(
                f"{what} {name!r}: given a {type(value).__name__}; expected a tensor (constants belong in the "
                "code; torch.as_tensor makes tensors of arrays)"
            )
        if not is_plain(value):
            raise AuditError(
                f"{what} {name!r}: given {value.dtype}, {value.layout}, on {value.device}; expected a dense "
                "tensor of real numbers on the CPU"
            )
        if value.isnan().any():
            raise AuditError(f"{what} {name!r} holds NaN; expected numbers")
    for first, second in shared_parameters(given):
        raise AuditError(f"{what}: {first!r} and {second!r} share memory; pass that tensor once")


def is_plain(tensor: Tensor) -> bool:
    """Return whether a tensor is a dense tensor of real numbers on the CPU."""
    odd = tensor.is_complex() or tensor.is_quantized
    return not odd and tensor.layout is torch.strided and tensor.device.type == "cpu"
