"""CVS's bids with PPO's credit: advantages by loops over steps, and who gets them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import algorithms
from repro.errors import UserError
from tests.algorithms.reference import make_trainer, normalised, rough_weights
from tests.support.recorded import arrays

if TYPE_CHECKING:
    from types import SimpleNamespace

    from repro.algorithms.base import Samples
    from repro.mdp.task import Tables

NAMES = ("cvs_advantages_to_all", "cvs_advantages_to_winner")
PROBLEM = "common_descendant.training"
SMALL = {"steps": 256, "minibatch": 64}


def advantages(
    batch: SimpleNamespace, tables: Tables, run: int, value: list[float], decay: float
) -> list[float]:
    """Errors over one step, summed backwards with γλ; a cut bootstraps, a terminal state does not."""
    found, advantage = [], 0.0
    for t in reversed(range(batch.state.shape[1])):
        here, there = batch.state[run, t], batch.next_state[run, t]
        after = 0.0 if tables.terminal[there] else value[there]
        error = float(batch.reward[run, t]) + 0.99 * after - value[here]
        advantage = error + (0 if batch.episode_end[run, t] else 0.99 * decay * advantage)
        found.append(advantage)
    return found[::-1]


def experienced(
    name: str, **hyperparameters: float
) -> tuple[Samples, SimpleNamespace, list[list[float]], Tables]:
    """Collect an epoch; return samples, the epoch, and the mean value of each run and state."""
    trainer = make_trainer(name, PROBLEM, rough_weights("cvs", PROBLEM), **SMALL, **hyperparameters)
    outputs = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, outputs)
    samples = trainer.algorithm.assign_credit(batch, trainer.tables, outputs)
    value = outputs.value.double().numpy().mean(axis=1).tolist()
    return samples, arrays(batch), value, trainer.tables


@pytest.mark.parametrize("decay", [0.95, 0.5, 0.0])
@pytest.mark.parametrize("name", NAMES)
def test_samples_by_loops_over_steps(name: str, decay: float) -> None:
    samples, batch, value, tables = experienced(name, gae_lambda=decay)
    for run in range(2):
        plain = advantages(batch, tables, run, value[run], decay)
        target = [a + value[run][s] for a, s in zip(plain, batch.state[run], strict=True)]
        for k in range(6):
            assert samples["target"][run, k].tolist() == pytest.approx(2 * target, abs=1e-5)
            if name == "cvs_advantages_to_all":
                own = 2 * plain
            else:
                own = [
                    a if batch.action[run, t] == 2 * k + copy else 0.0
                    for copy in (0, 1)
                    for t, a in enumerate(plain)
                ]
                assert any(own)
            np.testing.assert_allclose(
                samples["advantage"][run, k], normalised(own), atol=2e-3, rtol=1e-3
            )


@pytest.mark.parametrize("name", NAMES)
def test_bids_and_auctions_are_cvss(name: str) -> None:
    found, batch, _, _ = experienced(name)
    own, of_cvs, _, _ = experienced("cvs")
    np.testing.assert_array_equal(batch.action, of_cvs.action)
    assert found.keys() == own.keys()
    for column in ("state", "log_bid", "log_one_minus_bid"):
        assert torch.equal(found[column], own[column])
    for column in ("advantage", "target"):
        assert not torch.allclose(found[column], own[column], atol=0.1)


def test_to_all_every_mechanism_has_the_same_advantages() -> None:
    advantage = experienced("cvs_advantages_to_all")[0]["advantage"]
    assert torch.equal(advantage, advantage[:, :1].expand_as(advantage))
    assert not torch.equal(advantage[0], advantage[1])


def test_prices_do_not_count() -> None:
    """If all bids are closer to 1, and the same ones win, credit is the same."""
    for name in NAMES:
        trainer = make_trainer(name, PROBLEM, rough_weights("cvs", PROBLEM), **SMALL)
        outputs, algorithm = trainer.outputs(), trainer.algorithm
        batch = algorithm.collect(trainer.streams, trainer.tables, outputs)
        higher = dataclasses.replace(batch, bids=(1 + batch.bids) / 2)
        one, two = (algorithm.assign_credit(x, trainer.tables, outputs) for x in (batch, higher))
        assert torch.equal(one["advantage"], two["advantage"])
        assert torch.equal(one["target"], two["target"])
        assert not torch.equal(one["log_bid"], two["log_bid"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", [-0.1, 1.5, float("nan")])
def test_an_invalid_lambda_is_an_error(name: str, wrong: float) -> None:
    with pytest.raises(
        UserError, match=f"^{name}: gae_lambda is .*; expected a number from 0 to 1"
    ):
        algorithms.load(name, gae_lambda=wrong)
