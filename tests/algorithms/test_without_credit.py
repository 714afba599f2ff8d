"""Only credit changes weights: if its functions return zeros, nothing is learned."""

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
from repro.algorithms.base import Algorithm
from repro.credit import returns
from tests.algorithms.reference import (
    WITH_ADVANTAGES,
    WITH_CRITICS,
    make_trainer,
    rough_weights,
)

if TYPE_CHECKING:
    from torch import Tensor

PROBLEM = "common_descendant.training"
SMALL = {"steps": 256, "minibatch": 64}


@pytest.fixture(params=algorithms.algorithm_names())
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of an algorithm that learns with torch: compiled code does not see replaced functions.

    `test_compiled_learning.py` checks that both learn the same.
    """
    kind = type(algorithms.load(str(request.param)))
    monkeypatch.setattr(kind, "learn", Algorithm.learn)
    return str(request.param)


def times_zero(found: Tensor | tuple[Tensor, ...]) -> Tensor | tuple[Tensor, ...]:
    return tuple(x * 0 for x in found) if isinstance(found, tuple) else found * 0


def zeroed_gradients(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Multiply every gradient function of credit by zero, wherever it is imported; return their names."""
    holders = [
        importlib.import_module(f"{package.__name__}.{info.name}")
        for package in (repro.credit, repro.algorithms)
        for info in pkgutil.iter_modules(package.__path__)
    ]
    gradients = [
        value
        for holder in holders
        for key, value in vars(holder).items()
        if isinstance(value, FunctionType)
        and key.endswith("_gradient")
        and value.__module__.startswith("repro.credit")
    ]

    def zeroed(gradient: FunctionType) -> Any:  # noqa: ANN401 - takes what the gradient takes
        return lambda *given, **named: times_zero(gradient(*given, **named))

    for holder in holders:
        for key, value in list(vars(holder).items()):
            if value in gradients:
                monkeypatch.setattr(holder, key, zeroed(value))
    return {gradient.__name__ for gradient in gradients}


def test_without_credit_no_weight_changes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = rough_weights(name, PROBLEM)
    assert zeroed_gradients(monkeypatch) >= {
        "value_gradient",
        "softmax_policy_gradient",
        "beta_policy_gradient",
    }
    trainer = make_trainer(name, PROBLEM, weights, **SMALL, value_penalty=0.0)
    trainer.epoch(trainer.outputs())
    np.testing.assert_array_equal(trainer.policy.parameters, weights["policy"])
    np.testing.assert_array_equal(trainer.value.parameters, weights["value"])


@pytest.mark.parametrize("name", WITH_CRITICS, indirect=True)
def test_the_penalty_does_not_depend_on_data(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = rough_weights(name, PROBLEM)
    zeroed_gradients(monkeypatch)
    one, two = (make_trainer(name, PROBLEM, weights, **SMALL, value_penalty=1e-3) for _ in range(2))
    two.streams.generators[0].random(5)
    for trainer in (one, two):
        trainer.epoch(trainer.outputs())
    np.testing.assert_array_equal(one.value.parameters, two.value.parameters)
    # After 16 to 32 Adam steps towards zero.
    shrunk = np.abs(one.value.parameters) < np.abs(weights["value"])
    assert shrunk[np.abs(weights["value"]) > 0.2].all()


@pytest.mark.parametrize("name", WITH_ADVANTAGES, indirect=True)
def test_without_advantages_no_policy_changes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = rough_weights(name, PROBLEM)

    def zeroed(advantage: Tensor) -> Tensor:
        return advantage * 0

    monkeypatch.setattr(returns, "normalised", zeroed)
    algorithm = algorithms.load(name)
    without = {"entropy_bonus": 0.0} if hasattr(algorithm, "entropy_bonus") else {}
    trainer = make_trainer(name, PROBLEM, weights, **SMALL, **without)
    trainer.epoch(trainer.outputs())
    np.testing.assert_array_equal(trainer.policy.parameters, weights["policy"])
    assert (trainer.value.parameters != weights["value"]).any() or not algorithm.critics(6)
