"""Masks and computed indices: an element depends on its own, and what cannot be told is undetermined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - its usual name

from repro.causal import Answer
from tests.causal.auditing.test_places import verdict_on

if TYPE_CHECKING:
    from tests.causal.auditing.test_places import Whole

MODULAR, NOT_MODULAR, UNDETERMINED = Answer.MODULAR, Answer.NOT_MODULAR, Answer.UNDETERMINED


def _large(b: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
    error = b - r
    return error, error.abs() > 1


def _assigned(b: Tensor, r: Tensor) -> Tensor:
    error, mask = _large(b, r)
    error[mask] = 0.0
    return error


def _rows(b: Tensor, r: Tensor) -> Tensor:
    error = (b - r)[:, None].repeat(1, 2)
    error[(error.abs() > 1).any(1)] = torch.tensor([1.0, 2.0], dtype=b.dtype)
    return error


def _a_sum(b: Tensor, r: Tensor) -> Tensor:
    error, mask = _large(b, r)
    error[mask] = r.sum()
    return error


def _scaled(b: Tensor, r: Tensor) -> Tensor:
    error, mask = _large(b, r)
    error[mask] *= 0.5
    return error


def _from_another(b: Tensor, r: Tensor) -> Tensor:
    error, mask = _large(b, r)
    error[mask] = b[mask]
    return error


def _gradient_of_some(b: Tensor, r: Tensor) -> Tensor:
    def loss(x: Tensor) -> Tensor:
        return ((x - r)[_large(b, r)[1]] ** 2).sum()

    gradient: Tensor = torch.func.grad(loss)(b)
    return gradient


def _bins(r: Tensor) -> tuple[Tensor, Tensor]:
    place = r.clamp(0, 4)
    low = place.floor().long()
    return low, 1 - (place - low)


def _scattered(b: Tensor, r: Tensor) -> Tensor:
    low, weight = _bins(r)
    made = torch.zeros(3, 6, dtype=b.dtype).scatter_add_(1, low[:, None], weight[:, None])
    return b[:, None] - made


def _put(b: Tensor, r: Tensor) -> Tensor:
    low, weight = _bins(r)
    made = torch.zeros(3, 6, dtype=b.dtype)
    made[torch.arange(3), low] += weight
    return b[:, None] - made


def _flat(b: Tensor, r: Tensor) -> Tensor:
    low, weight = _bins(r)
    made = torch.zeros(18, dtype=b.dtype).index_add_(0, low + 6 * torch.arange(3), weight)
    return b[:, None] - made.view(3, 6)


def _histogram(b: Tensor, r: Tensor) -> Tensor:
    ones = torch.ones(3, dtype=b.dtype)
    return b * torch.zeros(3, dtype=b.dtype).scatter_add_(0, r.clamp(0, 2).long(), ones)


def _masked_softmax(least: float) -> Whole:
    def whole(b: Tensor, r: Tensor) -> Tensor:
        others = (1 - torch.eye(3, dtype=b.dtype)) * least
        return (b[None] + others).softmax(1).diagonal() * r

    return whole


def _masked_log_softmax(b: Tensor, r: Tensor) -> Tensor:
    least = torch.finfo(torch.float32).min
    others = (1 - torch.eye(3, dtype=b.dtype)) * least
    return (b[None] + others).log_softmax(1).diagonal() * r


CASES: dict[str, tuple[Whole, Answer]] = {
    "assigned": (_assigned, MODULAR),
    "rows assigned": (_rows, MODULAR),
    "a sum assigned": (_a_sum, NOT_MODULAR),
    "masked_fill": (lambda b, r: (b - r).masked_fill((b - r).abs() > 1, 0.0), MODULAR),
    "scaled": (_scaled, UNDETERMINED),
    "assigned from another": (_from_another, UNDETERMINED),
    "masked_scatter": (lambda b, r: (b - r).masked_scatter(b > r, b), UNDETERMINED),
    "gradient of some": (_gradient_of_some, UNDETERMINED),
    "bins in a row": (_scattered, MODULAR),
    "bins by two indices": (_put, MODULAR),
    "bins in a flat table": (_flat, UNDETERMINED),
    "one histogram for all": (_histogram, UNDETERMINED),
    "read at own bin": (lambda b, r: b - torch.arange(9.0)[r.long()], MODULAR),
    "read at a common bin": (lambda b, r: b - torch.arange(9.0)[r[0].long()], NOT_MODULAR),
    "softmax of one": (_masked_softmax(-1e9), MODULAR),
    "softmax of all": (_masked_softmax(-1.0), NOT_MODULAR),
    "log-softmax of one": (_masked_log_softmax, MODULAR),
    "softmax of two": (
        lambda b, r: (b + torch.tensor([0.0, 0.0, -1e9])).softmax(0) * r,
        NOT_MODULAR,
    ),
    "leaky": (lambda b, r: F.leaky_relu(b - r), MODULAR),
}


@pytest.mark.parametrize("name", CASES)
def test_masks_and_bins(name: str) -> None:
    whole, answer = CASES[name]
    verdict = verdict_on(whole)
    assert verdict.answer is answer
    assert bool(verdict.limits) == (answer is UNDETERMINED)
