"""Convolution and attention, which torch runs as one operator, as compositions of simpler ones.

The backward passes are written here too, because torch's own take intermediate results of the fused operator.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_PRODUCTS = 50_000
"""Convolutions with more products are not decomposed."""


class _Windows:
    """The windows of a convolution: for each offset in the kernel, the elements that it is multiplied with."""

    def __init__(
        self,
        x: Tensor,
        kernel: Sequence[int],
        stride: Sequence[int],
        padding: Sequence[int],
        dilation: Sequence[int],
    ) -> None:
        self.padding = padding
        self.padded = F.pad(x, [n for size in reversed(padding) for n in (size, size)])
        self._spread = [list(x) for x in zip(kernel, stride, dilation, strict=True)]
        sizes = zip(self.padded.shape[2:], self._spread, strict=True)
        self.lengths = [(size - d * (k - 1) - 1) // s + 1 for size, (k, s, d) in sizes]

    def __iter__(self) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
        """List the offsets, each with the slices of the padded input that it is multiplied with."""
        for offset in itertools.product(*(range(k) for k, _, _ in self._spread)):
            sides = zip(offset, self._spread, self.lengths, strict=True)
            yield (
                offset,
                (
                    slice(None),
                    slice(None),
                    *(slice(o * d, o * d + s * (n - 1) + 1, s) for o, (_, s, d), n in sides),
                ),
            )


def _at(kernel: Tensor, offset: tuple[int, ...]) -> Tensor:
    """Get a view of a kernel [G, O, C, ...] at one offset."""
    for place in reversed(offset):
        kernel = kernel.select(-1, place)
    return kernel


def _is_too_large(x: Tensor, weight: Tensor, transposed: bool) -> bool:
    return transposed or x.shape[0] * x[0, 0].numel() * weight.numel() > _MOST_PRODUCTS


def convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    _output_padding: Sequence[int],
    groups: int,
) -> Any:  # noqa: ANN401 - a tensor, or NotImplemented
    """Convolve x [N, C, ...] with a kernel [O, C / groups, ...]."""
    if _is_too_large(x, weight, transposed):
        return NotImplemented
    windows = _Windows(x, weight.shape[2:], stride, padding, dilation)
    kernel = weight.reshape(groups, -1, *weight.shape[1:])  # [G, O, C, ...]
    made = x.new_zeros(())
    ends = [1] * len(windows.lengths)
    for offset, part in windows:
        seen = windows.padded[part]
        seen = seen.reshape(len(x), groups, 1, -1, *windows.lengths)
        factor = _at(kernel, offset)
        made = made + (seen * factor.reshape(1, *factor.shape, *ends)).sum(3)
    made = made.reshape(len(x), len(weight), *windows.lengths)
    return made if bias is None else made + bias.reshape(1, -1, *ends)


def convolution_backward(
    gradient: Tensor,
    x: Tensor,
    weight: Tensor,
    _bias_sizes: object,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    _output_padding: Sequence[int],
    groups: int,
    mask: Sequence[bool],
) -> Any:  # noqa: ANN401 - tensors, or NotImplemented
    """Get the gradients of a convolution's input, kernel and bias; None for those that `mask` excludes."""
    if _is_too_large(x, weight, transposed):
        return NotImplemented
    windows = _Windows(x, weight.shape[2:], stride, padding, dilation)
    kernel = weight.reshape(groups, -1, *weight.shape[1:])
    ends = [1] * len(windows.lengths)
    out = gradient.reshape(len(x), groups, -1, 1, *windows.lengths)  # [N, G, O, 1, ...]
    of_x, of_weight = torch.zeros_like(windows.padded), torch.zeros_like(kernel)
    for offset, part in windows:
        factor = _at(kernel, offset)
        back = (out * factor.reshape(1, *factor.shape, *ends)).sum(2)
        of_x[part] += back.reshape(len(x), -1, *windows.lengths)
        seen = windows.padded[part].reshape(len(x), groups, 1, -1, *windows.lengths)
        _at(of_weight, offset).add_((out * seen).sum((0, *range(4, out.dim()))))
    inner = tuple(slice(p, n - p) for p, n in zip(padding, of_x.shape[2:], strict=True))
    return (
        of_x[(slice(None), slice(None), *inner)].clone() if mask[0] else None,
        of_weight.reshape(weight.shape) if mask[1] else None,
        gradient.sum((0, *range(2, gradient.dim()))) if mask[2] else None,
    )


def _scores(q: Tensor, k: Tensor, is_causal: bool, mask: Tensor | None, scale: float) -> Tensor:
    scores = (q @ k.transpose(-1, -2)) * scale
    if is_causal:
        allowed = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        scores = scores.masked_fill(~allowed, -math.inf)
    return scores if mask is None else scores + mask


def attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    attn_mask: Tensor | None = None,
    scale: float | None = None,
) -> Any:  # noqa: ANN401 - tensors, or NotImplemented
    """Get softmax(q kᵀ scale + mask) v, and the log-sum-exp of each row."""
    if dropout_p:
        return NotImplemented
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = _scores(q, k, is_causal, attn_mask, scale)
    total = scores.logsumexp(-1)
    return (scores - total.unsqueeze(-1)).exp() @ v, total


def attention_backward(
    gradient: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    total: Tensor,
    _dropout_p: float,
    is_causal: bool,
    *,
    attn_mask: Tensor | None = None,
    scale: float | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Get the gradients of q, k and v."""
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    weights = (_scores(q, k, is_causal, attn_mask, scale) - total.unsqueeze(-1)).exp()
    of_weights = gradient @ v.transpose(-1, -2)
    of_scores = weights * (of_weights - (gradient * out).sum(-1, keepdim=True)) * scale
    return of_scores @ k, of_scores.transpose(-1, -2) @ q, weights.transpose(-1, -2) @ gradient
