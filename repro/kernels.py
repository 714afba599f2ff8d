"""Compiled code: how actions are selected, and the loops over time steps and samples.

All of it stands in one file because of the compiler's disk cache: a kernel is compiled anew when
its own file has changed, not when a file has changed whose functions it calls.

Selection only ever picks. What learning needs to know about it (who won) is recorded, and credit is
computed elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BID_LOW, BID_HIGH = np.float32(1e-6), np.float32(1 - 1e-6)
"""Bids are kept from 0 and 1, where a Beta distribution's log-density has no value."""


@numba.njit
def sample_action(generator: np.random.Generator, cumulative: NDArray[np.float64]) -> int:
    """Draw an action by inversion.

    Args:
        generator: the run's own.
        cumulative: [K], cumulative probabilities of the actions.

    Returns:
        The action.
    """
    uniform, action = generator.random(), 0
    while action < cumulative.size - 1 and uniform >= cumulative[action]:
        action += 1
    return action


@numba.njit
def hold_auction(
    generator: np.random.Generator,
    alpha: NDArray[np.float64],
    beta: NDArray[np.float64],
    bids: NDArray[np.float32],
) -> int:
    """Let every mechanism and its clones bid, independently of each other; the highest bid wins.

    Args:
        generator: the run's own.
        alpha: [K], shape parameter of each mechanism's Beta distribution.
        beta: [K], likewise.
        bids: [E], filled here; E / K entries in a row belong to one mechanism.

    Returns:
        The winning entry, the first one on a tie.
    """
    copies, winner = bids.size // alpha.size, 0
    for entry in range(bids.size):
        k = entry // copies
        bid = np.float32(generator.beta(alpha[k], beta[k]))
        bids[entry] = min(max(bid, BID_LOW), BID_HIGH)
        if bids[entry] > bids[winner]:
            winner = entry
    return winner


@numba.njit(cache=True)
def collect(
    generators: tuple[np.random.Generator, ...],
    rows: NDArray[np.int64],
    next_state: NDArray[np.int64],
    reward: NDArray[np.float64],
    terminal: NDArray[np.bool_],
    starts: NDArray[np.int64],
    horizon: int,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    out_bids: NDArray[np.float32],
    out_state: NDArray[np.int64],
    out_choice: NDArray[np.int64],
    out_next: NDArray[np.int64],
    out_reward: NDArray[np.float32],
    out_last: NDArray[np.bool_],
    out_return: NDArray[np.float64],
) -> None:
    """Fill one epoch; `first` and `second` are cumulative probabilities and nothing, or α and β."""
    steps, entries = out_state.shape[1], out_bids.shape[2]
    copies = entries // next_state.shape[1]
    for run in range(rows.size):
        generator = generators[rows[run]]
        # One task is drawn for the whole epoch; a problem of one task needs no draw.
        start = starts[0] if starts.size == 1 else starts[int(generator.random() * starts.size)]
        state, age, episodes, total = start, 0, 0, 0.0
        for t in range(steps):
            if entries:
                choice = hold_auction(
                    generator, first[run, state], second[run, state], out_bids[run, t]
                )
                action = choice // copies
            else:
                choice = sample_action(generator, first[run, state])
                action = choice
            reached = next_state[state, action]
            out_state[run, t], out_choice[run, t], out_next[run, t] = state, choice, reached
            out_reward[run, t] = reward[state, action]
            total += reward[state, action]
            age += 1
            state = reached
            if terminal[reached] or age == horizon or t == steps - 1:
                out_last[run, t] = True
                episodes += 1
                state, age = start, 0
        out_return[run] = total / episodes


@numba.njit(cache=True)
def shuffle(
    generators: tuple[np.random.Generator, ...],
    rows: NDArray[np.int64],
    samples: int,
    out: NDArray[np.int64],
) -> None:
    """Fill `out`, as `repro.rollout.shuffled` returns it."""
    batches, runs, learners, size = out.shape
    for run in range(runs):
        for learner in range(learners):
            offset = (run * learners + learner) * samples
            order = generators[rows[run]].permutation(samples)
            for batch in range(batches):
                for i in range(size):
                    out[batch, run, learner, i] = offset + order[batch * size + i]
