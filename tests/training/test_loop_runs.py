"""Blocks of real runs: reproducible, independent of each other, and stopped at invalid numbers."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from repro import algorithms, tasks
from repro.algorithms import Algorithm
from repro.errors import TrainingError
from repro.training import loop
from repro.training.trainer import Trainer, init_weights, stream
from tests.algorithms.reference import KINDS, acting_at_random, make_trainer, rough_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.algorithms import Outputs
    from repro.engine.rollout import Batch, RngStreams
    from repro.mdp.task import Tables
    from repro.training.loop import Trained

PROBLEM = "linear_chain.training"
STATES = range(5)
SMALL: dict[str, float] = {"steps": 256, "minibatch": 64}
NAMES = ("one", "two", "three")


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def seeds(
    name: str,
    problem: str,
    *of: int,
    epochs: int,
    hyperparameters: dict[str, float] = SMALL,
    extra_epochs: int | None = None,
) -> Trained:
    """Train these seeds from initial weights, as a block does."""
    algorithm, tables = algorithms.load(name, **hyperparameters), tasks.problem(problem).merged
    generators = tuple(stream(name, problem, seed) for seed in of)
    weights = init_weights(algorithm, tables, generators)
    return loop.train(
        Trainer(algorithm, tables, generators, weights),
        epochs=epochs,
        extra_epochs=extra_epochs,
        bid_states=STATES,
        run_ids=tuple(f"seed {seed}" for seed in of),
    )


def of_run(trained: Trained, run: int) -> dict[str, NDArray[np.generic]]:
    """Return all results of one run."""
    return {
        "returns": trained.returns[run],
        **{f"{kind} weights": w[run] for kind, w in trained.weights.items()},
        **{f"{kind} by epoch": table[run] for kind, table in trained.bids.items()},
        **{f"last {kind}": table[run] for kind, table in trained.final_bids.items()},
    }


def assert_same_bytes(one: dict[str, NDArray[np.generic]], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for what, array in one.items():
        assert array.tobytes() == other[what].tobytes(), what


def test_a_block_run_twice_gives_the_same_and_touches_no_global_generator(name: str) -> None:
    def states() -> tuple[object, str, list[int]]:
        legacy = str(np.random.get_state())  # noqa: NPY002 - the one that must not be touched
        return random.getstate(), legacy, torch.get_rng_state().tolist()

    before, weights = states(), rough_weights(name, PROBLEM)
    one, two = (
        loop.train(make_trainer(name, PROBLEM, weights, **SMALL), epochs=4, run_ids=NAMES[:2])
        for _ in range(2)
    )
    for run in range(2):
        assert_same_bytes(of_run(one, run), of_run(two, run))
    for kind, w in one.weights.items():
        assert (w != weights[kind]).any(axis=-1).all()
    assert states() == before


@pytest.mark.slow
@pytest.mark.parametrize("problem", [PROBLEM, "common_ancestor.training"])
@pytest.mark.parametrize(
    ("epochs", "hyperparameters"),
    [
        (3, {}),
        (12, SMALL),
        # Not a multiple of the SIMD width.
        (12, {"steps": 246, "minibatch": 41}),
    ],
)
def test_a_runs_bytes_do_not_depend_on_other_runs(
    name: str, problem: str, epochs: int, hyperparameters: dict[str, float]
) -> None:
    many = seeds(name, problem, 0, 1, 2, 3, 4, epochs=epochs, hyperparameters=hyperparameters)
    alone = seeds(name, problem, 3, epochs=epochs, hyperparameters=hyperparameters)
    moved = seeds(name, problem, 7, 3, epochs=epochs, hyperparameters=hyperparameters)
    assert_same_bytes(of_run(alone, 0), of_run(many, 3))
    assert_same_bytes(of_run(alone, 0), of_run(moved, 1))
    assert (many.weights["policy"][3] != many.weights["policy"][4]).any()


@pytest.mark.slow
def test_a_runs_bytes_do_not_depend_on_runs_that_stop(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lucky(returns: NDArray[np.float64], _best_return: float) -> NDArray[np.bool_]:
        return returns > 0.16

    monkeypatch.setattr(loop, "is_near", lucky)
    # Greedy returns are the same in many runs; mean returns vary.
    monkeypatch.setattr(type(algorithms.load(name)), "judged_return", Algorithm.judged_return)
    monkeypatch.setattr(loop, "WINDOW", 2)
    every, how = tuple(range(8)), acting_at_random(name, SMALL)
    many = seeds(name, PROBLEM, *every, epochs=12, hyperparameters=how, extra_epochs=1)
    left = np.isfinite(many.returns).sum(axis=1)
    assert len(set(left)) > 2
    for run, seed in enumerate(every):
        alone = seeds(name, PROBLEM, seed, epochs=12, hyperparameters=how, extra_epochs=1)
        assert alone.returns.shape == (1, left[run])
        found, expected = of_run(many, run), of_run(alone, 0)
        for what, array in found.items():
            if what == "returns" or what.endswith("by epoch"):
                assert np.isnan(array[left[run] :]).all()
                found[what] = array[: left[run]]
        assert_same_bytes(found, expected)


def test_recorded_bids_are_the_algorithms(name: str) -> None:
    trainer = make_trainer(name, PROBLEM, rough_weights(name, PROBLEM), **SMALL)
    first = trainer.algorithm.bids(trainer.outputs()[0])
    trained = loop.train(trainer, epochs=3, bid_states=STATES, run_ids=NAMES[:2])
    assert set(trained.bids) == set(first)
    for key, bids in trained.bids.items():
        np.testing.assert_array_equal(bids[:, 0], first[key].half())
        assert (bids[:, 1:] != bids[:, :-1]).any(axis=(0, 2, 3)).all()


def test_final_bids_belong_to_the_final_weights(name: str) -> None:
    trained = seeds(name, PROBLEM, 1, 2, epochs=3)
    trainer = make_trainer(name, PROBLEM, trained.weights, **SMALL)
    bids = trainer.algorithm.bids(trainer.outputs()[0])
    assert bids.keys() == trained.final_bids.keys() == trained.bids.keys()
    for kind, table in bids.items():
        np.testing.assert_array_equal(trained.final_bids[kind], table)
        assert (trained.bids[kind][:, -1] != table.numpy()).any()


def test_nan_values_are_an_error(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    kind = "value" if weights["value"].size else "policy"
    weights[kind][1, -1, 0] = np.nan
    trainer = make_trainer(name, PROBLEM, weights, **SMALL)
    with pytest.raises(TrainingError, match=rf"^run two, after epoch 0: {kind}[^:]* is, at"):
        loop.train(trainer, epochs=2, run_ids=NAMES[:2])


def test_a_nan_policy_does_not_act(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NaN as shape, a compiled sampler might never return."""
    weights = rough_weights(name, PROBLEM)
    weights["policy"][1, -1, 0] = np.nan
    trainer = make_trainer(name, PROBLEM, weights, **SMALL)
    collect = type(trainer.algorithm).collect

    def guarded(
        algorithm: Algorithm, streams: RngStreams, tables: Tables, outputs: Outputs
    ) -> Batch:
        assert torch.isfinite(outputs.policy).all()
        return collect(algorithm, streams, tables, outputs)

    monkeypatch.setattr(type(trainer.algorithm), "collect", guarded)
    with pytest.raises(TrainingError, match=r"^run two, after epoch 0: policy"):
        loop.train(trainer, epochs=2, run_ids=NAMES[:2])


def test_a_diverging_training_stops_before_it_acts_again(name: str) -> None:
    weights = rough_weights(name, PROBLEM)
    kind = "value" if weights["value"].size else "policy"
    trainer = make_trainer(name, PROBLEM, weights, **SMALL, **{f"{kind}_lr": float("inf")})
    with pytest.raises(TrainingError, match=rf"^run one, after epoch 1: {kind}"):
        loop.train(trainer, epochs=3, run_ids=NAMES[:2])
