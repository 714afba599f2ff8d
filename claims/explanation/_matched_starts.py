"""How a transfer starts whose weights were matched with another algorithm's: factors and policies, exactly.

They follow from the bids that records of training have after the last epoch. So they can be computed from shipped
runs, which have no weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.explanation._exploration import in_words
from repro import algorithms, tasks
from repro.credit.exploration import uniform_mixture
from repro.mdp.dynamic_programming import expected_return
from repro.summaries.bids import path_decisions
from repro.training.chances import Learner, adjusted_bids, log_chances
from repro.training.matches import MATCHES, Adjustment
from repro.training.matching import changed_decision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from repro.plugin.recorder import Recorder
    from repro.records.record import Record
    from repro.training.matches import ChangedDecision

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Start:
    """How the runs of an arm act when transfer starts.

    Attributes:
        policy: probability of each action in each state of the training problem, [runs, states, actions].
        factor: what the last layer, or in CVS the outputs for concentrations, was multiplied by, [runs].
        shift: what was added to the bias of the newly right action, [runs].
    """

    policy: Floats
    factor: Floats
    shift: Floats


def unchanged(training: Record) -> Start:
    """Return the start of a transfer from a record of training, without any change.

    Args:
        training: of PPO, PPOF or CVS, on a training problem.
    """
    policy = np.exp(log_chances(_algorithm(training), training.final_bids))
    return Start(policy, np.ones(len(policy)), np.zeros(len(policy)))


def matched_start(
    match: str, training: Record, reference: Record, decision: ChangedDecision
) -> Start:
    """Return the start of a transfer that is matched with a reference.

    Args:
        match: a name of `MATCHES`.
        training: what the transfer starts from.
        reference: what it is matched with, another record of the same training problem.
        decision: that the transfer changes.

    Raises:
        UserError: no factor reaches the probability that a run needs.
    """
    algorithm, bids = _algorithm(training), training.final_bids
    wanted = log_chances(
        _algorithm(reference), {n: b[:, decision.state] for n, b in reference.final_bids.items()}
    )
    found = []
    for run, goal in enumerate(wanted):
        here = {name: values[run, decision.state] for name, values in bids.items()}

        def chances(factor: float, here: dict[str, NDArray[np.float32]] = here) -> Floats:
            changed = adjusted_bids(algorithm, here, Adjustment(factor), decision.new)
            return log_chances(algorithm, changed)

        found.append(MATCHES[match](chances, goal, decision))
    policies = [
        log_chances(
            algorithm,
            adjusted_bids(algorithm, {n: b[run] for n, b in bids.items()}, one, decision.new),
        )
        for run, one in enumerate(found)
    ]
    factor, shift = (np.array(column) for column in zip(*found, strict=True))
    return Start(np.exp(policies), factor, shift)


def with_random_actions(start: Start, epsilon: float) -> Start:
    """Return the start of a transfer in which actions are also drawn at random.

    Args:
        start: without them.
        epsilon: probability with which an action is drawn uniformly from all.
    """
    mixed = uniform_mixture(torch.from_numpy(start.policy), epsilon).numpy()
    return Start(mixed, start.factor, start.shift)


def training_returns(start: Start, problem: str) -> Floats:
    """Compute the expected return of an episode of the training problem, exactly, [runs].

    Args:
        start: of a transfer.
        problem: the training problem, with one task.
    """
    (task,) = tasks.problem(problem).tasks
    return np.array([expected_return(task, policy) for policy in start.policy])


def show_starts(record: Recorder, found: Mapping[str, tuple[Start, Start]], problem: str) -> None:
    """Show what was matched, what it took, and what else it changed.

    Args:
        record: of the claim.
        found: how each arm starts without its change, and with it, by label.
        problem: of the transfer.
    """
    decision, training = changed_decision(problem), f"{problem.partition('.')[0]}.training"
    new = {
        label: [one.policy[:, decision.state, decision.new] for one in pair]
        for label, pair in found.items()
    }
    record.table(
        "Probability of the newly right action, D, when transfer starts",
        (
            "arm",
            "before the change, median of the runs",
            "after it, median",
            "lowest",
            "highest",
            "of any action but C, which was right, after it, median",
        ),
        [
            (
                label,
                *map(in_words, (np.median(new[label][0]), np.median(after))),
                *map(in_words, (after.min(), after.max())),
                in_words(float(np.median(1 - pair[1].policy[:, decision.state, decision.old]))),
            )
            for label, pair in found.items()
            for after in new[label][1:]
        ],
    )
    record.table(
        "What the change took: factors of last layers, or of outputs for concentrations, and shifts of D's bias",
        (
            "arm",
            *(
                f"{what}, {of}"
                for what in ("factor", "shift")
                for of in ("median", "lowest", "highest")
            ),
        ),
        [
            (label, *_spread(start.factor), *_spread(start.shift))
            for label, (_, start) in found.items()
            if (start.factor != 1).any()
        ],
    )
    first_two = path_decisions(problem)[:2]
    record.table(
        "What else the change did: the first policy of transfer, on the training problem",
        (
            "arm",
            "expected return before, lowest of the runs",
            "after it, median",
            "lowest",
            "probability of A at the first state, median",
            "of B at the second, median",
        ),
        [
            (
                label,
                float(training_returns(before, training).min()),
                *_spread(training_returns(after, training))[:2],
                *(float(np.median(after.policy[:, s.state, s.before])) for s in first_two),
            )
            for label, (before, after) in found.items()
        ],
    )


def _algorithm(training: Record) -> Learner:
    """Return the algorithm of a record of training."""
    found = algorithms.load(training.block.algorithm)
    assert isinstance(found, Learner)
    return found


def _spread(values: Floats) -> tuple[float, float, float]:
    """Return median, lowest and highest."""
    return float(np.median(values)), float(values.min()), float(values.max())
