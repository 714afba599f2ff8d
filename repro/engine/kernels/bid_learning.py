"""Compiled learning from bids: all minibatches of an epoch, one learner after the other.

A learner is a mechanism with its policy network and its value function. It reads and writes only its
own row of each array, so its numbers stay in the processor's cache for the whole epoch. Its gradients
are those of `repro.engine.kernels.bid_gradients`.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numba
import numpy as np

from repro.engine.kernels.adam import OPTIONS, ZERO
from repro.engine.kernels.bid_gradients import (
    COLUMNS,
    bid_policy_gradient,
    bid_value_gradient,
    gather,
    old_distribution,
    pack,
)
from repro.engine.kernels.network import adam_step_one, forward_one, padded

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@cache
def learn(code: str, observations: int, hidden: int) -> Callable[..., None]:
    """Compile an epoch of learning, or read it from the disk.

    Sizes are constants of the compiled code, so that its loops are unrolled.

    Args:
        code: digest of the code that is compiled; compiled code is stored under it.
        observations: O.
        hidden: units of each of the two hidden layers.
    """
    policy_sizes, policy_relu = padded((observations, hidden, hidden, 2), (True, False))
    value_sizes, value_relu = padded((observations, hidden, hidden, 1), (True, True))
    outputs = 2 * hidden

    @numba.njit(cache=True, **OPTIONS)
    def compiled(
        policy: Floats,
        policy_moments: Floats,
        value: Floats,
        value_moments: Floats,
        observation: Floats,
        behaviour: NDArray[np.float64],
        order: NDArray[np.int32],
        state: NDArray[np.int64],
        log_bid: Floats,
        log_one_minus_bid: Floats,
        advantage: Floats,
        target: Floats,
        batch: int,
        clip: np.float32,
        entropy_bonus: float,
        max_grad_norm: np.float32,
        penalty: np.float32,
        policy_lr: float,
        value_lr: float,
        steps: int,
        decay: tuple[float, float],
    ) -> None:
        """Learn from samples.

        Args:
            policy: [R, L, P], updated.
            policy_moments: [2, R, L, P], updated.
            value: [R, L, P'], updated.
            value_moments: [2, R, L, P'], updated.
            observation: [S, O].
            behaviour: [R, L, S, 2], output of the policy networks when they acted.
            order: [R, L, m], the samples that each learner learns from, in order.
            state: [R, L, n].
            log_bid: [R, L, n].
            log_one_minus_bid: [R, L, n].
            advantage: [R, L, n].
            target: [R, L, n].
            batch: B, samples of a minibatch; it divides m.
            clip: PPO's ε.
            entropy_bonus: weight of the entropy.
            max_grad_norm: norm at which each policy network's gradient is clipped.
            penalty: weight of the sum of squared parameters in each value network's loss.
            policy_lr: learning rate of the policy networks.
            value_lr: learning rate of the value networks.
            steps: Adam steps that all networks have taken.
            decay: Adam's β₁ and β₂.
        """
        code  # noqa: B018 - makes the digest part of what numba stores compiled code under
        beta_1, beta_2, share = np.float32(decay[0]), np.float32(decay[1]), np.float32(1 / batch)
        states = len(observation)
        policy_units = np.empty((states, outputs + 2), np.float32)
        value_units = np.empty((states, outputs + 1), np.float32)
        d_policy, d_value = np.empty((states, 2), np.float32), np.empty((states, 1), np.float32)
        gradient = np.empty(max(policy.shape[2], value.shape[2]), np.float32)
        d_units = np.empty(outputs + 2, np.float32)
        packed = np.empty((state.shape[2], COLUMNS), np.float32)
        own_state, sample = np.empty(batch, np.int64), np.empty((COLUMNS, batch), np.float32)
        shares, targets = np.empty(states, np.float32), np.empty(states, np.float32)
        old, difference = np.empty((3, states)), np.empty((3, states), np.float32)
        at_sample, total = np.empty((3, batch), np.float32), np.empty((3, states), np.float32)
        by_log_density = np.empty(batch, np.float32)
        for run in range(policy.shape[0]):
            for one in range(policy.shape[1]):
                old_distribution(behaviour[run, one], old)
                pack(
                    state[run, one],
                    log_bid[run, one],
                    log_one_minus_bid[run, one],
                    advantage[run, one],
                    target[run, one],
                    share,
                    packed,
                )
                for part in range(order.shape[2] // batch):
                    step = steps + part + 1
                    correction = np.float32(math.sqrt(1 - decay[1] ** step))
                    chosen = order[run, one, part * batch : (part + 1) * batch]
                    gather(packed, chosen, share, own_state, sample, shares, targets)
                    forward_one(value[run, one], observation, value_sizes, value_relu, value_units)
                    bid_value_gradient(value_units[:, outputs:], shares, targets, d_value)
                    adam_step_one(
                        value[run, one],
                        value_moments[0, run, one],
                        value_moments[1, run, one],
                        observation,
                        value_sizes,
                        value_relu,
                        value_units,
                        d_value,
                        gradient,
                        d_units,
                        beta_1,
                        beta_2,
                        penalty,
                        np.float32(np.inf),
                        np.float32(value_lr / (1 - decay[0] ** step)),
                        correction,
                    )
                    forward_one(
                        policy[run, one], observation, policy_sizes, policy_relu, policy_units
                    )
                    bid_policy_gradient(
                        policy_units[:, outputs:],
                        old,
                        own_state,
                        sample,
                        shares,
                        clip,
                        entropy_bonus,
                        difference,
                        at_sample,
                        by_log_density,
                        total,
                        d_policy,
                    )
                    adam_step_one(
                        policy[run, one],
                        policy_moments[0, run, one],
                        policy_moments[1, run, one],
                        observation,
                        policy_sizes,
                        policy_relu,
                        policy_units,
                        d_policy,
                        gradient,
                        d_units,
                        beta_1,
                        beta_2,
                        ZERO,
                        max_grad_norm,
                        np.float32(policy_lr / (1 - decay[0] ** step)),
                        correction,
                    )

    return compiled  # type: ignore[no-any-return]  # numba has no types
