"""CVS is no faster in training: what it gains in transfer is not that it learns faster anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.transfer._arms import DIFFERENCES, censored, mean_epochs, ratio
from repro import tasks
from repro.algorithms.ppo import PPO
from repro.experiment import Block, pretraining
from repro.judge import equivalent
from repro.planning import expected_return, uniform_policy
from repro.summary import convergence, curves
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from claims.record import Recorder
    from claims.transfer._arms import Runs
    from repro.verdicts import Estimate

TRAINING = "linear_chain.training"
LOW, HIGH = 1 / 2, 2.0
"""Margins fixed before any run: "comparable" is taken as within a factor of two."""
SLOW_EPOCHS = 1200
"""Cap of the control; a PPO that needs more is at least three times as slow as ours."""


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """The three algorithms' pretraining, and a PPO that learns ten times more slowly."""
    slow = Block(
        "ppo",
        TRAINING,
        seeds,
        SLOW_EPOCHS,
        stay=0,
        settings=(("policy_rate", PPO.policy_rate / 10), ("value_rate", PPO.value_rate / 10)),
    )
    algorithms = ("cvs", "ppo", "ppof")
    return [*(pretraining(algorithm, "linear_chain", seeds) for algorithm in algorithms), slow]


def judge(*measured: Estimate) -> Verdict:
    """Judge whether all ratios lie within a factor of two."""
    return equivalent(measured, LOW, HIGH)


@pytest.mark.claim(
    id="transfer.training_efficiency",
    title="CVS, PPO and PPOF train about equally fast",
    statement="On the training task of the linear chain CVS takes about as many steps to converge, "
    "on average, as PPO and as PPOF.",
    source=["talk:42", "talk:296"],
    kind="empirical",
    expected="mean steps of CVS over PPO's and over PPOF's, both 95 % intervals within 1/2 to 2",
    needs=needs,
    differences=DIFFERENCES
    + " The talk's second line speaks of all training tasks; here it is the linear chain's.",
)
def test_training_efficiency(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    *records, control = [runs(block) for block in needs(seeds)]
    cvs, ppo, ppof = (one.times for one in records)
    over_ppo, over_ppof = ratio("cvs/ppo", cvs, ppo), ratio("cvs/ppof", cvs, ppof)
    # The figure shown is the ratio that is further from 1.
    furthest = max(
        over_ppo, over_ppof, key=lambda estimate: max(estimate.value, 1 / estimate.value)
    )
    record.outcome(
        judge(over_ppo, over_ppof), furthest, n=len(cvs.epochs), censored=censored(cvs, ppo, ppof)
    )
    record.detail("CVS over PPO, ratio of mean steps", over_ppo, judge(over_ppo))
    record.detail("CVS over PPOF, ratio of mean steps", over_ppof, judge(over_ppof))
    for label, times in (("CVS", cvs), ("PPO", ppo), ("PPOF", ppof)):
        record.detail(f"mean epochs to convergence, {label}", mean_epochs(times))
    record.control(
        "CVS over a PPO with its learning rates divided by ten, 1200 epochs",
        judge(ratio("cvs/slow ppo", cvs, control.times)),
        Verdict.NOT_REPRODUCED,
    )
    task = tasks.load("LinABC")
    uniform = expected_return(task, uniform_policy(task))
    record.detail("return of the uniform policy, exact", uniform)
    first = [float(one.returns[:, 0].mean()) for one in records]
    for label, earned in zip(("CVS", "PPO", "PPOF"), first, strict=True):
        record.detail(f"mean return of the first epoch, {label}", earned)
    record.figure(curves(records))
    record.figure(convergence({TRAINING: records}))
