"""Compiled draws from Beta distributions, many at a time.

Draws are exact up to rounding: they are made by rejection (Devroye, "Non-uniform random variate
generation", 1986, chapter VIII) from pieces that cover the density. Each bin of the table has two
pieces: a rectangle below the density, in which every point is accepted, and the rest of the
rectangle around it, in which a point is accepted if it is below the density. A piece is drawn by
Walker's alias method; a random number that is left over from it is the place in the piece. So most
draws need one random number and no logarithm, and the loop that reads the table has no branches.
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
"""Bins of a table. All but the two outermost lie within REACH standard deviations of the mean."""
PIECES = 2 * BINS
"""Piece j < BINS lies below the density in bin j, piece BINS + j around it."""
THRESHOLD, START, SLOPE, PIECE = range(4)
"""Columns of `pieces`: the alias method's threshold, then for the own piece and, `ALIAS` columns
further, for the alias: a draw in it is START + SLOPE * place, with the place among all pieces."""
ALIAS, COLUMNS = 3, 8
"""An unused eighth column makes a row as long as a cache line."""
LEFT, WIDTH, LOWER, UPPER = range(4)
"""Columns of `bins`: left edge, width, and bounds of the density in the bin."""
_SMALLEST = 1e-12
"""Smaller shapes count as this: a draw then lies within the clamp of the pole but for one in 10¹⁰."""
_BELOW_ONE = 1 - 2.0**-53
"""The largest number below 1: a bin at a pole is not empty, even if the mean rounds to 1."""
ROWS = BINS + 1
"""Rows of `bins`: the last one holds α - 1, β - 1 and the density's level."""


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
def tabulate(
    alpha: float, beta: float, pieces: NDArray[np.float64], bins: NDArray[np.float64]
) -> None:
    """Tabulate a Beta distribution for `draw`.

    Where the density has a pole, the outermost bin is bounded by a power of the distance from it
    instead of a rectangle, and has no piece below the density.

    Args:
        alpha: first shape parameter.
        beta: second shape parameter.
        pieces: [PIECES, COLUMNS], written.
        bins: [ROWS, 4], written.
    """
    alpha, beta = max(alpha, _SMALLEST), max(beta, _SMALLEST)
    a, b, total = alpha - 1, beta - 1, alpha + beta
    mean = alpha / total
    deviation = math.sqrt(mean * (1 - mean) / (total + 1))
    low, high = max(0.0, mean - REACH * deviation), min(1.0, mean + REACH * deviation)
    # The bin at a pole ends at the mean at the latest, even if the mean is very close to the pole.
    low = max(low, min(1 / BINS, mean)) if a < 0 else low
    high = min(high, max(1 - 1 / BINS, mean), _BELOW_ONE) if b < 0 else high
    # There is a maximum or minimum inside if both shapes are above 1 or both are below 1.
    turn = a / (a + b) if a * b > 0 else -1.0
    # Densities are relative to the maximum, which may overflow or underflow a float.
    level = a * math.log(turn) + b * math.log1p(-turn) if a > 0 and b > 0 and turn < 1 else 0.0
    at_turn = _density(turn, a, b, level) if a * b > 0 else 0.0
    if a > 0 and turn == 1:  # rounded up because b is tiny; the density is close to 1 there
        at_turn = 1.0
    bins[BINS, 0], bins[BINS, 1], bins[BINS, 2] = a, b, level
    areas = np.empty(PIECES, np.float64)
    x, at_x = 0.0, _density(0.0, a, b, level)
    for j in range(BINS):
        right = 1.0 if j == BINS - 1 else low + (high - low) * j / (BINS - 2)
        at_right = _density(right, a, b, level)
        upper, lower = max(at_x, at_right), min(at_x, at_right)
        if x <= turn <= right:
            upper, lower = max(upper, at_turn), min(lower, at_turn)
        width = right - x
        # Rounding must not make the density exceed its bounds.
        upper, lower = upper * (1 + 1e-12), lower * (1 - 1e-12)
        around = (upper - lower) * width
        if j == 0 and a < 0:
            upper, around = _pole(width, a, b)
            lower = 0.0
        elif j == BINS - 1 and b < 0:
            upper, around = _pole(width, b, a)
            lower = 0.0
        bins[j, LEFT], bins[j, WIDTH], bins[j, LOWER], bins[j, UPPER] = x, width, lower, upper
        areas[j], areas[BINS + j] = lower * width, around
        x, at_x = right, at_right
    _alias(areas, bins, pieces)


@numba.njit(error_model="numpy")
def _pole(width: float, a: float, b: float) -> tuple[float, float]:
    """Bound density / x^a on [0, `width`]; return the bound, and the integral of bound · x^a."""
    upper = max(1.0, (1 - width) ** b) * (1 + 1e-12)
    return upper, upper * width ** (1 + a) / (1 + a)


@numba.njit(error_model="numpy")
def _alias(
    areas: NDArray[np.float64], bins: NDArray[np.float64], pieces: NDArray[np.float64]
) -> None:
    """Write the thresholds of Walker's method, and each piece's line from places to draws."""
    other = np.empty(PIECES, np.int64)
    small, large = np.empty(PIECES, np.int64), np.empty(PIECES, np.int64)
    smalls, larges, mass = 0, 0, areas.sum()
    for j in range(PIECES):
        pieces[j, THRESHOLD], other[j] = areas[j] / mass * PIECES, j
        if pieces[j, THRESHOLD] < 1:
            small[smalls] = j
            smalls += 1
        else:
            large[larges] = j
            larges += 1
    while smalls and larges:
        j, donor = small[smalls - 1], large[larges - 1]
        smalls -= 1
        other[j] = donor
        pieces[donor, THRESHOLD] -= 1 - pieces[j, THRESHOLD]
        if pieces[donor, THRESHOLD] < 1:
            larges -= 1
            small[smalls] = donor
            smalls += 1
    # The rest would have a threshold of 1 without rounding.
    for j in small[:smalls]:
        pieces[j, THRESHOLD] = 1
    for j in large[:larges]:
        pieces[j, THRESHOLD] = 1
    for j in range(PIECES):
        keep = pieces[j, THRESHOLD]
        for column, piece, low, high in ((0, j, 0.0, keep), (ALIAS, other[j], keep, 1.0)):
            row = bins[piece % BINS]
            slope = row[WIDTH] / (high - low) if high > low else 0.0
            pieces[j, column + SLOPE] = slope
            pieces[j, column + START] = row[LEFT] - slope * (j + low)
            pieces[j, column + PIECE] = piece


@numba.njit(error_model="numpy")
def _accepted(generator: np.random.Generator, x: float, j: int, bins: NDArray[np.float64]) -> float:
    """Accept or reject a place in the piece around the density in bin j; return the draw, or -1."""
    a, b, level = bins[BINS, 0], bins[BINS, 1], bins[BINS, 2]
    height = bins[j, LOWER] + generator.random() * (bins[j, UPPER] - bins[j, LOWER])
    if (j == 0 and a < 0) or (j == BINS - 1 and b < 0):
        pole, other = (a, b) if j == 0 else (b, a)
        place = min(max((x - bins[j, LEFT]) / bins[j, WIDTH], 0.0), 1.0)
        distance: float = bins[j, WIDTH] * place ** (1 / (1 + pole))
        if height > (1 - distance) ** other:
            return -1.0
        return distance if j == 0 else 1 - distance
    return x if height <= _density(x, a, b, level) else -1.0


@numba.njit(error_model="numpy", fastmath={"contract"})
def draw(
    generator: np.random.Generator,
    uniform: NDArray[np.float64],
    used: int,
    pieces: NDArray[np.float64],
    bins: NDArray[np.float64],
    out: NDArray[np.float32],
) -> int:
    """Draw from a Beta distribution, clamped to [`BID_LOW`, `BID_HIGH`].

    Args:
        generator: source of more random numbers.
        uniform: uniform random numbers that the generator made, at least one; refilled when they are
            used up.
        used: how many of them are used.
        pieces: as `tabulate` wrote them.
        bins: as `tabulate` wrote them.
        out: [n], written.

    Returns:
        How many of the uniform numbers are used now.
    """
    done = 0
    places, piece = np.empty(out.size, np.float64), np.empty(out.size, np.int32)
    flat = pieces.reshape(-1)
    while done < out.size:
        count = min(out.size - done, uniform.size)
        if used + count > uniform.size:
            for i in range(uniform.size):
                uniform[i] = generator.random()
            used = 0
        for i in range(count):
            place = uniform[used + i] * PIECES
            row = np.int32(place) * np.int32(COLUMNS)
            column = row + np.int32(ALIAS) * np.int32(place - np.int32(place) >= flat[row])
            places[i] = flat[column + START] + flat[column + SLOPE] * place
            piece[i] = np.int32(flat[column + PIECE])
        used += count
        for i in range(count):
            x = places[i]
            if piece[i] >= BINS:
                x = _accepted(generator, x, piece[i] - BINS, bins)
                if x < 0:
                    continue
            out[done] = min(max(np.float32(x), BID_LOW), BID_HIGH)
            done += 1
    return used
