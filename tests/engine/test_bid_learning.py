"""Learning from bids: each mechanism on its own, and the code that is compiled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro.engine import bid_learning
from repro.engine.kernels import bid_gradients
from repro.engine.kernels import bid_learning as kernels
from repro.engine.networks import BatchedMLP, MLPSpec
from repro.errors import UserError
from repro.storage.syntax_digest import imported_modules

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

RUNS, MECHANISMS, SAMPLES, STATES, OBSERVED = 2, 3, 64, 6, 10
SETTINGS = bid_learning.Settings(minibatch=16, clip=0.2, entropy_bonus=0.1)
# Sizes of the protocol, which other tests compile too.
SPECS = MLPSpec((OBSERVED, 20, 20, 2), (True, False)), MLPSpec((OBSERVED, 20, 20, 1), (True, True))


def networks(seed: int = 1) -> tuple[BatchedMLP, BatchedMLP]:
    rng = np.random.default_rng(seed)
    observation = rng.random((STATES, OBSERVED), np.float32)
    policy, value = (
        BatchedMLP(
            spec,
            rng.normal(size=(RUNS, MECHANISMS, spec.size)).astype(np.float32) * np.float32(0.3),
            observation,
            1e-3,
            max_grad_norm=norm,
            penalty=penalty,
        )
        for spec, norm, penalty in zip(SPECS, (40.0, math.inf), (0.0, 1e-3), strict=True)
    )
    return policy, value


def samples(seed: int = 2) -> dict[str, Tensor]:
    rng = np.random.default_rng(seed)
    shape = (RUNS, MECHANISMS, SAMPLES)
    bid = rng.uniform(0.05, 0.95, shape).astype(np.float32)
    return {
        "state": torch.from_numpy(rng.integers(0, STATES - 1, shape)),
        "log_bid": torch.from_numpy(np.log(bid)),
        "log_one_minus_bid": torch.from_numpy(np.log1p(-bid)),
        "advantage": torch.from_numpy(rng.normal(size=shape).astype(np.float32)),
        "target": torch.from_numpy(rng.normal(size=shape).astype(np.float32)),
    }


def orders() -> NDArray[np.int32]:
    rng = np.random.default_rng(3)
    rows = np.broadcast_to(np.arange(SAMPLES, dtype=np.int32), (RUNS, MECHANISMS, SAMPLES))
    return rng.permuted(rows, axis=-1)


def learned(
    given: dict[str, Tensor], own: tuple[BatchedMLP, BatchedMLP]
) -> list[NDArray[np.float32]]:
    """Learn; return what the networks are afterwards, each [R, K, ...]."""
    bid_learning.learn(own, own[0].outputs(), given, orders(), SETTINGS)
    return [array for each in own for array in (each.parameters, each.moments[0], each.moments[1])]


@pytest.mark.parametrize("bad", [7.0, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("changed", ["log_bid", "log_one_minus_bid", "advantage", "target"])
def test_no_mechanism_learns_from_the_samples_of_another(changed: str, bad: float) -> None:
    before, given = learned(samples(), networks()), samples()
    given[changed][1, 2] = bad
    after = learned(given, networks())
    others = np.ones((RUNS, MECHANISMS), bool)
    others[1, 2] = False
    for one, two in zip(before, after, strict=True):
        assert one[others].tobytes() == two[others].tobytes()
    assert any(
        one[1, 2].tobytes() != two[1, 2].tobytes() for one, two in zip(before, after, strict=True)
    )


def test_no_mechanism_learns_from_the_networks_of_another() -> None:
    before, own = learned(samples(), networks()), networks()
    for each in own:
        each.parameters[0, 1] *= 2
    after = learned(samples(), own)
    others = np.ones((RUNS, MECHANISMS), bool)
    others[0, 1] = False
    for one, two in zip(before, after, strict=True):
        assert one[others].tobytes() == two[others].tobytes()
        assert (one[0, 1] != two[0, 1]).any()


def test_a_run_learns_the_same_alone() -> None:
    before, both, given = learned(samples(), networks()), networks(), samples()
    for each in both:
        each.keep(np.array([1]))
    alone = {name: column[1:] for name, column in given.items()}
    bid_learning.learn(both, both[0].outputs(), alone, orders()[1:], SETTINGS)
    for kind, each in zip((0, 3), both, strict=True):
        assert before[kind][1:].tobytes() == each.parameters.tobytes()


def test_states_without_samples_change_nothing() -> None:
    """The last state has none: its observation does not matter."""
    before, own = learned(samples(), networks()), networks()
    for each in own:
        each.observation[-1] *= 3
    after = learned(samples(), own)
    for one, two in zip(before, after, strict=True):
        assert one.tobytes() == two.tobytes()


def test_networks_of_another_architecture_are_an_error() -> None:
    policy, value = networks()
    for own in ((policy, policy), (value, value), (value, policy)):
        with pytest.raises(UserError, match=r"compiled for .*uses `Algorithm\.learn`"):
            bid_learning.learn(own, policy.outputs(), samples(), orders(), SETTINGS)


def test_other_settings_are_an_error() -> None:
    for name, change in (("penalty", 0), ("max_grad_norm", 1), ("steps", 1), ("betas", 0)):
        own = networks()
        setattr(own[change], name, 7)
        with pytest.raises(UserError, match=r"same decay rates of both; given penalty"):
            bid_learning.learn(own, own[0].outputs(), samples(), orders(), SETTINGS)


def test_without_credit_nothing_is_learned() -> None:
    """No advantage, no entropy bonus, no penalty, and targets that are the values: nothing changes."""
    own, given = networks(), samples()
    given["advantage"] *= 0
    own[1].penalty = 0
    own[1].parameters[..., own[1].spec.last_layer()] = 0
    given["target"] *= 0
    before = [each.parameters.copy() for each in own]
    settings = bid_learning.Settings(16, clip=0.2, entropy_bonus=0.0)
    bid_learning.learn(own, own[0].outputs(), given, orders(), settings)
    for parameters, each in zip(before, own, strict=True):
        assert parameters.tobytes() == each.parameters.tobytes()


def test_the_digest_covers_what_is_compiled() -> None:
    """Otherwise code from the disk could be that of an earlier version."""
    covered = set(imported_modules((kernels.__name__,)))
    assert {
        bid_gradients.__name__,
        "repro.credit.policy_gradient",
        "repro.credit.value",
        "repro.credit.vickrey",
        "repro.engine.kernels.adam",
        "repro.engine.kernels.network",
        "repro.engine.kernels.torch_on_numbers",
    } <= covered
