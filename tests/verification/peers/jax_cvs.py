"""CVS in JAX."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax.scipy.special import betaln, digamma

from tests.verification.peers.jax_parts import (
    Peer,
    Runner,
    clipped,
    init_mlp,
    mlp,
    normalised,
    optimisers,
    penalty,
    rollout,
)
from tests.verification.peers.jax_parts import learn as learn_samples

if TYPE_CHECKING:
    from jax import Array

    from repro.algorithms.auction import Auction
    from repro.mdp.task import Tables
    from tests.verification.peers.jax_parts import Parameters

LOW, HIGH = 1e-6, 1 - 1e-6
"""Bids are clamped to this range."""


def peer(algorithm: Auction, tables: Tables, copies: int = 2) -> Peer:  # noqa: C901 - its parts
    """CVS: a policy and a value network for each mechanism, mapped over mechanisms."""
    seen = jnp.asarray(tables.observation)
    hidden, actions = algorithm.hidden, tables.next_state.shape[1]
    head = (seen.shape[1], hidden, hidden)
    policy_optimiser, value_optimiser = optimisers(algorithm)

    def shapes(parameters: Parameters) -> tuple[Array, Array]:
        out = mlp(parameters, seen, (True, False))
        concentration = jax.nn.softplus(out[:, 1])
        return jax.nn.sigmoid(out[:, 0]) * concentration, jax.nn.sigmoid(-out[:, 0]) * concentration

    def values(parameters: Parameters) -> Array:
        return mlp(parameters, seen, (True, True))[:, 0]

    def log_density(alpha: Array, beta: Array, part: dict[str, Array]) -> Array:
        s = part["state"]
        inner = (alpha - 1)[s] * part["log_bid"] + (beta - 1)[s] * part["log_rest"]
        return inner - betaln(alpha, beta)[s]

    def policy_loss(parameters: Parameters, part: dict[str, Array]) -> Array:
        a, b = shapes(parameters)
        entropy = (
            betaln(a, b)
            - (a - 1) * digamma(a)
            - (b - 1) * digamma(b)
            + (a + b - 2) * digamma(a + b)
        )
        loss = clipped(log_density(a, b, part) - part["old"], part["advantage"], algorithm.clip)
        return (loss - algorithm.entropy_bonus * entropy[part["state"]]).mean()

    def value_loss(parameters: Parameters, part: dict[str, Array]) -> Array:
        error = jnp.square(values(parameters)[part["state"]] - part["target"]).mean()
        return error + algorithm.value_penalty * penalty(parameters)

    def init_one(key: Array) -> tuple[Parameters, Parameters, Any, Any]:
        one, two = jax.random.split(key)
        policy, value = init_mlp(one, (*head, 2)), init_mlp(two, (*head, 1))
        weight, bias = policy[-1]
        policy[-1] = (weight * 0, bias * 0 + jnp.array([0.0, jnp.log(jnp.expm1(2.0))]))
        return policy, value, policy_optimiser.init(policy), value_optimiser.init(value)

    def init(key: Array) -> Runner:
        rest, *keys = jax.random.split(key, actions + 1)
        policy, value, one, two = jax.vmap(init_one)(jnp.stack(keys))
        return Runner(policy, value, one, two, rest)

    def epoch(runner: Runner) -> tuple[Runner, Array]:
        key, acting, shuffling = jax.random.split(runner.key, 3)
        alpha, beta = jax.vmap(shapes)(runner.policy)  # [K, S]
        value = jax.vmap(values)(runner.value)
        many_a, many_b = jnp.repeat(alpha, copies, 0), jnp.repeat(beta, copies, 0)

        def act(state: Array, key: Array) -> tuple[Array, Array, Array]:
            bids = jax.random.beta(key, many_a[:, state], many_b[:, state])
            bids = jnp.clip(bids, LOW, HIGH)
            winner = bids.argmax()
            return winner, winner // copies, bids

        made, mean_return = rollout(tables, algorithm.steps, act, acting)
        won = jax.nn.one_hot(made.action, actions * copies, dtype=bool)
        price = jnp.where(won, -jnp.inf, made.bids).max(-1)
        ahead = jnp.where(made.end, 0.0, jnp.append(price[1:], 0.0))
        gain = made.reward + algorithm.discount * ahead - price
        utility = jnp.where(won, gain[:, None], 0.0)

        def of_mechanisms(x: Array) -> Array:
            return x.T.reshape(actions, -1)

        state = jnp.tile(made.state, copies)
        bid, target = of_mechanisms(made.bids), of_mechanisms(utility)
        samples = {
            "state": jnp.broadcast_to(state, bid.shape),
            "log_bid": jnp.log(bid),
            "log_rest": jnp.log1p(-bid),
            "advantage": normalised(target - value[:, state]),
            "target": target,
        }
        samples["old"] = jax.vmap(log_density)(alpha, beta, samples)
        own = runner._replace(key=jax.random.split(key, actions))
        keys = jax.random.split(shuffling, actions)
        learned = jax.vmap(learn)(own, samples, keys)
        return learned._replace(key=key), mean_return

    learn = partial(
        learn_samples, algorithm, (policy_loss, policy_optimiser), (value_loss, value_optimiser)
    )
    return Peer(init, epoch)
