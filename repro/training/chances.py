"""How likely each action is taken, before and after networks are adjusted: PPO, PPOF and CVS.

In PPO and PPOF it is the probability of the softmax, in CVS that of winning the auction. An adjustment multiplies
the last layer of PPO and PPOF, or in CVS the outputs for concentrations, as in `repro.training.start.CHANGES`.
Whatever can be computed for networks can also be computed from the bids that a record has, without weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.special import logsumexp

from repro.algorithms.cvs import CVS
from repro.algorithms.ppo import PPO
from repro.algorithms.ppof import PPOF
from repro.statistics.winning_probability import LARGEST, SMALLEST, winning_probabilities
from repro.training.start import CHANGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from repro.engine.networks import MLPSpec
    from repro.training.matches import Adjustment

    Floats = NDArray[np.float64]
    Bids = Mapping[str, NDArray[np.floating]]

Learner = PPO | PPOF | CVS
"""The algorithms whose probabilities are known here."""


def log_chances(algorithm: Learner, bids: Bids) -> Floats:
    """Compute the logarithm of the probability that each action is taken.

    Args:
        algorithm: PPO or PPOF, without random actions, or CVS.
        bids: its "logit", or "bid" and "concentration"; [..., A].

    Returns:
        [..., A]; NaN where the shape of a Beta distribution is too small or too large to integrate.
    """
    if not isinstance(algorithm, CVS):
        logits = bids["logit"].astype(np.float64)
        return np.asarray(logits - logsumexp(logits, axis=-1, keepdims=True))
    mean, concentration = (bids[name].astype(np.float64) for name in ("bid", "concentration"))
    alpha, beta = mean * concentration, (1 - mean) * concentration
    fits = [(one >= SMALLEST) & (one <= LARGEST) for one in (alpha, beta)]
    possible = np.asarray((fits[0] & fits[1]).all(axis=-1))
    found = np.full(mean.shape, np.nan)
    if possible.any():
        with np.errstate(divide="ignore"):  # a probability of 0
            won = winning_probabilities(alpha[possible], beta[possible], algorithm.copies)
            found[possible] = np.log(won)
    return found


def adjusted_bids(algorithm: Learner, bids: Bids, by: Adjustment, action: int) -> dict[str, Floats]:
    """Compute what adjusted networks would bid, from what they bid before.

    Args:
        algorithm: see `log_chances`.
        bids: likewise.
        by: the adjustment.
        action: the one whose bias is shifted.
    """
    if not isinstance(algorithm, CVS):
        logits = by.factor * bids["logit"].astype(np.float64)
        logits[..., action] += by.shift
        return {"logit": logits}
    concentration = bids["concentration"].astype(np.float64)
    output = concentration + np.log(-np.expm1(-concentration))  # the softplus of it is given
    changed = np.asarray(np.logaddexp(0, by.factor * output))
    return {"bid": bids["bid"].astype(np.float64), "concentration": changed}


def adjusted(
    algorithm: Learner, spec: MLPSpec, policy: NDArray[np.float32], by: Adjustment, action: int
) -> NDArray[np.float32]:
    """Return adjusted policy networks, [R, K, P].

    Args:
        algorithm: see `log_chances`.
        spec: architecture of its policy networks.
        policy: their parameters, [R, K, P]; not changed.
        by: the adjustment, the same for all these runs; of CVS only the factor is used.
        action: the one whose bias is shifted.
    """
    name = "scale_concentrations" if isinstance(algorithm, CVS) else "scale_logits"
    changed = CHANGES[name].apply(spec, {"policy": policy}, by.factor)["policy"]
    if not isinstance(algorithm, CVS):
        network, output = (action, 0) if algorithm.factorised else (0, action)
        changed[:, network, spec.size - spec.sizes[-1] + output] += np.float32(by.shift)
    return changed


def chances_at(
    algorithm: Learner,
    spec: MLPSpec,
    policy: NDArray[np.float32],
    observation: NDArray[np.float32],
) -> Floats:
    """Compute the log-probability of each action at one state, [R, A].

    In float64, from the float32 weights: the networks of the engine differ by roundings.

    Args:
        algorithm: see `log_chances`.
        spec: architecture of its policy networks.
        policy: their parameters, [R, K, P].
        observation: of the state, [O].
    """
    state = torch.tensor(observation, dtype=torch.float64)[None]
    bids = algorithm.bids(spec.forward(torch.from_numpy(policy).double(), state))
    return log_chances(algorithm, {name: one[:, 0].numpy() for name, one in bids.items()})
