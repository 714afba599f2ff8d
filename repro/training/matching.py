"""Weights that are changed at the start of a transfer until each run starts like a run of another algorithm.

What is matched are probabilities of actions at the changed state: the state of the optimal path in which
training and transfer have different right actions. Each run has its own factor, found by bisection.

A factor changes the policy in every state, also where the right action stays, and the size of gradients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from repro import algorithms, tasks
from repro.algorithms.cvs import CVS
from repro.algorithms.ppo import PPO
from repro.errors import UserError, unknown
from repro.protocol.matched import Matched, with_needed
from repro.training import start
from repro.training.chances import Learner, adjusted, chances_at
from repro.training.matches import MATCHES, Adjustment, ChangedDecision, match_habit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.engine.networks import Weights
    from repro.protocol.blocks import Block
    from repro.training.matches import Floats, Match


def changed_decision(problem: str) -> ChangedDecision:
    """Find the decision that a transfer problem changes, from its tables and those of its training.

    Raises:
        UserError: it is no transfer problem, or its optimal path has not one changed decision.

    >>> changed_decision("linear_chain.last")
    ChangedDecision(state=2, old=2, new=3)
    """
    training = tasks.problem(problem).pretraining
    paths = [tasks.optimal_paths(name, PPO.discount)[0] for name in (training or problem, problem)]
    found = [
        ChangedDecision(new.state, old.action, new.action)
        for old, new in zip(*paths, strict=False)
        if old.action != new.action
    ]
    if len(found) != 1:
        raise UserError(
            f"given {problem}, whose optimal path has {len(found)} changed decisions; expected one, as in "
            "linear_chain.last"
        )
    return found[0]


def check(block: Block) -> None:
    """Check, before anything is trained, that a block and all that it needs can be.

    Raises:
        UserError: a match does not exist, or does not apply to the algorithms; `repro.training.start.check`
            finds a fault; or see `changed_decision`.
    """
    for one in with_needed([block]):
        start.check(one)
        if not isinstance(one, Matched):
            continue
        match, own, _ = _match(one), _learner(one, one), _learner(one, one.reference)
        if isinstance(own, CVS) and match is match_habit:
            raise UserError(
                f"{one.name}: {one.match} shifts the bias of a logit, and CVS has none; expected PPO or "
                "PPOF, or matched_exploration"
            )
        changed_decision(one.problem)


def matched_weights(block: Matched, parent: Weights, reference: Weights) -> Weights:
    """Return the parent's weights, changed so that each run starts like the reference's of the same seed.

    Weights are float32, so probabilities are as wanted up to a relative error of about 1e-6.

    Args:
        block: that starts.
        parent: its parent's weights, [R, ...]; not changed.
        reference: its reference's weights, [R, ...].

    Raises:
        UserError: see `check`, or no factor reaches the probability that a run needs.
    """
    check(block)
    match, decision = _match(block), changed_decision(block.problem)
    tables = tasks.problem(block.problem).merged
    observation, sizes = tables.observation[decision.state], tables.next_state.shape[1]
    own, other = _learner(block, block), _learner(block, block.reference)
    spec, its = (one.policy_spec(len(observation), sizes) for one in (own, other))
    policies = []
    for row, seed in enumerate(block.seeds):
        policy = parent["policy"][row : row + 1]
        (goal,) = chances_at(other, its, reference["policy"][row : row + 1], observation)

        def chances(factor: float, policy: NDArray[np.float32] = policy) -> Floats:
            changed = adjusted(own, spec, policy, Adjustment(factor), decision.new)
            return np.asarray(chances_at(own, spec, changed, observation)[0])

        try:
            found = match(chances, goal, decision)
        except UserError as error:
            raise UserError(f"{block.name}, seed {seed}: {error}") from error
        policies.append(adjusted(own, spec, policy, found, decision.new))
    return {**parent, "policy": np.concatenate(policies)}


def _match(block: Matched) -> Match:
    """Return a block's match."""
    if block.match not in MATCHES:
        raise unknown(f"match in {block.name}:", block.match, MATCHES)
    return MATCHES[block.match]


def _learner(block: Matched, of: Block) -> Learner:
    """Return the algorithm of a block or of its reference, if its probabilities are known here."""
    algorithm = algorithms.load(of.algorithm, **dict(of.hyperparameters))
    if not isinstance(algorithm, Learner) or getattr(algorithm, "epsilon", 0.0) > 0:
        raise UserError(
            f"{block.name}: the probabilities of {of.name} cannot be matched; expected PPO or PPOF without "
            "random actions, or CVS"
        )
    return algorithm
