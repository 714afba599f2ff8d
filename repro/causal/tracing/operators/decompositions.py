"""Operators as compositions of simpler ones, which run and are recorded instead.

The results differ from those of the fused operator only by rounding.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from repro.causal.tracing.operators import fused
from repro.causal.tracing.operators.matrix_products import is_large
from repro.causal.tracing.recording import CANCELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch._ops import OpOverload

_SAFE = 50.0
"""Sums of exponentials of numbers up to this size do not overflow in float32."""

Dims = int | list[int] | tuple[int, ...] | None


def of_torch(func: OpOverload) -> Callable[..., Any] | None:
    """Find torch's own decomposition of an operator."""
    from torch._decomp import decomposition_table  # noqa: PLC0415 - takes a second to load

    found: Callable[..., Any] | None = decomposition_table.get(func)
    if found is None and func.has_kernel_for_dispatch_key(
        torch._C.DispatchKey.CompositeImplicitAutograd  # noqa: SLF001 - torch's only name for it
    ):
        return func.decompose
    return found


def into(own: Callable[..., Any], target: Tensor) -> Callable[..., Any]:
    """Make a function that runs a decomposition and writes its result to `target`."""

    def run(*args: Any, out: Tensor | None = None, **kwargs: Any) -> Any:  # noqa: ANN401 - as the operator takes
        del out
        made = own(*args, **kwargs)
        return made if made is NotImplemented else target.copy_(made)

    return run


def one_by_one(name: str, *, in_place: bool) -> Callable[..., Any]:
    """Make a function that applies an operator on lists of tensors to one tensor after another."""
    plain = name.removeprefix("_foreach_")

    def one(x: Any, *args: Any, **named: Any) -> Tensor:  # noqa: ANN401 - as the operator takes
        made: Tensor
        if plain in {"addcmul", "addcdiv"}:
            a, b, value = (*args, *named.values(), 1)[:3]
            made = x + value * (a * b if plain == "addcmul" else a / b)
        elif plain == "zero":
            made = torch.zeros_like(x)
        elif plain in {"maximum", "minimum"} and not isinstance(args[0], Tensor):
            made = getattr(torch, plain)(x, torch.full_like(x, args[0]))
        elif plain == "pow":
            made = torch.pow(x, *args)
        else:
            made = getattr(torch.ops.aten, plain)(x, *args, **named)
        if in_place:
            x.copy_(made)
        return made

    def run(*args: Any, **named: Any) -> list[Tensor] | None:  # noqa: ANN401 - as the operator takes
        length = next(len(x) for x in args if isinstance(x, (list, tuple)))
        columns = [
            x.unbind() if isinstance(x, Tensor) and x.dim() == 1 else x
            for x in (*args, *named.values())
        ]
        rows = zip(
            *(x if isinstance(x, (list, tuple)) else itertools.repeat(x, length) for x in columns),
            strict=False,
        )
        made = [
            one(*row[: len(args)], **dict(zip(named, row[len(args) :], strict=True)))
            for row in rows
        ]
        return None if in_place else made

    return run


def _offset(x: Tensor, dim: Dims) -> tuple[Tensor, Tensor] | None:
    """Choose numbers to subtract along dimensions so that exponentials don't overflow.

    Returns:
        The numbers with and without these dimensions; None if x is small. They are no part of the graph,
        because the result of a log-sum-exp does not depend on them.
    """
    from torch.utils._python_dispatch import _disable_current_modes  # noqa: PLC0415 - as above

    if not x.numel():
        return None
    with _disable_current_modes():
        given = x.detach()
        if float(given.abs().max()) <= min(_SAFE, math.log(torch.finfo(x.dtype).max) / 2):
            return None
        kept = given.amax(dim, keepdim=True)  # type: ignore[arg-type]  # all of them if there are none
        kept = torch.where(kept.isfinite(), kept, 0.0)
        dropped = kept.amax(dim)  # type: ignore[arg-type]  # as above
    for tensor in (kept, dropped):
        setattr(tensor, CANCELS, True)
    return kept, dropped


def _logsumexp(x: Tensor, dim: Dims, keepdim: bool = False) -> Tensor:
    offset = _offset(x, dim)
    if offset is None:
        return x.exp().sum(dim, keepdim=keepdim).log()
    total = (x - offset[0]).exp().sum(dim, keepdim=keepdim)
    return total.log() + (offset[0] if keepdim else offset[1])


def _log_softmax(x: Tensor, dim: int, _half: bool = False) -> Tensor:
    return x - _logsumexp(x, dim, keepdim=True)


def _softmax(x: Tensor, dim: int, _half: bool = False) -> Tensor:
    offset = _offset(x, dim)
    raised = x.exp() if offset is None else (x - offset[0]).exp()
    return raised / raised.sum(dim, keepdim=True)


def _log_softmax_backward(gradient: Tensor, output: Tensor, dim: int, _dtype: object) -> Tensor:
    return gradient - output.exp() * gradient.sum(dim, keepdim=True)


def _softmax_backward(gradient: Tensor, output: Tensor, dim: int, _dtype: object) -> Tensor:
    weighted = gradient * output
    return weighted - output * weighted.sum(dim, keepdim=True)


def _var_mean(
    x: Tensor,
    dim: Dims = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Tensor, Tensor]:
    if isinstance(dim, bool):  # the form without dimensions
        return _var_mean(x, None, dim)
    dims = list(range(x.dim())) if not dim and dim != 0 else [dim] if isinstance(dim, int) else dim
    n = math.prod(x.shape[axis] for axis in dims)
    mean = x.mean(dims, keepdim=True)
    deviation = x - mean
    spread = (deviation * deviation).sum(dims, keepdim=keepdim)
    variance = spread / max(0.0, n - (unbiased if correction is None else correction))
    return variance, mean if keepdim else mean.squeeze(dims)


def _std_mean(x: Tensor, *how: Any, **named: Any) -> tuple[Tensor, Tensor]:  # noqa: ANN401 - as above
    variance, mean = _var_mean(x, *how, **named)
    return variance.sqrt(), mean


def _mm(a: Tensor, b: Tensor) -> Tensor:
    if is_large(a, b):
        return torch.matmul(a, b)
    return (a.unsqueeze(-1) * b.unsqueeze(-3)).sum(-2)


def _mm_operator(a: Tensor, b: Tensor) -> Any:  # noqa: ANN401 - a tensor, or NotImplemented
    return NotImplemented if is_large(a, b) else _mm(a, b)


def _add_mm(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    return beta * x + alpha * _mm(a, b)


def _mv(a: Tensor, b: Tensor) -> Tensor:
    return (a * b).sum(-1)


def _add_mv(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    return beta * x + alpha * _mv(a, b)


def _vector_norm(
    x: Tensor, order: float = 2, dim: Dims = None, keepdim: bool = False, **_how: object
) -> Tensor:
    dims = list(range(x.dim())) if dim is None else dim
    if order == 2:  # noqa: PLR2004 - the Euclidean norm
        return (x * x).sum(dims, keepdim=keepdim).sqrt()
    if order == 0:
        return (x != 0).to(x.dtype).sum(dims, keepdim=keepdim)
    if math.isinf(order):
        return x.abs().amax(dims, keepdim) if order > 0 else x.abs().amin(dims, keepdim)
    return x.abs().pow(order).sum(dims, keepdim=keepdim).pow(1 / order)


OWN: dict[str, Callable[..., Any]] = {
    "_scaled_dot_product_flash_attention_for_cpu": fused.attention,
    "_scaled_dot_product_flash_attention_for_cpu_backward": fused.attention_backward,
    "addbmm": lambda x, a, b, *, beta=1, alpha=1: beta * x + alpha * _mm(a, b).sum(0),
    "addcdiv": lambda x, a, b, *, value=1: x + value * (a / b),
    "addcmul": lambda x, a, b, *, value=1: x + value * (a * b),
    "lerp": lambda x, y, weight: x + weight * (y - x),
    "log_sigmoid_backward": lambda gradient, x, _buffer: gradient * (-x).sigmoid(),
    "sigmoid_backward": lambda gradient, y: gradient * (y * (1 - y)),
    "softplus_backward": lambda gradient, x, beta, _threshold: gradient * (beta * x).sigmoid(),
    "tanh_backward": lambda gradient, y: gradient * (1 - y * y),
    "threshold_backward": lambda gradient, x, threshold: gradient * (x > threshold),
    "_log_softmax": _log_softmax,
    "_log_softmax_backward_data": _log_softmax_backward,
    "_softmax": _softmax,
    "_softmax_backward_data": _softmax_backward,
    "convolution": fused.convolution,
    "convolution_backward": fused.convolution_backward,
    "addmm": _add_mm,
    "addmv": _add_mv,
    "baddbmm": _add_mm,
    "bmm": _mm_operator,
    "dot": _mv,
    "linalg_vector_norm": _vector_norm,
    "logsumexp": _logsumexp,
    "mm": _mm_operator,
    "mv": _mv,
    "std": lambda *how, **named: _std_mean(*how, **named)[0],
    "std_mean": _std_mean,
    "var": lambda *how, **named: _var_mean(*how, **named)[0],
    "var_mean": _var_mean,
}
