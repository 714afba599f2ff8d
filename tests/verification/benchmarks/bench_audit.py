"""Time of audits: small rules, the code that trains PPO, the cross-check, and whole steps of real size.

Two sizes have limits, in seconds of one core and in memory: a step of PPO with networks of 64 × 64 units on a batch
of 64, and generalised advantages over 512 steps of eight mechanisms.
"""

from __future__ import annotations

import logging
import re
import resource
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from claims.theory._rules import batch_rule, inputs, trainer_inputs, trainer_rule
from claims.theory._shapes import Shape, large_shape
from repro import algorithms
from repro.causal import Answer, audit, audit_module, flattened_graph
from repro.credit.learning_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_benchmark.fixture import BenchmarkFixture
    from torch import Tensor

    from repro.causal import Verdict

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


SECONDS, GIGABYTES = 60, 2


def _within_limits(
    benchmark: BenchmarkFixture, caplog: pytest.LogCaptureFixture, run: Callable[[], Verdict]
) -> Verdict:
    """Audit once; check time, memory, and the size that is said before."""
    torch.set_num_threads(1)
    before = time.process_time()
    with caplog.at_level(logging.INFO, "repro.causal"):
        verdict: Verdict = benchmark.pedantic(run)  # type: ignore[no-untyped-call]  # theirs
    seconds = time.process_time() - before
    # The most that this process has ever used, in KiB.
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    text = caplog.text.replace(",", "")
    (told,) = re.findall(r"about (\d+) numbers", text)
    (traced,) = re.findall(r"traced (\d+) numbers", text)
    benchmark.extra_info.update(seconds=seconds, gigabytes=gigabytes, told=told, traced=traced)
    assert int(traced) / 2 < int(told) < int(traced) * 2
    assert seconds < SECONDS
    assert gigabytes < GIGABYTES
    return verdict


def test_ppo_step(benchmark: BenchmarkFixture, caplog: pytest.LogCaptureFixture) -> None:
    """Audit a step of PPO with Adam and clipped gradients: networks of 64 x 64 units, a batch of 64."""
    benchmark.group = "training steps"
    torch.manual_seed(0)
    actor, critic = (
        nn.Sequential(
            nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, outputs)
        )
        for outputs in (2, 1)
    )
    everything = [*actor.parameters(), *critic.parameters()]
    optimizer = torch.optim.Adam(everything, lr=3e-4)
    batch = {
        "observation": torch.randn(64, 4),
        "action": torch.randint(2, (64,)),
        "old": -torch.rand(64),
        "advantage": torch.randn(64),
        "ret": torch.randn(64),
    }

    def step(
        observation: Tensor, action: Tensor, old: Tensor, advantage: Tensor, ret: Tensor
    ) -> None:
        advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        policy = torch.distributions.Categorical(logits=actor(observation), validate_args=False)
        ratio = (policy.log_prob(action) - old).exp()
        loss = -torch.min(ratio * advantage, ratio.clamp(0.8, 1.2) * advantage).mean()
        loss = loss + 0.5 * ((critic(observation)[:, 0] - ret) ** 2).mean()
        optimizer.zero_grad()
        (loss - 0.01 * policy.entropy().mean()).backward()
        nn.utils.clip_grad_norm_(everything, 0.5)
        optimizer.step()

    verdict = _within_limits(
        benchmark,
        caplog,
        lambda: audit_module(step, {"actor": actor, "critic": critic}, batch=batch),
    )
    assert verdict.answer is Answer.NOT_MODULAR
    assert "norm" in {witness.name for witness in verdict.witnesses}
    assert verdict.limits == ()


def test_gae_of_512_steps(benchmark: BenchmarkFixture, caplog: pytest.LogCaptureFixture) -> None:
    """Audit a policy gradient with generalised advantages, computed step by step: T = 512, K = 8."""
    benchmark.group = "training steps"
    steps, mechanisms = 512, 8
    generator = torch.Generator().manual_seed(0)

    def normal(*size: int) -> Tensor:
        return torch.randn(size, generator=generator, dtype=torch.float64)

    given = {
        "bids": normal(steps, mechanisms).requires_grad_(),
        "reward": normal(steps),
        "value": normal(steps + 1),
        "action": torch.arange(steps) % mechanisms,
    }

    def rule(bids: Tensor, reward: Tensor, value: Tensor, action: Tensor) -> dict[str, Tensor]:
        errors = reward + 0.99 * value[1:] - value[:-1]
        advantages = [errors[-1]]
        for t in reversed(range(steps - 1)):
            advantages.append(errors[t] + 0.99 * 0.95 * advantages[-1])
        log_policy = bids.log_softmax(1).gather(1, action[:, None])[:, 0]
        loss = -(log_policy * torch.stack(advantages[::-1])).mean()
        (gradient,) = torch.autograd.grad(loss, bids)
        return {f"mechanism {k}": gradient[:, k] for k in range(mechanisms)}

    verdict = _within_limits(benchmark, caplog, lambda: audit(rule, given))
    assert verdict.answer is Answer.NOT_MODULAR
    assert "log-sum-exp" in {witness.name for witness in verdict.witnesses}


def test_each_step_of_cvs(benchmark: BenchmarkFixture) -> None:
    """Audit each of 32 steps of three mechanisms of CVS by itself: 4851 pairs."""
    benchmark.group = "each step"
    rule, given = trainer_rule("cvs"), trainer_inputs("cvs", large_shape(32, 3, acyclic=True))
    torch.set_num_threads(1)
    verdict: Verdict = benchmark.pedantic(audit, (rule, given), {"per": "step"})  # type: ignore[no-untyped-call]  # theirs
    assert len(verdict.pairs) == 4851


def test_whole_graph(benchmark: BenchmarkFixture) -> None:
    """Flatten Monte Carlo on 64 steps into one graph."""
    rule, given = batch_rule(RULES["monte_carlo"]), inputs(large_shape(64, 6, acyclic=True))
    graph = _measured(benchmark, lambda: flattened_graph(rule, given), 3)
    assert graph is not None
