"""How far numbers may differ by rounding, by the precision in which a rule computes."""

from __future__ import annotations

import torch
from torch import Tensor

from repro.causal.tracing.recording import coarsest

GradientTensors = dict[str, list[Tensor]]
"""Each mechanism's gradient as a list of tensors, empty if the gradient is exactly zero."""
_TOLERANCE = {torch.float64: 1e-6, torch.float32: 1e-3}
"""Relative difference allowed between two runs; a division may have amplified rounding errors."""
_LOOSEST = 1e-1
"""The same in other precisions."""
_RATIO = {torch.float64: 1e-9, torch.float32: 1e-5}
"""Relative difference up to which two ratios of weights are equal: many rounding errors."""
_RATIO_ERRORS = 2
"""The same in other precisions, as a multiple of the rounding error."""
_NOISE = 100
"""Differences up to this many times the rounding error of the largest number are ignored."""


def ratio_tolerance(precision: torch.dtype) -> float:
    """Get the relative difference up to which two ratios of weights count as equal.

    Args:
        precision: the coarsest type of real numbers that a rule computes with.
    """
    return _RATIO.get(precision, _RATIO_ERRORS * torch.finfo(precision).eps)


def largest(tensor: Tensor) -> float:
    """Get the largest absolute value of a finite number in a tensor; 0 if there is none."""
    if tensor.dtype == torch.bool:  # has no absolute value
        return float(tensor.any())
    finite = tensor.detach()[tensor.isfinite()].abs()
    return float(finite.max()) if finite.numel() else 0.0


def differs(
    first: GradientTensors, second: GradientTensors, size: float, precision: torch.dtype
) -> str | None:
    """Find a gradient that differs by more than rounding between two runs; None if there is none."""
    for name, tensors in first.items():
        again = second.get(name, [])
        if len(again) != len(tensors) or not all(
            _close(x, y, size, precision) for x, y in zip(tensors, again, strict=True)
        ):
            return name
    return None


def _close(x: Tensor, y: Tensor, size: float, precision: torch.dtype) -> bool:
    """Return whether two tensors differ only by rounding, given the size of the inputs."""
    if x.shape != y.shape or x.dtype != y.dtype:
        return False
    coarser = coarsest(x.dtype, precision)
    tolerance = _TOLERANCE.get(coarser, _LOOSEST)
    noise = _NOISE * torch.finfo(x.dtype).eps * max(1.0, size)
    a, b = x.detach().double(), y.detach().double()
    return torch.allclose(a, b, rtol=tolerance, atol=max(noise, tolerance * largest(a)))
