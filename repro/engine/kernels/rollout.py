"""Compiled rollouts: selection of actions, the loop over time steps, and shuffles of samples.

Selection only picks an action or a winning entry, which is recorded; it computes no credit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BID_LOW, BID_HIGH = np.float32(1e-6), np.float32(1 - 1e-6)
"""Bids are clamped to this range: a Beta distribution's log-density may be infinite at 0 and 1."""
BINS, REACH = 128, 4.5
"""Bins in the table of a Beta distribution. All but the two outermost lie within REACH standard
deviations of its mean."""
LEFT, WIDTH, UPPER, LOWER, THRESHOLD, ALIAS, LEVEL = range(7)
"""Columns of the table; an unused eighth column makes a row as long as a cache line."""


@numba.njit(error_model="numpy")
def _density(x: float, a: float, b: float, level: float) -> float:
    """Return x^a (1 - x)^b / e^level, proportional to the Beta density with shapes 1 + a and 1 + b."""
    log = -level
    if a != 0:
        log += a * math.log(x) if x > 0 else -math.inf * a
    if b != 0:
        log += b * math.log1p(-x) if x < 1 else -math.inf * b
    return math.exp(log)


@numba.njit(error_model="numpy")
def tabulate(alpha: float, beta: float, table: NDArray[np.float64]) -> None:
    """Tabulate bins and bounds of a Beta density, for exact sampling with `sample_beta`.

    Samples are drawn by rejection from a histogram above the density (Devroye, "Non-uniform random
    variate generation", 1986, chapter VIII); the bin is drawn by Walker's alias method. This is
    exact up to rounding. Where the density has a pole, the outermost bin is bounded by a power of
    the distance from it instead of a rectangle.

    Args:
        alpha: first shape parameter.
        beta: second shape parameter.
        table: [BINS, 8], written: left edge of a bin, its width, the upper and lower bound of the
            density in it, the alias method's threshold and alias, and the density's level.
    """
    a, b, total = alpha - 1, beta - 1, alpha + beta
    mean = alpha / total
    deviation = math.sqrt(mean * (1 - mean) / (total + 1))
    low, high = max(0.0, mean - REACH * deviation), min(1.0, mean + REACH * deviation)
    # The bin at a pole ends at the mean at the latest, even if the mean is very close to the pole.
    low = max(low, min(1 / BINS, mean)) if a < 0 else low
    high = min(high, max(1 - 1 / BINS, mean)) if b < 0 else high
    # There is a maximum or minimum inside if both shapes are above 1 or both are below 1.
    turn = a / (a + b) if a * b > 0 else -1.0
    # Densities are relative to the maximum, which may overflow or underflow a float.
    level = a * math.log(turn) + b * math.log1p(-turn) if a > 0 and b > 0 and turn < 1 else 0.0
    at_turn = _density(turn, a, b, level) if a * b > 0 else 0.0
    if a > 0 and turn == 1:  # rounded up because b is tiny; the density is close to 1 there
        at_turn = 1.0
    x, at_x, mass = 0.0, _density(0.0, a, b, level), 0.0
    for j in range(BINS):
        right = 1.0 if j == BINS - 1 else low + (high - low) * j / (BINS - 2)
        at_right = _density(right, a, b, level)
        upper, lower = max(at_x, at_right), min(at_x, at_right)
        if x <= turn <= right:
            upper, lower = max(upper, at_turn), min(lower, at_turn)
        width = right - x
        area = upper * width
        if j == 0 and a < 0:
            upper, area = _pole(width, a, b)
        elif j == BINS - 1 and b < 0:
            upper, area = _pole(width, b, a)
        table[j, LEFT], table[j, WIDTH] = x, width
        # Rounding must not make the density exceed its bound.
        table[j, UPPER], table[j, LOWER] = upper * (1 + 1e-12), lower * (1 - 1e-12)
        table[j, THRESHOLD], table[j, LEVEL] = area, level
        mass += area
        x, at_x = right, at_right
    _alias(table, mass)


@numba.njit(error_model="numpy")
def _pole(width: float, a: float, b: float) -> tuple[float, float]:
    """Bound density / x^a on [0, `width`]; return the bound, and the integral of bound · x^a."""
    upper = max(1.0, (1 - width) ** b)
    return upper, upper * width ** (1 + a) / (1 + a)


@numba.njit(error_model="numpy")
def _alias(table: NDArray[np.float64], mass: float) -> None:
    """Replace the areas by the thresholds and aliases of Walker's method."""
    small, large = np.empty(BINS, np.int64), np.empty(BINS, np.int64)
    smalls, larges = 0, 0
    for j in range(BINS):
        table[j, THRESHOLD], table[j, ALIAS] = table[j, THRESHOLD] / mass * BINS, j
        if table[j, THRESHOLD] < 1:
            small[smalls] = j
            smalls += 1
        else:
            large[larges] = j
            larges += 1
    while smalls and larges:
        j, other = small[smalls - 1], large[larges - 1]
        smalls -= 1
        table[j, ALIAS] = other
        table[other, THRESHOLD] -= 1 - table[j, THRESHOLD]
        if table[other, THRESHOLD] < 1:
            larges -= 1
            small[smalls] = other
            smalls += 1
    # The rest would have a threshold of 1 without rounding.
    for j in small[:smalls]:
        table[j, THRESHOLD] = 1
    for j in large[:larges]:
        table[j, THRESHOLD] = 1


@numba.njit(error_model="numpy")
def sample_beta(
    generator: np.random.Generator, alpha: float, beta: float, table: NDArray[np.float64]
) -> float:
    """Draw from a Beta distribution with the table that `tabulate` wrote for the same shapes."""
    a, b = alpha - 1, beta - 1
    while True:
        place = generator.random() * BINS
        j = int(place)
        place -= j
        # Without a branch, which would be unpredictable.
        keep = table[j, THRESHOLD]
        own = place < keep
        before = 0.0 if own else keep
        share = keep if own else 1 - keep
        k = j if own else int(table[j, ALIAS])
        place = (place - before) / share
        height = generator.random() * table[k, UPPER]
        x: float = table[k, WIDTH] * place
        if (k == 0 and a < 0) or (k == BINS - 1 and b < 0):
            pole, other = (a, b) if k == 0 else (b, a)
            x = table[k, WIDTH] * place ** (1 / (1 + pole))
            if height <= (1 - x) ** other:
                return x if k == 0 else 1 - x
            continue
        x += table[k, LEFT]
        if height <= table[k, LOWER] or height <= _density(x, a, b, table[k, LEVEL]):
            return x


@numba.njit(error_model="numpy")
def sample_action(generator: np.random.Generator, cumulative: NDArray[np.float64]) -> int:
    """Draw an action by inversion.

    Args:
        generator: of the run.
        cumulative: [K], cumulative probabilities of the actions.
    """
    uniform, action = generator.random(), 0
    while action < cumulative.size - 1 and uniform >= cumulative[action]:
        action += 1
    return action


@numba.njit(error_model="numpy")
def hold_auction(
    generator: np.random.Generator,
    alpha: NDArray[np.float64],
    beta: NDArray[np.float64],
    tables: NDArray[np.float64],
    bids: NDArray[np.float32],
) -> int:
    """Draw the bids of all mechanisms and their clones independently; the highest bid wins.

    Args:
        generator: of the run.
        alpha: [K], first shape parameter of each mechanism's Beta distribution.
        beta: [K], second shape parameter.
        tables: [K, BINS, 8], of these distributions.
        bids: [E], written; E / K consecutive entries belong to one mechanism.

    Returns:
        The winning entry; on a tie the first.
    """
    copies, winner = bids.size // alpha.size, 0
    for entry in range(bids.size):
        k = entry // copies
        bid = np.float32(sample_beta(generator, alpha[k], beta[k], tables[k]))
        bids[entry] = min(max(bid, BID_LOW), BID_HIGH)
        if bids[entry] > bids[winner]:
            winner = entry
    return winner


@numba.njit(error_model="numpy", cache=True)
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
    out_action: NDArray[np.int64],
    out_next: NDArray[np.int64],
    out_reward: NDArray[np.float32],
    out_episode_end: NDArray[np.bool_],
    out_return: NDArray[np.float64],
) -> None:
    """Collect one epoch of every run into the `out_` arrays, laid out as in `Batch`.

    If `out_bids` has entries, actions are chosen by auction, and `first` and `second` [R, S, K] are
    the shapes α and β. Otherwise `first` holds cumulative probabilities and `second` is not used.
    """
    entries, steps = out_bids.shape[1:]
    states, actions = next_state.shape
    copies = entries // actions
    bids = np.empty((steps, entries), np.float32)
    tables = np.empty((states if entries else 0, actions, BINS, 8))
    for run in range(rows.size):
        generator = generators[rows[run]]
        for s in range(len(tables)):
            for k in range(actions):
                if not terminal[s]:
                    tabulate(first[run, s, k], second[run, s, k], tables[s, k])
        # One task is drawn for the whole epoch; a problem with one task draws no random number.
        start = starts[0] if starts.size == 1 else starts[int(generator.random() * starts.size)]
        state, age, episodes, total = start, 0, 0, 0.0
        for t in range(steps):
            if entries:
                selected = hold_auction(
                    generator, first[run, state], second[run, state], tables[state], bids[t]
                )
                action = selected // copies
            else:
                selected = sample_action(generator, first[run, state])
                action = selected
            reached = next_state[state, action]
            out_state[run, t], out_action[run, t], out_next[run, t] = state, selected, reached
            out_reward[run, t] = reward[state, action]
            total += reward[state, action]
            age += 1
            state = reached
            if terminal[reached] or age == horizon or t == steps - 1:
                out_episode_end[run, t] = True
                episodes += 1
                state, age = start, 0
        out_return[run] = total / episodes
        out_bids[run] = bids.T


@numba.njit(error_model="numpy", cache=True)
def shuffle(
    generators: tuple[np.random.Generator, ...],
    rows: NDArray[np.int64],
    samples: int,
    out: NDArray[np.int64],
) -> None:
    """Write into `out` what `repro.engine.rollout.shuffled` returns."""
    batches, runs, learners, size = out.shape
    order = np.empty(samples, np.int32)
    for run in range(runs):
        generator = generators[rows[run]]
        for learner in range(learners):
            # The inside-out version of the Fisher-Yates shuffle.
            for i in range(samples):
                j = int(generator.random() * (i + 1))
                order[i] = order[j]
                order[j] = i
            offset = (run * learners + learner) * samples
            for batch in range(batches):
                for i in range(size):
                    out[batch, run, learner, i] = offset + order[batch * size + i]
