"""Blocks of real runs: the same twice, each run by itself, and stopped where numbers end."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro import algorithms, tasks
from repro.errors import TrainingError
from repro.train import Trainer, fresh_weights, stream, train
from tests.algorithms.reference import make_trainer, rough_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.algorithms import Algorithm
    from repro.rollout import Batch, Streams
    from repro.task import Tables
    from repro.train import Weights

PROBLEM = "linear_chain.training"
SMALL = {"steps": 256, "minibatch": 64}
NAMES = ("one", "two", "three")


@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_a_block_run_twice_gives_the_same_and_touches_no_global_generator(name: str) -> None:
    def states() -> tuple[object, str, list[int]]:
        legacy = str(np.random.get_state())  # noqa: NPY002 - the one that must not be touched
        return random.getstate(), legacy, torch.get_rng_state().tolist()

    before, weights = states(), rough_weights(name, PROBLEM)
    one, two = (
        train(make_trainer(name, PROBLEM, weights, **SMALL), epochs=4, run_ids=NAMES[:2])
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.returns, two.returns)
    for kind, w in one.weights.items():
        np.testing.assert_array_equal(w, two.weights[kind])
        assert (w != weights[kind]).any(axis=-1).all()
    assert states() == before


@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_a_seed_does_not_depend_on_its_neighbours(name: str) -> None:
    algorithm, tables = algorithms.load(name, **SMALL), tasks.problem(PROBLEM).merged

    def epochs(*seeds: int) -> tuple[Weights, NDArray[np.float64], Weights]:
        made = tuple(stream(name, PROBLEM, seed) for seed in seeds)
        fresh = fresh_weights(algorithm, tables, made)
        trained = train(
            Trainer(algorithm, tables, made, fresh), epochs=3, run_ids=NAMES[: len(seeds)]
        )
        return fresh, trained.returns, trained.weights

    many, alone = epochs(0, 5, 2), epochs(5)
    for kind in ("policy", "value"):
        np.testing.assert_array_equal(many[0][kind][1], alone[0][kind][0])
        # Batched products of other sizes may round differently.
        np.testing.assert_allclose(many[2][kind][1], alone[2][kind][0], atol=1e-4)
    np.testing.assert_array_equal(many[1][1], alone[1][0])
    assert (many[1][0] != many[1][1]).any()


def test_a_stream_depends_on_every_part_of_its_runs_id() -> None:
    ids = [
        ("ppo", PROBLEM, 0),
        ("cvs", PROBLEM, 0),
        ("ppo", "linear_chain.last", 0),
        ("ppo", PROBLEM, 1),
    ]
    drawn = [tuple(stream(*run_id).random(4)) for run_id in ids]
    assert len(set(drawn)) == 4
    assert drawn == [tuple(stream(*run_id).random(4)) for run_id in ids]


@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_values_that_are_no_numbers_are_noticed(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    weights["value"][1, -1, 0] = np.nan
    trainer = make_trainer(name, PROBLEM, weights, **SMALL)
    with pytest.raises(TrainingError, match=r"^run two, epoch 1: (policy|value)[^:]* is, at"):
        train(trainer, epochs=2, run_ids=NAMES[:2])


@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_a_policy_that_is_no_number_does_not_act(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compiled sampler may never come back from a distribution whose shape is NaN."""
    weights = rough_weights(name, PROBLEM)
    weights["policy"][1, -1, 0] = np.nan
    trainer = make_trainer(name, PROBLEM, weights, **SMALL)
    collect = type(trainer.algorithm).collect

    def guarded(algorithm: Algorithm, streams: Streams, tables: Tables, policy: Tensor) -> Batch:
        assert torch.isfinite(policy).all()
        return collect(algorithm, streams, tables, policy)

    monkeypatch.setattr(type(trainer.algorithm), "collect", guarded)
    with pytest.raises(TrainingError, match=r"^run two, epoch 1: policy"):
        train(trainer, epochs=2, run_ids=NAMES[:2])
