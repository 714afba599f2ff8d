"""Compiled gradients of one mechanism's bids and value function, from one minibatch.

The formulas are those of `repro.credit`: the functions that torch computes with, and the audit traces,
are compiled for numbers; `repro.engine.kernels.torch_on_numbers` says what torch's functions mean there.
Written again here is only what goes between them: samples are fetched, values looked up at their states,
and sums formed, as in `repro.credit.vickrey.beta_policy_gradient` and
`repro.algorithms.base.Algorithm.minibatch_statistics`. `tests/algorithms/test_compiled_learning.py` compares
both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba.extending import register_jitable

from repro.credit import policy_gradient, value, vickrey
from repro.engine.kernels import torch_on_numbers
from repro.engine.kernels.adam import OPTIONS, ZERO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

STATE, LOG_BID, LOG_REST, ADVANTAGE, TARGET, COLUMNS = 0, 1, 2, 3, 4, 8
"""Columns of packed samples; unused ones make a row half as long as a cache line."""

torch_on_numbers.register()
for function in (
    policy_gradient.clipped_surrogate_gradient,
    value.value_gradient,
    vickrey.beta_shape,
    vickrey.bid_gradient,
    vickrey.log_beta_function,
    vickrey.logit_gradients,
    vickrey.sigmoid,
    vickrey.softplus,
):
    register_jitable(**OPTIONS)(function)
# Their annotations say tensors; compiled, they take numbers.
beta_shape: Any = vickrey.beta_shape
bid_gradient: Any = vickrey.bid_gradient
log_beta_function: Any = vickrey.log_beta_function
logit_gradients: Any = vickrey.logit_gradients
state_value_gradient: Any = value.value_gradient


@numba.njit(**OPTIONS)
def pack(
    state: NDArray[np.int64],
    log_bid: Floats,
    log_one_minus_bid: Floats,
    advantage: Floats,
    target: Floats,
    share: np.float32,
    packed: Floats,
) -> None:
    """Put all that belongs to a sample side by side, so that it is fetched at once."""
    for i in range(state.size):
        packed[i, STATE] = state[i]
        packed[i, LOG_BID] = log_bid[i]
        packed[i, LOG_REST] = log_one_minus_bid[i]
        packed[i, ADVANTAGE] = advantage[i] * share
        packed[i, TARGET] = target[i] * share


@numba.njit(**OPTIONS)
def gather(
    packed: Floats,
    order: NDArray[np.int32],
    share: np.float32,
    state: NDArray[np.int64],
    sample: Floats,
    shares: Floats,
    targets: Floats,
) -> None:
    """Fetch a minibatch, and sum the shares and targets of each state.

    Args:
        packed: [n, COLUMNS].
        order: [B], the samples of the minibatch.
        share: 1 / B.
        state: [B], written.
        sample: [COLUMNS, B], written.
        shares: [S], written: fraction of the samples at each state.
        targets: [S], written: sum of the targets at each state, divided by B.
    """
    shares[:], targets[:] = ZERO, ZERO
    for i in range(order.size):
        own = packed[order[i]]
        s = np.int64(own[STATE])
        state[i] = s
        sample[LOG_BID, i], sample[LOG_REST, i] = own[LOG_BID], own[LOG_REST]
        sample[ADVANTAGE, i] = own[ADVANTAGE]
        shares[s] += share
        targets[s] += own[TARGET]


@numba.njit(**OPTIONS)
def bid_policy_gradient(
    policy: Floats,
    old: NDArray[np.float64],
    state: NDArray[np.int64],
    sample: Floats,
    shares: Floats,
    clip: np.float32,
    entropy_bonus: float,
    difference: Floats,
    at_sample: Floats,
    gradient: Floats,
    total: Floats,
    d_policy: Floats,
) -> None:
    """Compute what `repro.credit.vickrey.beta_policy_gradient` does, for one mechanism.

    Args:
        policy: [S, 2], output of the policy network.
        old: [3, S]; α, β and log B(α, β) of the behaviour policy.
        state: [B].
        sample: [COLUMNS, B], see `gather`.
        shares: [S].
        clip: PPO's ε.
        entropy_bonus: weight of the entropy.
        difference: [3, S], overwritten: α, β and log B(α, β) now, minus `old`.
        at_sample: [3, B], overwritten: the same at each sample's state.
        gradient: [B], overwritten: with respect to the log-density of each bid.
        total: [3, S], overwritten: sums of the gradients, and of those times log x and log(1 - x).
        d_policy: [S, 2], written. States without samples get 0.
    """
    for s in range(len(policy)):
        if shares[s] > 0:
            alpha, beta = beta_shape(np.float64(policy[s, 0]), np.float64(policy[s, 1]))
            difference[0, s], difference[1, s] = alpha - old[0, s], beta - old[1, s]
            difference[2, s] = log_beta_function(alpha, beta) - old[2, s]
        total[:, s] = ZERO
        d_policy[s] = ZERO
    for k in range(3):
        for i in range(state.size):
            at_sample[k, i] = difference[k, state[i]]
    for i in range(state.size):
        gradient[i] = bid_gradient(
            at_sample[0, i],
            at_sample[1, i],
            at_sample[2, i],
            sample[LOG_BID, i],
            sample[LOG_REST, i],
            sample[ADVANTAGE, i],
            clip,
        )
    for i in range(state.size):
        s, g = state[i], gradient[i]
        total[0, s] += g
        total[1, s] += g * sample[LOG_BID, i]
        total[2, s] += g * sample[LOG_REST, i]
    for s in range(len(policy)):
        if shares[s] > 0:
            d_policy[s, 0], d_policy[s, 1] = logit_gradients(
                np.float64(policy[s, 0]),
                np.float64(policy[s, 1]),
                total[0, s],
                total[1, s],
                total[2, s],
                entropy_bonus * shares[s],
            )


@numba.njit(**OPTIONS)
def old_distribution(behaviour: NDArray[np.float64], old: NDArray[np.float64]) -> None:
    """Compute α, β and log B(α, β) of the behaviour policy.

    Args:
        behaviour: [S, 2], output of the policy network when it acted.
        old: [3, S], written.
    """
    for s in range(len(behaviour)):
        old[0, s], old[1, s] = beta_shape(behaviour[s, 0], behaviour[s, 1])
        old[2, s] = log_beta_function(old[0, s], old[1, s])


@numba.njit(**OPTIONS)
def bid_value_gradient(value: Floats, shares: Floats, targets: Floats, d_value: Floats) -> None:
    """Compute `repro.credit.value.value_gradient` for one mechanism.

    Args:
        value: [S, 1], output of the value network.
        shares: [S], see `gather`.
        targets: [S], see `gather`.
        d_value: [S, 1], written.
    """
    for s in range(len(value)):
        d_value[s, 0] = state_value_gradient(value[s, 0], shares[s], targets[s])
