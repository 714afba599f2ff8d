"""Compiled rollouts: selection of actions, and the loop over time steps.

Selection only picks an action or a winning entry, which is recorded; it computes no credit.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numba
import numpy as np

from repro.engine.kernels.beta_sampling import COLUMNS, PIECES, ROWS, draw, tabulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

POOL = 32
"""Auctions that are held at once in a state. The draws of one state and mechanism are exchangeable, so
they can be made in bulk and handed out; what is left over at the end of an epoch is not used."""


@numba.njit(error_model="numpy")
def sample_action(generator: np.random.Generator, cumulative: NDArray[np.float64]) -> int:
    """Draw an action, or the state that it leads to, by inversion.

    Args:
        generator: of the run.
        cumulative: [K], cumulative probabilities of the actions or states.
    """
    uniform, action = generator.random(), 0
    while action < cumulative.size - 1 and uniform >= cumulative[action]:
        action += 1
    return action


@numba.njit(error_model="numpy")
def find_winners(bids: NDArray[np.float32], winner: NDArray[np.int64]) -> None:
    """Find the highest bid of each auction.

    Args:
        bids: [E, n], the entries of n auctions.
        winner: [n], written: the winning entry; on a tie the first.
    """
    highest = bids[0].copy()
    winner[:] = 0
    for entry in range(1, len(bids)):
        for i in range(winner.size):
            if bids[entry, i] > highest[i]:
                highest[i], winner[i] = bids[entry, i], entry


@numba.njit(error_model="numpy")
def hold_auctions(
    generator: np.random.Generator,
    uniform: NDArray[np.float64],
    used: int,
    pieces: NDArray[np.float64],
    bins: NDArray[np.float64],
    bids: NDArray[np.float32],
    winner: NDArray[np.int64],
) -> int:
    """Draw the bids of all mechanisms and their clones independently; the highest bid wins.

    Args:
        generator: see `beta_sampling.draw`.
        uniform: see `beta_sampling.draw`.
        used: see `beta_sampling.draw`.
        pieces: [K, PIECES, COLUMNS], tables of each mechanism's Beta distribution.
        bins: [K, ROWS, 4], of the same.
        bids: [E, n], written; E / K consecutive entries belong to one mechanism.
        winner: [n], written: the winning entry of each auction; on a tie the first.

    Returns:
        How many of the uniform numbers are used now.
    """
    copies = len(bids) // len(pieces)
    for k in range(len(pieces)):
        own = bids[k * copies : (k + 1) * copies].reshape(-1)
        used = draw(generator, uniform, used, pieces[k], bins[k], own)
    find_winners(bids, winner)
    return used


@numba.njit(error_model="numpy")
def _hand_over(
    bids: NDArray[np.float32], when: NDArray[np.int64], count: int, out: NDArray[np.float32]
) -> None:
    """Copy the bids of the auctions that took place to the steps in which they did."""
    for entry in range(len(bids)):
        for i in range(count):
            out[entry, when[i]] = bids[entry, i]


@numba.njit(error_model="numpy")
def _reach(
    generator: np.random.Generator,
    next_state: NDArray[np.int64],
    cumulative: NDArray[np.float64],
    state: int,
    action: int,
) -> int:
    """Return the state reached; only in a stochastic problem, a random number is drawn."""
    if len(cumulative):
        return sample_action(generator, cumulative[state, action])  # type: ignore[no-any-return]  # numba has no types
    return next_state[state, action]  # type: ignore[no-any-return]  # as above


@numba.njit(error_model="numpy")
def _earn(
    reward: NDArray[np.float64], regret: NDArray[np.float64], age: int, state: int, action: int
) -> float:
    """Return what an action adds to the return: its reward, or minus its regret, without luck."""
    if len(regret):
        return -regret[age, state, action]  # type: ignore[no-any-return]  # as above
    return reward[state, action]  # type: ignore[no-any-return]  # as above


@cache
def collect(code: str) -> Callable[..., None]:  # noqa: C901 - one loop over time steps
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
        first: NDArray[np.float64],
        second: NDArray[np.float64],
        out_bids: NDArray[np.float32],
        out_state: NDArray[np.int64],
        out_action: NDArray[np.int64],
        out_next: NDArray[np.int64],
        out_reward: NDArray[np.float32],
        out_episode_end: NDArray[np.bool_],
        out_return: NDArray[np.float64],
    ) -> None:
        """Collect one epoch of every run into the `out_` arrays, laid out as in `Batch`.

        If `out_bids` has entries, actions are chosen by auction, and `first` and `second` [R, S, K]
        are the shapes α and β. Otherwise `first` holds cumulative probabilities and `second` is not
        used. If `cumulative` and `regret` have states, transitions are drawn, and a return is by how
        much it falls short of the best one.
        """
        code  # noqa: B018 - makes the digest part of what numba stores compiled code under
        entries, steps = out_bids.shape[1:]
        states, actions = next_state.shape
        copies, pools = entries // actions, states if entries else 0
        pieces = np.empty((pools, actions, PIECES, COLUMNS), np.float64)
        bins = np.empty((pools, actions, ROWS, 4), np.float64)
        bids = np.empty((pools, entries, POOL), np.float32)
        winner, when = np.empty((pools, POOL), np.int64), np.empty((pools, POOL), np.int64)
        for run in range(rows.size):
            generator, used = generators[rows[run]], 0
            taken = np.full(pools, -1)  # -1: no auction was held in this state yet
            # One task is drawn for the whole epoch; with one task, no random number is drawn.
            start = starts[0] if starts.size == 1 else starts[int(generator.random() * starts.size)]
            state, age, episodes, total = start, 0, 0, 0.0
            for t in range(steps):
                if entries:
                    if taken[state] < 0:
                        for k in range(actions):
                            tabulate(
                                first[run, state, k],
                                second[run, state, k],
                                pieces[state, k],
                                bins[state, k],
                            )
                    if taken[state] < 0 or taken[state] == POOL:
                        if taken[state] == POOL:
                            _hand_over(bids[state], when[state], POOL, out_bids[run])
                        used = hold_auctions(
                            generator,
                            uniform[run],
                            used,
                            pieces[state],
                            bins[state],
                            bids[state],
                            winner[state],
                        )
                        taken[state] = 0
                    selected = winner[state, taken[state]]
                    when[state, taken[state]] = t
                    taken[state] += 1
                    action = selected // copies
                else:
                    selected = sample_action(generator, first[run, state])
                    action = selected
                reached = _reach(generator, next_state, cumulative, state, action)
                out_state[run, t], out_action[run, t], out_next[run, t] = state, selected, reached
                out_reward[run, t] = reward[state, action]
                total += _earn(reward, regret, age, state, action)
                age += 1
                state = reached
                if terminal[reached] or age == horizon or t == steps - 1:
                    out_episode_end[run, t] = True
                    episodes += 1
                    state, age = start, 0
            out_return[run] = total / episodes
            for s in range(pools):
                _hand_over(bids[s], when[s], max(taken[s], 0), out_bids[run])

    return compiled  # type: ignore[no-any-return]  # numba has no types
