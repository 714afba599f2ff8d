"""Training speed on one thread, for a block of ten runs and for one, and the parts of an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from repro import algorithms, tasks
from repro.engine.rollout import shuffled
from repro.training.trainer import Trainer, init_weights, stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture

PROBLEM = "linear_chain.training"
SEEDS = 10
PARTS = ("collect", "assign_credit", "shuffle", "learn", "networks")
"""The parts of an epoch in order; the last one is contained in "learn"."""


def made(name: str, runs: int) -> Trainer:
    """Make a trainer of `runs` runs on one thread, with compiled kernels."""
    torch.set_num_threads(1)
    algorithm, tables = algorithms.load(name), tasks.problem(PROBLEM).merged
    generators = tuple(stream(name, PROBLEM, seed) for seed in range(runs))
    trainer = Trainer(algorithm, tables, generators, init_weights(algorithm, tables, generators))
    trainer.epoch(trainer.outputs())
    return trainer


def timed(benchmark: BenchmarkFixture, trainer: Trainer, part: Callable[[], object]) -> float:
    """Measure, and record the transitions per second."""
    benchmark.pedantic(part, rounds=20, warmup_rounds=3)  # type: ignore[no-untyped-call]  # theirs
    if benchmark.stats is None:  # measurement is switched off
        return 0
    transitions = len(trainer.streams.rows) * trainer.algorithm.steps
    rate = transitions / benchmark.stats.stats.median
    benchmark.extra_info["transitions per second"] = rate
    return float(rate)


@pytest.mark.parametrize("runs", [SEEDS, 1])
@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_epoch(
    benchmark: BenchmarkFixture, name: str, runs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Time whole epochs, and print the transitions learned per second."""
    benchmark.group = f"epoch, block of {runs}"
    trainer = made(name, runs)
    rate = timed(benchmark, trainer, lambda: trainer.epoch(trainer.outputs()))
    with capsys.disabled():
        print(f"\n{name}, block of {runs}: {rate / 1e6:.2f} million transitions learned per second")  # noqa: T201 - the result


def _part(trainer: Trainer, part: str) -> Callable[[], object]:
    """Return a function that runs one part of an epoch."""
    algorithm, tables = trainer.algorithm, trainer.tables
    outputs = trainer.outputs()
    batch = algorithm.collect(trainer.streams, tables, outputs)
    samples = algorithm.assign_credit(batch, tables, outputs)
    _, learners, n = samples["state"].shape
    order = shuffled(trainer.streams, learners, n)
    both = trainer.policy, trainer.value

    def networks() -> None:
        # Small gradients, but not zero: no work is left out.
        for _ in range(n // algorithm.minibatch):
            for network in both:
                network.adam_step(torch.full_like(network.outputs(), 1e-30))

    return {
        "collect": lambda: algorithm.collect(trainer.streams, tables, outputs),
        "assign_credit": lambda: algorithm.assign_credit(batch, tables, outputs),
        "shuffle": lambda: shuffled(trainer.streams, learners, n),
        "learn": lambda: algorithm.learn(both, outputs.policy, samples, order, tables),
        "networks": networks,
    }[part]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_part(benchmark: BenchmarkFixture, name: str, part: str) -> None:
    """Time one part of an epoch of ten runs."""
    benchmark.group = f"{name}, block of {SEEDS}"
    trainer = made(name, SEEDS)
    timed(benchmark, trainer, _part(trainer, part))
