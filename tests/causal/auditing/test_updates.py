"""Update rules as part of credit assignment: which make mechanisms dependent, and which do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from repro.causal import Answer, audit

if TYPE_CHECKING:
    from collections.abc import Callable

MODULAR, NOT_MODULAR = Answer.MODULAR, Answer.NOT_MODULAR
BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


def _own(bids: Tensor) -> dict[str, Tensor]:
    return {name: bids[k].exp() for k, name in enumerate("abc")}


def _clip_all(gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    norm = torch.stack(list(gradients.values())).norm()
    return {name: g / norm.clamp(min=1.0) for name, g in gradients.items()}


def _clip_each(gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: g / g.norm().clamp(min=1.0) for name, g in gradients.items()}


def _clip_by_torch(gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    weights = {name: nn.Parameter(torch.zeros_like(g)) for name, g in gradients.items()}
    for name, gradient in gradients.items():
        weights[name].grad = gradient.clone()
    nn.utils.clip_grad_norm_(weights.values(), 0.5)
    return {name: weight.grad for name, weight in weights.items() if weight.grad is not None}


def _step(kind: Callable[..., torch.optim.Optimizer], *, together: bool = True) -> Any:  # noqa: ANN401 - an update
    def update(gradients: dict[str, Tensor]) -> dict[str, Tensor]:
        weights = {name: nn.Parameter(torch.zeros_like(g)) for name, g in gradients.items()}
        for name, gradient in gradients.items():
            weights[name].grad = gradient.clone()
        groups = [list(weights.values())] if together else [[w] for w in weights.values()]
        for group in groups:
            kind(group, lr=0.1).step()
        return {name: weight.detach() for name, weight in weights.items()}

    return update


UPDATES: dict[str, tuple[Any, Answer]] = {
    "one norm over all": (_clip_all, NOT_MODULAR),
    "one norm over all, by torch": (_clip_by_torch, NOT_MODULAR),
    "a norm for each": (_clip_each, MODULAR),
    "sgd": (_step(torch.optim.SGD), MODULAR),
    "adam over all": (_step(torch.optim.Adam), MODULAR),
    "adam for each": (_step(torch.optim.Adam, together=False), MODULAR),
    "centred": (lambda gs: {n: g - sum(gs.values()) / 3 for n, g in gs.items()}, NOT_MODULAR),
    "one includes the other": (lambda gs: {**gs, "a": gs["a"] + gs["b"]}, NOT_MODULAR),
}


@pytest.mark.parametrize("name", UPDATES)
def test_updates(name: str) -> None:
    update, answer = UPDATES[name]
    verdict = audit(_own, {"bids": BIDS}, update=update)
    assert verdict.answer is answer
    assert verdict.limits == ()


def test_two_audits_of_one_rule_are_equal() -> None:
    update = UPDATES["one norm over all"][0]
    first, second = (audit(_own, {"bids": BIDS}, update=update) for _ in range(2))
    assert first == second
