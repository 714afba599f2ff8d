"""Shared by the claim on many learners: who they are, their runs, their outcome and what the audit says of each."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from claims.explanation import seen_states
from claims.explanation._shared import audit_answers, pooled, variant
from claims.theory._classes import JUDGED
from claims.theory._readings import Sums
from claims.transfer._arms import ALGORITHMS, censored
from repro import algorithms
from repro.protocol import Block, pretraining
from repro.statistics import ConvergenceTimes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claims.transfer._arms import Runs
    from repro.protocol.blocks import Settings
    from repro.verdicts import Estimate

POLICY_LR = 4e-5
"""Learning rate of whatever acts, in every learner: the protocol's. Of seeds 0 to 4 on the chain, all learners train
with it in 80 to 540 epochs, on average."""
RUNS = 5
"""Runs of a learner in each setting: the first seeds. Learners are the units, not runs."""
CAP = 5_000
"""Most epochs of a transfer that count; a run that has not converged by then is a bound."""
MOST = 0.5
"""More than this share of a learner's runs must have converged in training, on every topology."""
BATCH = "two acyclic episodes"
"""What learners are audited on: they learn from batches of episodes."""
AUCTION, POLICY, VALUE = "auctions", "policies", "values"


class Learner(NamedTuple):
    """A learner.

    Attributes:
        algorithm: its name.
        family: how it chooses actions: by auctions, by policies, or by predicted values.
        hyperparameters: those that differ from its defaults, besides the learning rate.
    """

    algorithm: str
    family: str
    hyperparameters: Settings = ()

    def __str__(self) -> str:
        """Name it for people, as "n-step SARSA, n = 2"."""
        name = algorithms.display_name(self.algorithm)
        return ", ".join([name, *(f"{what} = {value:g}" for what, value in self.hyperparameters)])

    @property
    def given(self) -> dict[str, float]:
        """All hyperparameters that differ from its defaults."""
        usual = algorithms.load(self.algorithm).policy_lr
        rate = {} if usual == POLICY_LR else {"policy_lr": POLICY_LR}
        return {**dict(self.hyperparameters), **rate}


LEARNERS = (
    Learner("cvs", AUCTION),
    Learner("first_price_society", AUCTION),
    Learner("vickrey_society", AUCTION),
    Learner("ppo", POLICY),
    Learner("ppof", POLICY),
    Learner("reinforce", POLICY),
    Learner("reinforce_separate", POLICY),
    Learner("a2c", POLICY),
    Learner("a2c_separate", POLICY),
    Learner("sigmoid_policy_gradient", POLICY),
    Learner("q_learning", VALUE),
    Learner("sarsa", VALUE),
    Learner("expected_sarsa", VALUE),
    Learner("n_step_sarsa", VALUE, (("n", 2),)),
    Learner("n_step_sarsa", VALUE, (("n", 3),)),
    Learner("n_step_sarsa", VALUE, (("n", 5),)),
    Learner("lambda_sarsa", VALUE),
    Learner("monte_carlo", VALUE),
)


class Times(NamedTuple):
    """Times of a learner.

    Attributes:
        training: by topology.
        transfer: by setting.
    """

    training: Mapping[str, ConvergenceTimes]
    transfer: Mapping[str, ConvergenceTimes]

    @property
    def trained(self) -> bool:
        """Whether most runs converged in training, on every topology."""
        return all(
            censored(one).runs < (1 - MOST) * one.epochs.size for one in self.training.values()
        )

    def outcome(self, label: str) -> Estimate:
        """Compute the geometric mean over settings of mean time in transfer, over that in training.

        Args:
            label: of the learner, which names the stream of resamples.
        """
        by_topology = [
            (times, [one for name, one in self.transfer.items() if topology_of(name) == topology])
            for topology, times in self.training.items()
        ]
        return pooled(
            f"learner {label}",
            [transfers for _, transfers in by_topology],
            [[training] * len(transfers) for training, transfers in by_topology],
        ).estimate


def topology_of(problem: str) -> str:
    """Return the topology on which a learner trained for a change in place."""
    return seen_states.IN_PLACE[problem.partition(".")[0]]


def training(learner: Learner, topology: str, seeds: tuple[int, ...]) -> Block:
    """Return a learner's training. That of CVS, PPO and PPOF is the protocol's, of all seeds."""
    if learner.algorithm in ALGORITHMS:
        return pretraining(learner.algorithm, topology, seeds)
    few = seeds[:RUNS]
    return pretraining(learner.algorithm, topology, few, hyperparameters=learner.given, keep=())


def transfer(learner: Learner, problem: str, seeds: tuple[int, ...]) -> Block:
    """Return a learner's transfer to a change in place."""
    if learner.algorithm in ALGORITHMS:
        return seen_states.block(learner.algorithm, problem, seeds)
    parent = training(learner, topology_of(problem), seeds)
    few = seeds[:RUNS]
    made = variant(learner.algorithm, problem, few, hyperparameters=learner.given, parent=parent)
    return replace(made, epochs=CAP)


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks of all learners: three trainings and nine transfers each."""
    trainings = [
        training(learner, topology, seeds)
        for learner, topology in product(LEARNERS, seen_states.IN_PLACE.values())
    ]
    transfers = [
        transfer(learner, problem, seeds)
        for learner, problem in product(LEARNERS, seen_states.settings())
    ]
    return [*trainings, *transfers]


def times_of(runs: Runs, learner: Learner, seeds: tuple[int, ...]) -> Times:
    """Get a learner's times, of the first seeds and as if all transfers ended at the cap."""

    def find(block: Block) -> ConvergenceTimes:
        return runs(block).of_seeds(seeds[:RUNS]).times

    return Times(
        {one: find(training(learner, one, seeds)) for one in seen_states.IN_PLACE.values()},
        {one: capped(find(transfer(learner, one, seeds))) for one in seen_states.settings()},
    )


def capped(times: ConvergenceTimes) -> ConvergenceTimes:
    """Return times as if the runs had ended at the cap."""
    late = times.epochs > CAP
    return ConvergenceTimes(times.epochs.clip(max=CAP), times.censored | late)


def independent(learner: Learner, sums: Sums) -> bool | None:
    """Return whether by the audit all gradients of a batch are independent; None if undetermined."""
    answers = audit_answers(learner.algorithm, tuple(sorted(learner.given.items())))
    return dict(zip(product(JUDGED, Sums), answers, strict=True))[BATCH, sums]
