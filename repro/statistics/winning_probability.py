r"""How likely each mechanism wins an auction in which all bid at random, and whether its mean bid tells.

In a society of bidders the highest *sampled* bid acts (talk:279-284), so the mechanism with the highest
mean bid need not be the one that acts most often (talk:304): of several entries the best is what counts,
and wide bids have better best entries than narrow ones.

With F the distribution function of a mechanism's bids and c its number of entries, the best entry has
the distribution function F^c. The mechanism wins with probability

.. math:: \int \Bigl(\prod_{j \ne k} F_j^c\Bigr) \, \mathrm{d} F_k^c .
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from repro.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

ACCURACY = 1e-8
"""Largest error of a probability, for shapes between `SMALLEST` and `LARGEST`."""
SMALLEST, LARGEST = 1e-3, 1e5

_NEGLIGIBLE = 1e-13
_COARSEST, _PER_WIDTH, _PER_EDGE = 1 / 8, 4, 4
"""Largest step of the grid, and points per unit of the narrowest bids' deviation and of a steep tail."""
_FAR = 50.0
"""Logit from which a bid's distance to 0 or 1 is so small that the first term of a tail is exact."""


def winning_probabilities(
    alpha: NDArray[np.floating], beta: NDArray[np.floating], copies: int
) -> NDArray[np.float64]:
    r"""Compute the probability of each mechanism to have the highest bid, if bids are Beta-distributed.

    The integral is taken over logits u of bids, where densities are smooth and fall exponentially. With
    u = sinh t and equal steps in t, the trapezoidal rule converges faster than any power of the step, also
    if bids are almost always next to 0 or 1. Source: ours; the rule is Takahasi and Mori's (1974).

    Args:
        alpha: α of each mechanism's bids, [..., K].
        beta: β, [..., K].
        copies: entries of each mechanism in an auction; 2 in CVS, of which one is the clone's.

    Returns:
        [..., K], with sum 1 up to `ACCURACY`.

    Raises:
        UserError: the arrays do not match, a shape is outside of [`SMALLEST`, `LARGEST`], or there are no
            entries.

    >>> winning_probabilities(np.array([1.0, 3.0]), np.array([1.0, 1.0]), copies=2).round(6)
    array([0.25, 0.75])
    """
    alphas, betas = np.asarray(alpha, np.float64), np.asarray(beta, np.float64)
    if alphas.shape != betas.shape or alphas.ndim == 0 or alphas.shape[-1] == 0 or copies < 1:
        raise UserError(
            f"given α of shape {alphas.shape}, β of shape {betas.shape} and {copies} copies; expected "
            "one of each for every mechanism, [..., K], and at least one entry"
        )
    for name, shape in (("α", alphas), ("β", betas)):
        outside = shape[~((shape >= SMALLEST) & (shape <= LARGEST))]  # NaN is outside, too
        if outside.size:
            raise UserError(f"given {name} = {outside[0]}; expected {SMALLEST:g} to {LARGEST:g}")
    mechanisms = alphas.shape[-1]
    rows = zip(alphas.reshape(-1, mechanisms), betas.reshape(-1, mechanisms), strict=True)
    won = np.array([_one_auction(a, b, copies) for a, b in rows])
    return won.reshape(alphas.shape)


def inversions(mean: NDArray[np.floating], probability: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Find the pairs of mechanisms of which the one with the higher mean bid wins less often.

    Differences in probability up to twice `ACCURACY` do not count.

    Args:
        mean: mean bids, [..., K].
        probability: probabilities of winning, [..., K].

    Returns:
        [..., K, K]; entry j, k says that j bids more than k on average and wins less often.

    >>> inversions(np.array([0.6, 0.5]), np.array([0.4, 0.6])).tolist()
    [[False, True], [False, False]]
    """
    higher = mean[..., :, None] > mean[..., None, :]
    rarer = probability[..., :, None] < probability[..., None, :] - 2 * ACCURACY
    return np.asarray(higher & rarer)


def _one_auction(
    alpha: NDArray[np.float64], beta: NDArray[np.float64], copies: int
) -> NDArray[np.float64]:
    """Integrate for the mechanisms of one auction, [K]."""
    t, step = _grid(alpha, beta)
    u = np.sinh(t)
    a, b, scale = (part[:, None] for part in (alpha, beta, special.betaln(alpha, beta)))
    log_density = a * special.log_expit(u) + b * special.log_expit(-u) - scale
    below = _distribution(u, a, b, scale)
    best = below**copies
    by_t = copies * np.exp(log_density) * below ** (copies - 1) * np.cosh(t) * step
    others = np.stack([np.delete(best, k, axis=0).prod(axis=0) for k in range(len(alpha))])
    return np.asarray((by_t * others).sum(axis=-1))


def _distribution(
    u: NDArray[np.float64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Compute the distribution function of logits of bids, [K, points]."""
    negative = u < 0
    below = np.empty((len(a), len(u)))
    below[:, negative] = _tail(u[negative], a, b, scale)
    below[:, ~negative] = 1 - _tail(-u[~negative], b, a, scale)
    return below


def _tail(
    u: NDArray[np.float64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Compute the probability of a logit below u, for u up to 0, [K, points]."""
    # Close to 0, bids underflow; their logits do not.
    return np.where(
        u < -_FAR,
        np.exp(np.minimum(a * u - np.log(a) - scale, 0.0)),
        special.betainc(a, b, special.expit(u)),
    )


def _grid(
    alpha: NDArray[np.float64], beta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return equally spaced points t and their distance; beyond them nothing is left to integrate."""
    scale, tail = special.betaln(alpha, beta), np.log(_NEGLIGIBLE)
    # Nobody wins with a bid that one mechanism's entries are almost never below.
    lowest = ((tail + np.log(alpha) + scale) / alpha).max()
    highest = (-(tail + np.log(beta) + scale) / beta).max()
    centre = special.digamma(alpha) - special.digamma(beta)
    spread = np.sqrt(special.polygamma(1, alpha) + special.polygamma(1, beta))
    width = float((spread / np.hypot(1, centre)).min())  # du/dt is the square root of 1 + u²
    # A tail may be steep far from the centre: with a large α, near u = log α if β is small.
    edge = float(np.hypot(1, np.log(np.maximum(alpha, beta))).max())
    step = min(_COARSEST, width / _PER_WIDTH, 1 / edge / _PER_EDGE)
    first = np.floor(np.arcsinh(min(lowest, -1.0)) / step)
    last = np.ceil(np.arcsinh(max(highest, 1.0)) / step)
    return np.arange(first, last + 1) * step, step
