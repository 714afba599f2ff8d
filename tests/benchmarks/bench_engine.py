"""How fast ten batched runs learn on one thread, and where an epoch's time goes.

A timing is never a condition: nothing here passes or fails by how long it took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from repro import algorithms, tasks
from repro.train import Trainer, fresh_weights, stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

PROBLEM = "linear_chain.training"
SEEDS = 10
PARTS = ("epoch", "collect", "credit", "shuffle", "update")


@pytest.fixture(params=algorithms.algorithm_names(), scope="module")
def trainer(request: pytest.FixtureRequest) -> Trainer:
    """A trainer of ten runs on one thread, its kernels compiled."""
    torch.set_num_threads(1)
    algorithm = algorithms.load(request.param)
    tables = tasks.problem(PROBLEM).merged
    generators = tuple(stream(request.param, PROBLEM, seed) for seed in range(SEEDS))
    made = Trainer(algorithm, tables, generators, fresh_weights(algorithm, tables, generators))
    made.epoch()
    return made


def _part(trainer: Trainer, part: str) -> Callable[[], object]:
    """What one part of an epoch does: all its minibatches for "update", once for the others."""
    policy, value = trainer.outputs()
    batch = trainer.algorithm.collect(trainer.streams, trainer.tables, policy)
    samples = trainer.algorithm.samples(batch, trainer.tables, policy, value)
    minibatches = trainer.minibatches(samples)
    return {
        "epoch": trainer.epoch,
        "collect": lambda: trainer.algorithm.collect(trainer.streams, trainer.tables, policy),
        "credit": lambda: trainer.algorithm.samples(batch, trainer.tables, policy, value),
        "shuffle": lambda: trainer.minibatches(samples),
        "update": lambda: [trainer.update(minibatch) for minibatch in minibatches],
    }[part]


@pytest.mark.parametrize("part", PARTS)
def test_epoch(
    benchmark: BenchmarkFixture, trainer: Trainer, part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Time one part; for the whole, say how many transitions a second are learned from."""
    name = trainer.algorithm.name
    benchmark.group = name
    benchmark.pedantic(_part(trainer, part), rounds=20, warmup_rounds=3)  # type: ignore[no-untyped-call]  # theirs
    if part == "epoch" and benchmark.stats is not None:
        seconds = benchmark.stats.stats.median
        rate = SEEDS * trainer.algorithm.steps / seconds
        benchmark.extra_info["transitions per second"] = rate
        with capsys.disabled():
            print(f"\n{name}: {rate / 1e6:.2f} million transitions learned per second")  # noqa: T201 - what is asked for
