"""Weights move by credit alone: with its functions replaced by noughts nothing is learned."""

from __future__ import annotations

import importlib
import pkgutil
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import repro.algorithms
import repro.credit
from repro import algorithms
from repro.credit import returns
from tests.algorithms.reference import make_trainer, rough_weights

if TYPE_CHECKING:
    from torch import Tensor

PROBLEM = "common_descendant.training"
SMALL = {"steps": 256, "minibatch": 64}


@pytest.fixture(params=algorithms.algorithm_names())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def zeroed_losses(monkeypatch: pytest.MonkeyPatch) -> int:
    """Replace every loss among the credit functions by nought times itself, wherever it is named."""
    holders = [
        importlib.import_module(f"{package.__name__}.{info.name}")
        for package in (repro.credit, repro.algorithms)
        for info in pkgutil.iter_modules(package.__path__)
    ]
    losses = [
        value
        for holder in holders
        for key, value in vars(holder).items()
        if isinstance(value, FunctionType)
        and key.endswith("_loss")
        and value.__module__.startswith("repro.credit")
    ]

    def nought(loss: FunctionType) -> Any:  # noqa: ANN401 - takes what the loss takes
        return lambda *given, **named: loss(*given, **named) * 0

    for holder in holders:
        for key, value in list(vars(holder).items()):
            if value in losses:
                monkeypatch.setattr(holder, key, nought(value))
    return len(set(losses))


def test_without_credit_no_weight_moves(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = rough_weights(name, PROBLEM)
    assert zeroed_losses(monkeypatch) >= 3
    trainer = make_trainer(name, PROBLEM, weights, **SMALL)
    trainer.epoch()
    np.testing.assert_array_equal(trainer.policy.values(), weights["policy"])
    np.testing.assert_array_equal(trainer.value.values(), weights["value"])


def test_without_advantages_no_policy_moves(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = rough_weights(name, PROBLEM)

    def nought(advantage: Tensor) -> Tensor:
        return advantage * 0

    monkeypatch.setattr(returns, "normalised", nought)
    trainer = make_trainer(name, PROBLEM, weights, **SMALL, entropy_bonus=0.0)
    trainer.epoch()
    np.testing.assert_array_equal(trainer.policy.values(), weights["policy"])
    assert (trainer.value.values() != weights["value"]).any()
