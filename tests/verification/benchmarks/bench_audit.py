"""Time of audits: small rules, the code that trains PPO, and the cross-check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from claims.theory._rules import batch_rule, inputs, trainer_inputs, trainer_rule
from claims.theory._shapes import Shape, large_shape
from repro import algorithms
from repro.causal import Answer, audit, flattened_graph
from repro.credit.learning_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture
    from torch import Tensor

SMALL = Shape((0, 1, 2), (0, 1, 2))
LARGE = (256, 6)


def _measured(benchmark: BenchmarkFixture, run: Callable[[], object], rounds: int) -> object:
    torch.set_num_threads(1)
    return benchmark.pedantic(run, rounds=rounds, warmup_rounds=1)  # type: ignore[no-untyped-call]  # theirs


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule_on_three_by_three(benchmark: BenchmarkFixture, name: str) -> None:
    """Audit a rule on three steps and three mechanisms."""
    benchmark.group = "3 x 3"
    rule, given = batch_rule(RULES[name]), inputs(SMALL)
    verdict = _measured(benchmark, lambda: audit(rule, given), 20)
    assert verdict is not None


@pytest.mark.parametrize("name", sorted(RULES))
def test_cross_check_on_three_by_three(benchmark: BenchmarkFixture, name: str) -> None:
    """Audit a rule and change each of its hidden variables."""
    benchmark.group = "3 x 3, cross-checked"
    rule, given = batch_rule(RULES[name]), inputs(SMALL)
    verdict = audit(rule, given, verify=True)
    _measured(benchmark, lambda: audit(rule, given, verify=True), 5)
    benchmark.extra_info["interventions"] = len(verdict.interventions)
    assert not any(one.violates for one in verdict.interventions)


@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_trainer(benchmark: BenchmarkFixture, name: str) -> None:
    """Audit an algorithm's own credit assignment and loss on 256 steps and six mechanisms."""
    benchmark.group = "{} x {}".format(*LARGE)
    rule, given = trainer_rule(name), trainer_inputs(name, large_shape(*LARGE, acyclic=True))
    verdict = audit(rule, given)
    benchmark.pedantic(audit, (rule, given), rounds=2)  # type: ignore[no-untyped-call]  # theirs
    benchmark.extra_info["hidden variables"] = verdict.hidden
    assert verdict.answer is not Answer.UNDETERMINED


@pytest.mark.parametrize("steps", [16, 64, 256])
def test_growth_with_steps(benchmark: BenchmarkFixture, steps: int) -> None:
    """Audit REINFORCE on longer and longer trajectories, six mechanisms."""
    benchmark.group = "reinforce, six mechanisms"
    rule = batch_rule(RULES["reinforce"])
    given = inputs(large_shape(steps, LARGE[1], acyclic=True))
    _measured(benchmark, lambda: audit(rule, given), 3)


@pytest.mark.parametrize("size", [16, 32])
def test_unseen_operator(benchmark: BenchmarkFixture, size: int) -> None:
    """Audit a rule with an operator that is approximated by all dependences."""
    benchmark.group = "approximated"
    matrix = torch.from_numpy(np.random.default_rng(0).normal(size=(size, size)))

    def rule(matrix: Tensor) -> dict[str, Tensor]:
        solved = matrix.logcumsumexp(0)
        return {"a": solved[0], "b": solved[-1]}

    _measured(benchmark, lambda: audit(rule, {"matrix": matrix}), 3)


def test_whole_graph(benchmark: BenchmarkFixture) -> None:
    """Flatten Monte Carlo on 64 steps into one graph."""
    rule, given = batch_rule(RULES["monte_carlo"]), inputs(large_shape(64, 6, acyclic=True))
    graph = _measured(benchmark, lambda: flattened_graph(rule, given), 3)
    assert graph is not None
