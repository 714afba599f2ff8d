"""Rollouts: tasks × mechanisms → one epoch of transitions for every run of a block.

A run draws from its own generator alone, so what it experiences does not depend on
the runs beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from repro.engine.kernels import rollout as kernels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from repro.mdp.task import Tables


@dataclass(frozen=True)
class RngStreams:
    """One random stream for each run of a block.

    Attributes:
        generators: of all runs the block began with.
        rows: int64 [R], which of them are still there, in order.
    """

    generators: tuple[np.random.Generator, ...]
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """One epoch of R runs, T steps each, laid out in time; tensors, for credit starts from them.

    Attributes:
        state: int64 [R, T], where each step began.
        choice: int64 [R, T], the action, or in an auction the winning entry.
        next_state: int64 [R, T], where it led.
        reward: float32 [R, T].
        last: bool [R, T], the last recorded step of an episode: terminal, cut by the horizon, or
            cut because the epoch ended.
        bids: float32 [R, T, E] in an auction, else of no entries; a view on [R, E, T].
        mean_return: float64 [R], mean undiscounted return of the epoch's episodes; an array, for
            it is what a run reports and nothing learns from it.
    """

    state: Tensor
    choice: Tensor
    next_state: Tensor
    reward: Tensor
    last: Tensor
    bids: Tensor
    mean_return: NDArray[np.float64]


def _empty(runs: int, steps: int, entries: int = 0) -> Batch:
    shape = (runs, steps)
    return Batch(
        state=torch.empty(shape, dtype=torch.int64),
        choice=torch.empty(shape, dtype=torch.int64),
        next_state=torch.empty(shape, dtype=torch.int64),
        reward=torch.empty(shape, dtype=torch.float32),
        last=torch.zeros(shape, dtype=torch.bool),
        # Laid out entry by entry: comparing entries then runs over contiguous time.
        bids=torch.empty((runs, entries, steps), dtype=torch.float32).transpose(1, 2),
        mean_return=np.empty(runs, np.float64),
    )


def collect_sampled(
    streams: RngStreams, tables: Tables, probability: NDArray[np.float64], steps: int
) -> Batch:
    """Act for `steps` steps by sampling actions from their probabilities [R, S, K]."""
    batch = _empty(len(streams.rows), steps)
    _act(streams, tables, batch, np.cumsum(probability, -1), probability[..., :0])
    return batch


def collect_auctioned(
    streams: RngStreams,
    tables: Tables,
    alpha: NDArray[np.float64],
    beta: NDArray[np.float64],
    steps: int,
    copies: int = 2,
) -> Batch:
    """Act for `steps` steps by auction among Beta bids with shapes alpha and beta, [R, S, K].

    Every mechanism enters `copies` times; entry k · copies + c is copy c of mechanism k.
    """
    batch = _empty(len(streams.rows), steps, copies * alpha.shape[-1])
    _act(streams, tables, batch, alpha, beta)
    return batch


def _act(
    streams: RngStreams,
    tables: Tables,
    batch: Batch,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
) -> None:
    kernels.collect(
        streams.generators,
        streams.rows,
        tables.next_state,
        tables.reward.astype(np.float64),
        tables.terminal,
        tables.starts,
        tables.horizon,
        np.ascontiguousarray(first),
        np.ascontiguousarray(second),
        batch.bids.transpose(1, 2).numpy(),
        batch.state.numpy(),
        batch.choice.numpy(),
        batch.next_state.numpy(),
        batch.reward.numpy(),
        batch.last.numpy(),
        batch.mean_return,
    )


def shuffled(streams: RngStreams, learners: int, samples: int, minibatch: int) -> NDArray[np.int64]:
    """Draw a random order of the samples for each of a run's learners, cut into minibatches.

    Returns:
        int64 [samples / minibatch, R, learners, minibatch]: positions in a [R, learners, samples]
        array laid flat.
    """
    runs = len(streams.rows)
    order = np.empty((samples // minibatch, runs, learners, minibatch), np.int64)
    kernels.shuffle(streams.generators, streams.rows, samples, order)
    return order
