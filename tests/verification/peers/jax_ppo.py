"""PPO in JAX."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp

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

    from repro.algorithms.clipped_policy import ClippedPolicy
    from repro.mdp.task import Tables
    from tests.verification.peers.jax_parts import Parameters


def peer(algorithm: ClippedPolicy, tables: Tables) -> Peer:
    """PPO with one policy network."""
    seen = jnp.asarray(tables.observation)
    hidden, actions = algorithm.hidden, tables.next_state.shape[1]
    head = (seen.shape[1], hidden, hidden)
    policy_optimiser, value_optimiser = optimisers(algorithm)
    discount = jnp.where(jnp.asarray(tables.terminal), 0.0, algorithm.discount)
    lambda_: float = algorithm.gae_lambda

    def log_policy(parameters: Parameters) -> Array:
        return jax.nn.log_softmax(mlp(parameters, seen, (True, True)))

    def values(parameters: Parameters) -> Array:
        return mlp(parameters, seen, (True, True))[:, 0]

    def policy_loss(parameters: Parameters, part: dict[str, Array]) -> Array:
        table = log_policy(parameters)
        rows = table[part["state"]]
        chosen = jnp.take_along_axis(rows, part["action"][:, None], 1)[:, 0]
        entropy = -(jnp.exp(rows) * rows).sum(-1)
        loss = clipped(chosen - part["old"], part["advantage"], algorithm.clip)
        return (loss - algorithm.entropy_bonus * entropy).mean()

    def value_loss(parameters: Parameters, part: dict[str, Array]) -> Array:
        error = jnp.square(values(parameters)[part["state"]] - part["target"]).mean()
        return error + algorithm.value_penalty * penalty(parameters)

    def init(key: Array) -> Runner:
        one, two, rest = jax.random.split(key, 3)
        policy, value = init_mlp(one, (*head, actions)), init_mlp(two, (*head, 1))
        states = policy_optimiser.init(policy), value_optimiser.init(value)
        return Runner(policy, value, *states, rest)

    def epoch(runner: Runner) -> tuple[Runner, Array]:
        key, acting, shuffling = jax.random.split(runner.key, 3)
        table, value = log_policy(runner.policy), values(runner.value)

        def act(state: Array, key: Array) -> tuple[Array, Array, Array]:
            action = jax.random.categorical(key, table[state])
            return action, action, jnp.zeros(0)

        made, mean_return = rollout(tables, algorithm.steps, act, acting)
        into = discount[made.reached]
        delta = made.reward + into * value[made.reached] - value[made.state]
        carried = jnp.where(made.end, 0.0, into * lambda_)

        def back(ahead: Array, x: tuple[Array, Array]) -> tuple[Array, Array]:
            found = x[0] + x[1] * ahead
            return found, found

        _, advantage = jax.lax.scan(back, jnp.asarray(0.0), (delta, carried), reverse=True)
        samples = {
            "state": made.state,
            "action": made.action,
            "old": table[made.state, made.action],
            "advantage": normalised(advantage),
            "target": advantage + value[made.state],
        }
        return learn(runner._replace(key=key), samples, shuffling), mean_return

    learn = partial(
        learn_samples, algorithm, (policy_loss, policy_optimiser), (value_loss, value_optimiser)
    )
    return Peer(init, epoch)
