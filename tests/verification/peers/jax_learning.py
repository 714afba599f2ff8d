"""PPO and CVS in JAX, as PureJaxRL trains: one jitted scan over epochs, mapped over seeds.

Lu et al., "Discovered policy optimisation" (2022), describe the style. The task, the networks, the sizes
of epochs and minibatches and the losses are those of `repro.algorithms`. Gradients are JAX's own, so
this is also a second implementation of both algorithms. Networks are evaluated on the distinct states, as
here, which is much faster than on every sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.scipy.special import betaln, digamma

if TYPE_CHECKING:
    from collections.abc import Callable

    from jax import Array

    from repro.algorithms import Algorithm
    from repro.mdp.task import Tables

Parameters = list[tuple[Any, Any]]
LOW, HIGH = 1e-6, 1 - 1e-6
"""Bids are clamped to this range."""


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


def ppo(algorithm: Algorithm, tables: Tables) -> Peer:
    """PPO with one policy network."""
    seen = jnp.asarray(tables.observation)
    hidden, actions = algorithm.hidden, tables.next_state.shape[1]
    head = (seen.shape[1], hidden, hidden)
    policy_optimiser, value_optimiser = optimisers(algorithm)
    discount = jnp.where(jnp.asarray(tables.terminal), 0.0, algorithm.discount)
    lambda_: float = algorithm.gae_lambda  # type: ignore[attr-defined]  # PPO has it

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
        _learn, algorithm, (policy_loss, policy_optimiser), (value_loss, value_optimiser)
    )
    return Peer(init, epoch)


def cvs(algorithm: Algorithm, tables: Tables, copies: int = 2) -> Peer:  # noqa: C901 - its parts
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
        _learn, algorithm, (policy_loss, policy_optimiser), (value_loss, value_optimiser)
    )
    return Peer(init, epoch)


def _learn(
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


PEERS: dict[str, Callable[[Algorithm, Tables], Peer]] = {"ppo": ppo, "cvs": cvs}
"""From the name of an algorithm to its implementation in JAX."""
