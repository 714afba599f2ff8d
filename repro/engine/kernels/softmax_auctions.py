"""Compiled rollouts in which a softmax over all bids of an auction selects the winner.

In `repro.engine.kernels.rollout` the highest bid wins. Bids are drawn by the same code.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numba
import numpy as np

from repro.engine.kernels.beta_sampling import COLUMNS, PIECES, ROWS, tabulate
from repro.engine.kernels.rollout import POOL, hold_auctions, sample_action

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


@numba.njit(error_model="numpy")
def select(
    generator: np.random.Generator,
    bids: NDArray[np.float32],
    temperature: float,
    cumulative: NDArray[np.float64],
) -> int:
    """Draw the winner of one auction from the softmax of bids / temperature.

    Args:
        generator: of the run.
        bids: [E].
        temperature: above 0.
        cumulative: [E], overwritten.
    """
    highest, total = bids.max(), 0.0
    for entry in range(bids.size):
        total += math.exp((bids[entry] - highest) / temperature)
        cumulative[entry] = total
    cumulative /= total
    return sample_action(generator, cumulative)  # type: ignore[no-any-return]  # numba has no types


@cache
def collect(code: str) -> Callable[..., None]:
    """Compile the collection of an epoch, or read it from the disk.

    Args:
        code: digest of the code that is compiled; compiled code is stored under it.
    """

    @numba.njit(error_model="numpy", cache=True)
    def compiled(
        generators: tuple[np.random.Generator, ...],
        rows: NDArray[np.int64],
        uniform: NDArray[np.float64],
        next_state: NDArray[np.int64],
        reward: NDArray[np.float64],
        terminal: NDArray[np.bool_],
        starts: NDArray[np.int64],
        horizon: int,
        cumulative: NDArray[np.float64],
        regret: NDArray[np.float64],
        alpha: NDArray[np.float64],
        beta: NDArray[np.float64],
        temperature: float,
        out_bids: NDArray[np.float32],
        out_state: NDArray[np.int64],
        out_action: NDArray[np.int64],
        out_next: NDArray[np.int64],
        out_reward: NDArray[np.float32],
        out_episode_end: NDArray[np.bool_],
        out_return: NDArray[np.float64],
    ) -> None:
        """Collect one epoch of every run into the `out_` arrays, laid out as in `Batch`.

        `alpha` and `beta` [R, S, K] are the shapes of each mechanism's bids. If `cumulative` and `regret`
        have states, transitions are drawn, and a return is by how much it falls short of the best one.
        """
        code  # noqa: B018 - makes the digest part of what numba stores compiled code under
        entries, steps = out_bids.shape[1:]
        states, actions = next_state.shape
        pieces = np.empty((states, actions, PIECES, COLUMNS), np.float64)
        bins = np.empty((states, actions, ROWS, 4), np.float64)
        bids = np.empty((states, entries, POOL), np.float32)
        own, weights = np.empty(entries, np.float32), np.empty(entries, np.float64)
        highest = np.empty(POOL, np.int64)
        for run in range(rows.size):
            generator, used = generators[rows[run]], 0
            taken = np.full(states, -1)  # -1: no auction was held in this state yet
            # One task is drawn for the whole epoch; with one task, no random number is drawn.
            start = starts[0] if starts.size == 1 else starts[int(generator.random() * starts.size)]
            state, age, episodes, total = start, 0, 0, 0.0
            for t in range(steps):
                if taken[state] < 0:
                    for k in range(actions):
                        a, b = alpha[run, state, k], beta[run, state, k]
                        tabulate(a, b, pieces[state, k], bins[state, k])
                if taken[state] < 0 or taken[state] == POOL:
                    table, bounds = pieces[state], bins[state]
                    used = hold_auctions(
                        generator, uniform[run], used, table, bounds, bids[state], highest
                    )
                    taken[state] = 0
                own[:] = bids[state, :, taken[state]]
                taken[state] += 1
                selected = select(generator, own, temperature, weights)
                action = selected // (entries // actions)
                reached = next_state[state, action]
                if len(cumulative):
                    reached = sample_action(generator, cumulative[state, action])
                out_bids[run, :, t] = own
                out_state[run, t], out_action[run, t], out_next[run, t] = state, selected, reached
                out_reward[run, t] = reward[state, action]
                total += -regret[age, state, action] if len(regret) else reward[state, action]
                age += 1
                state = reached
                if terminal[reached] or age == horizon or t == steps - 1:
                    out_episode_end[run, t] = True
                    episodes += 1
                    state, age = start, 0
            out_return[run] = total / episodes

    return compiled  # type: ignore[no-any-return]  # numba has no types
