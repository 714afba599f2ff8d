"""Rollouts: collect one epoch of transitions for every run of a block.

Each run draws only from its own generator, so its transitions do not depend on the other runs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from repro.engine.kernels import rollout as kernels
from repro.engine.kernels.shuffle import permute
from repro.mdp.dynamics import expected_next
from repro.storage.syntax_digest import code_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.mdp.task import Tables

_AHEAD = 1.15
"""Random numbers that are drawn ahead of a rollout, for each bid; if more are needed, they are drawn
when they are."""


@dataclass(frozen=True)
class RngStreams:
    """One random stream for each run of a block.

    Attributes:
        generators: one for each run that the block started with.
        rows: int64 [R], indices of the runs that are still training, in order.
    """

    generators: tuple[np.random.Generator, ...]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """One epoch of R runs, T steps each, in time order.

    Attributes:
        state: int64 [R, T], state in which the step starts.
        action: int64 [R, T], action taken, or in an auction the winning entry.
        next_state: int64 [R, T], state that the step reaches.
        reward: float32 [R, T].
        episode_end: bool [R, T], whether the step is the last recorded one of its episode: it reached
            a terminal state or the horizon, or the epoch ended.
        bids: float32 [R, T, E], the E entries of each auction, a view of [R, E, T]; E is 0 without
            auctions.
        mean_return: float64 [R], mean undiscounted return of the epoch's episodes; an array, since no
            algorithm learns from it. In a stochastic problem, without the luck of transitions: an
            episode counts with the best return minus the regrets of its actions (`Tables.regret`).
            The expectation is the same, by the performance difference lemma (Kakade and Langford,
            "Approximately optimal approximate reinforcement learning", 2002), and the best policy has
            the best return in every epoch, so that convergence can be seen. Only an episode that the
            epoch's end cuts differs: it counts as if it went on with the best actions.
    """

    state: Tensor
    action: Tensor
    next_state: Tensor
    reward: Tensor
    episode_end: Tensor
    bids: Tensor
    mean_return: NDArray[np.float64]


def collect_sampled(
    streams: RngStreams, tables: Tables, probability: NDArray[np.float64], steps: int
) -> Batch:
    """Collect `steps` steps in which actions are sampled from their probabilities [R, S, K]."""
    return _collect(streams, tables, steps, 0, np.cumsum(probability, -1), probability[..., :0])


def collect_auctioned(
    streams: RngStreams,
    tables: Tables,
    alpha: NDArray[np.float64],
    beta: NDArray[np.float64],
    steps: int,
    copies: int = 2,
) -> Batch:
    """Collect `steps` steps in which the highest of all Beta bids acts.

    Each mechanism enters every auction `copies` times: entry k · copies + c is copy c of mechanism k.

    Args:
        streams: of the runs.
        tables: of the problem.
        alpha: [R, S, K], first shape parameter of each mechanism's bids.
        beta: [R, S, K], second shape parameter.
        steps: T.
        copies: entries of each mechanism.
    """
    return _collect(streams, tables, steps, copies * alpha.shape[-1], alpha, beta)


def collect_gumbel(
    streams: RngStreams, tables: Tables, location: NDArray[np.float64], steps: int
) -> Batch:
    """Collect `steps` steps in which the highest of all bids acts: locations plus Gumbel noise.

    Actions are drawn from the softmax of the locations, which is who bids highest, and then the bids given who
    won: the top-down construction of Maddison, Tarlow and Minka, "A* sampling" (2014). The numbers e^-bid
    are arrival times with the rates e^location. The first arrival has the sum of all rates; from then on each
    other one takes an exponential time with its own rate, as such times have no memory.

    Args:
        streams: of the runs.
        tables: of the problem.
        location: [R, S, K], each mechanism's bid without noise.
        steps: T.

    Returns:
        The epoch, with one bid of each mechanism; none is higher than the winner's.
    """
    at_state = torch.from_numpy(location).transpose(1, 2)
    probability = at_state.softmax(1)
    batch = collect_sampled(streams, tables, probability.transpose(1, 2).numpy(), steps)
    shape = location.shape[-1], steps
    drawn = np.stack([streams.generators[row].standard_exponential(shape) for row in streams.rows])
    delay = torch.from_numpy(drawn).float()
    state, winner = batch.state.unsqueeze(1).expand_as(delay), batch.action.unsqueeze(1)
    first = delay.gather(1, winner)
    # Times in units of each mechanism's mean arrival time: e^-noise.
    arrival = delay.scatter(1, winner, 0) + first * probability.float().gather(2, state)
    bids = at_state.float().gather(2, state) - arrival.log()
    bids = bids.minimum(bids.gather(1, winner))  # also after rounding
    return replace(batch, bids=bids.transpose(1, 2))


def _collect(
    streams: RngStreams,
    tables: Tables,
    steps: int,
    entries: int,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
) -> Batch:
    runs = len(streams.rows)
    batch = Batch(
        state=torch.empty((runs, steps), dtype=torch.int64),
        action=torch.empty((runs, steps), dtype=torch.int64),
        next_state=torch.empty((runs, steps), dtype=torch.int64),
        reward=torch.empty((runs, steps), dtype=torch.float32),
        episode_end=torch.zeros((runs, steps), dtype=torch.bool),
        # Time is contiguous for each entry, which makes comparing entries fast.
        bids=torch.empty((runs, entries, steps), dtype=torch.float32).transpose(1, 2),
        mean_return=np.empty(runs, np.float64),
    )
    collect = kernels.collect(code_digest((kernels.__name__,)))
    collect(
        streams.generators,
        streams.rows,
        _uniform(streams, max(1, int(_AHEAD * entries * steps)) if entries else 0),
        tables.next_state,
        tables.reward.astype(np.float64),
        tables.terminal,
        tables.starts,
        tables.horizon,
        tables.cumulative,
        tables.regret,
        np.ascontiguousarray(first),
        np.ascontiguousarray(second),
        batch.bids.transpose(1, 2).numpy(),
        batch.state.numpy(),
        batch.action.numpy(),
        batch.next_state.numpy(),
        batch.reward.numpy(),
        batch.episode_end.numpy(),
        batch.mean_return,
    )
    if tables.probability is not None:
        batch.mean_return[:] += tables.best_return
    return batch


def _uniform(streams: RngStreams, count: int) -> NDArray[np.float64]:
    """Draw uniform random numbers ahead of a rollout, [R, count]; numpy does it fastest in bulk."""
    return np.stack([streams.generators[row].random(count) for row in streams.rows])


def shuffled(streams: RngStreams, learners: int, samples: int) -> NDArray[np.int32]:
    """Draw a random order of the samples for each learner of each run, int32 [R, learners, samples]."""
    order = np.empty((len(streams.rows), learners, samples), np.int32)
    for row, own in zip(streams.rows, order, strict=True):
        for learner in own:
            permute(streams.generators[row].random(samples), learner)
    return order


def policy_return(tables: Tables, probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the expected undiscounted return of policies exactly, by dynamic programming.

    Args:
        tables: of the problem.
        probability: [R, S, A], of each action in each state.

    Returns:
        float64 [R], mean over the problem's tasks of the return of one episode.
    """
    value = np.zeros(probability.shape[:2])
    for _ in range(tables.horizon):  # a terminal state leads to itself, with reward 0
        value = (probability * (tables.reward + expected_next(tables, value))).sum(-1)
    return np.asarray(value[:, tables.starts].mean(axis=1))
