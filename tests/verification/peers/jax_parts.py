"""What PPO and CVS in JAX share, trained as in PureJaxRL: one jitted scan over epochs, mapped over seeds.

Lu et al., "Discovered policy optimisation" (2022), describe the style. The task, the networks, the sizes
of epochs and minibatches and the losses are those of `repro.algorithms`. Gradients are JAX's own, so
this is also a second implementation of both algorithms. Networks are evaluated on the distinct states, as
here, which is much faster than on every sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

if TYPE_CHECKING:
    from collections.abc import Callable

    from jax import Array

    from repro.algorithms import Algorithm
    from repro.mdp.task import Tables

Parameters = list[tuple[Any, Any]]


class Runner(NamedTuple):
    """Everything that an epoch depends on, of one run.

    Attributes:
        policy: parameters of the policy network, or of one for each mechanism.
        value: parameters of the value network, or of one for each mechanism.
        policy_state: optimiser state.
        value_state: optimiser state.
        key: of the run's random numbers.
    """

    policy: Any
    value: Any
    policy_state: Any
    value_state: Any
    key: Array


class Steps(NamedTuple):
    """An epoch in time order; `bids` has no entries without auctions."""

    state: Array
    action: Array
    reached: Array
    reward: Array
    end: Array
    bids: Array


@dataclass(frozen=True)
class Peer:
    """An algorithm in JAX.

    Attributes:
        init: from a key to the runner of one run.
        epoch: from a runner to the next one, and the mean return of the epoch's episodes.
    """

    init: Callable[[Array], Runner]
    epoch: Callable[[Runner], tuple[Runner, Array]]

    def train(self, epochs: int) -> Any:  # noqa: ANN401 - a function of JAX
        """Return a jitted function that trains all runs; from runners to runners and returns [R, epochs]."""

        def one(runner: Runner) -> Any:  # noqa: ANN401 - arrays of JAX
            return jax.lax.scan(lambda r, _: self.epoch(r), runner, None, epochs)

        return jax.jit(jax.vmap(one))


def init_mlp(key: Array, sizes: tuple[int, ...]) -> Parameters:
    """Draw weights and biases uniformly within ±1/√fan-in."""
    keys = jax.random.split(key, 2 * (len(sizes) - 1))
    layers = []
    for n, (i, o) in enumerate(pairwise(sizes)):
        bound = i**-0.5
        weight = jax.random.uniform(keys[2 * n], (i, o), minval=-bound, maxval=bound)
        layers.append(
            (weight, jax.random.uniform(keys[2 * n + 1], (o,), minval=-bound, maxval=bound))
        )
    return layers


def mlp(parameters: Parameters, x: Array, relu: tuple[bool, ...]) -> Array:
    """Evaluate a network on all rows of x."""
    for layer, (weight, bias) in enumerate(parameters):
        x = x @ weight + bias
        if layer < len(relu) and relu[layer]:
            x = jax.nn.relu(x)
    return x


def normalised(advantage: Array) -> Array:
    """Subtract the mean and divide by the sample standard deviation, over the last axis."""
    spread = advantage.std(-1, ddof=1, keepdims=True) + jnp.finfo(jnp.float32).eps
    return (advantage - advantage.mean(-1, keepdims=True)) / spread


def clipped(log_ratio: Array, advantage: Array, clip: float) -> Array:
    """PPO's clipped objective, to be minimised."""
    ratio = jnp.exp(log_ratio)
    within = jnp.clip(ratio, 1 - clip, 1 + clip)
    return -jnp.minimum(ratio * advantage, within * advantage)


def rollout(
    tables: Tables,
    steps: int,
    act: Callable[[Array, Array], tuple[Array, Array, Array]],
    key: Array,
) -> tuple[Steps, Array]:
    """Collect an epoch with `act`, from a state and a key to what was recorded, the action and bids."""
    next_state, reward = jnp.asarray(tables.next_state), jnp.asarray(tables.reward, jnp.float32)
    terminal, start = jnp.asarray(tables.terminal), int(tables.starts[0])

    def step(carry: tuple[Array, Array], key: Array) -> tuple[tuple[Array, Array], Steps]:
        state, age = carry
        recorded, action, bids = act(state, key)
        reached = next_state[state, action]
        end = terminal[reached] | (age + 1 == tables.horizon)
        made = Steps(state, recorded, reached, reward[state, action], end, bids)
        return (jnp.where(end, start, reached), jnp.where(end, 0, age + 1)), made

    begin = jnp.asarray(start), jnp.asarray(0)
    _, made = jax.lax.scan(step, begin, jax.random.split(key, steps))
    made = made._replace(end=made.end.at[-1].set(True))
    return made, made.reward.sum() / made.end.sum()


def optimisers(algorithm: Algorithm) -> tuple[Any, Any]:
    """Return those of the policy and of the value network."""
    clip = optax.clip_by_global_norm(algorithm.max_grad_norm)
    return optax.chain(clip, optax.adam(algorithm.policy_lr)), optax.adam(algorithm.value_lr)


def penalty(parameters: Parameters) -> Array:
    """Sum of squared parameters."""
    return optax.tree.norm(parameters, squared=True)


def learn(
    algorithm: Algorithm,
    of_policy: tuple[Any, Any],
    of_value: tuple[Any, Any],
    runner: Runner,
    samples: dict[str, Array],
    key: Array,
) -> Runner:
    """Learn from every sample of one learner once, in a random order."""
    n = samples["state"].size
    order = jax.random.permutation(key, n)
    parts = {
        name: column[order].reshape(-1, algorithm.minibatch) for name, column in samples.items()
    }

    def update(carry: tuple[Any, ...], part: dict[str, Array]) -> tuple[tuple[Any, ...], None]:
        policy, value, policy_state, value_state = carry
        steps = []
        for (loss, optimiser), own, state in (
            (of_policy, policy, policy_state),
            (of_value, value, value_state),
        ):
            change, new = optimiser.update(jax.grad(loss)(own, part), state)
            steps.append((optax.apply_updates(own, change), new))
        (policy, policy_state), (value, value_state) = steps
        return (policy, value, policy_state, value_state), None

    begin = runner.policy, runner.value, runner.policy_state, runner.value_state
    learned, _ = jax.lax.scan(update, begin, parts)
    policy, value, one, two = learned
    return Runner(policy, value, one, two, runner.key)
