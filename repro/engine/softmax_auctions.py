"""Rollouts by auctions in which every bid can win: a softmax over all bids selects the winner.

In `repro.engine.rollout` the highest bid wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from repro.engine.kernels import softmax_auctions as kernels
from repro.engine.rollout import Batch
from repro.storage.syntax_digest import code_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repro.engine.rollout import RngStreams
    from repro.mdp.task import Tables


def collect_softmax_auctioned(
    streams: RngStreams,
    tables: Tables,
    alpha: NDArray[np.float64],
    beta: NDArray[np.float64],
    steps: int,
    temperature: float,
    copies: int = 2,
) -> Batch:
    """Collect `steps` steps in which the winner is drawn from the softmax of all Beta bids / temperature.

    Each mechanism enters every auction `copies` times: entry k · copies + c is copy c of mechanism k.

    Args:
        streams: of the runs.
        tables: of the problem.
        alpha: [R, S, K], first shape parameter of each mechanism's bids.
        beta: [R, S, K], second shape parameter.
        steps: T.
        temperature: above 0; the nearer to 0, the more surely the highest bid wins.
        copies: entries of each mechanism.
    """
    runs, _, mechanisms = alpha.shape
    entries = copies * mechanisms
    batch = Batch(
        state=torch.empty((runs, steps), dtype=torch.int64),
        action=torch.empty((runs, steps), dtype=torch.int64),
        next_state=torch.empty((runs, steps), dtype=torch.int64),
        reward=torch.empty((runs, steps), dtype=torch.float32),
        episode_end=torch.zeros((runs, steps), dtype=torch.bool),
        bids=torch.empty((runs, entries, steps), dtype=torch.float32).transpose(1, 2),
        mean_return=np.empty(runs, np.float64),
    )
    drawn = [streams.generators[row].random(entries * steps) for row in streams.rows]
    kernels.collect(code_digest((kernels.__name__,)))(
        streams.generators,
        streams.rows,
        np.stack(drawn),
        tables.next_state,
        tables.reward.astype(np.float64),
        tables.terminal,
        tables.starts,
        tables.horizon,
        tables.cumulative,
        tables.regret,
        np.ascontiguousarray(alpha),
        np.ascontiguousarray(beta),
        temperature,
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
