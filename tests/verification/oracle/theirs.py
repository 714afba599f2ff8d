"""Stable-Baselines3's PPO with its settings set to those of PPO here."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.callbacks import BaseCallback
from torch import nn

from repro.credit.returns import STD_EPSILON
from tests.verification.oracle.environments import TaskVecEnv

if TYPE_CHECKING:
    import gymnasium
    from numpy.typing import NDArray
    from stable_baselines3.common.vec_env import VecEnv
    from torch import Tensor

    from repro.algorithms.clipped_policy import ClippedPolicy
    from repro.mdp.task import Tables
    from tests.verification.oracle.ours import Networks


class NormalisedByEpoch(RolloutBuffer):
    """Their buffer, with advantages normalised over the whole buffer, not per minibatch."""

    def compute_returns_and_advantage(self, last_values: Tensor, dones: NDArray[Any]) -> None:
        """Let their code estimate the advantages, then normalise; value targets are unchanged."""
        super().compute_returns_and_advantage(last_values, dones)
        spread = self.advantages.std(ddof=1, dtype=np.float64) + STD_EPSILON
        self.advantages[:] = (self.advantages - self.advantages.mean()) / spread


class TwoRates(PPO):
    """Their PPO, whose Adam has a parameter group with its own rate for each network."""

    def _update_learning_rate(self, optimizers: Any) -> None:  # noqa: ANN401 - theirs
        """Keep the groups' rates; their code would set one rate for both."""


def settings(algorithm: ClippedPolicy) -> dict[str, Any]:
    """Return the arguments of their PPO that match ours; `TwoRates` and `adam` do the rest."""
    return {
        "gamma": algorithm.discount,
        "gae_lambda": algorithm.gae_lambda,
        "clip_range": algorithm.clip,
        "clip_range_vf": None,
        "ent_coef": algorithm.entropy_bonus,
        "vf_coef": 1.0,
        "n_epochs": 1,
        "batch_size": algorithm.minibatch,
        "normalize_advantage": False,
        "rollout_buffer_class": NormalisedByEpoch,
        "max_grad_norm": float("inf"),
        "policy_kwargs": {
            "net_arch": {"pi": [algorithm.hidden] * 2, "vf": [algorithm.hidden] * 2},
            "activation_fn": torch.nn.ReLU,
            "ortho_init": False,
        },
    }


def adam(algorithm: ClippedPolicy) -> dict[str, dict[str, Any]]:
    """Return Adam's arguments per network; the gradient of the penalty is 2 × weight × parameter."""
    return {
        "policy": {"lr": algorithm.policy_lr, "eps": 1e-8},
        "value": {
            "lr": algorithm.value_lr,
            "eps": 1e-8,
            "weight_decay": 2 * algorithm.value_penalty,
        },
    }


def make(
    algorithm: ClippedPolicy,
    env: gymnasium.Env[Any, Any] | VecEnv,
    weights: Networks,
    *,
    copies: int = 1,
    seed: int = 0,
    other: dict[str, Any] | None = None,
    other_adam: dict[str, Any] | None = None,
) -> PPO:
    """Make their PPO with our settings and weights.

    Args:
        algorithm: ours.
        env: to act in.
        weights: of one run.
        copies: of the environment in `env`.
        seed: of their random numbers.
        other: arguments of their PPO that override the matching ones.
        other_adam: arguments of both networks' Adam that override the matching ones.
    """
    model = TwoRates(
        "MlpPolicy",
        env,
        n_steps=algorithm.steps // copies,
        seed=seed,
        device="cpu",
        **settings(algorithm) | (other or {}),
    )
    groups = [
        {"params": list(chain.from_iterable(layer.parameters() for layer in layers))}
        | adam(algorithm)[name]
        | (other_adam or {})
        for name, layers in _layers(model).items()
    ]
    model.policy.optimizer = torch.optim.Adam(groups)
    _give(model, weights)
    return model


def _layers(model: PPO) -> dict[str, list[nn.Linear]]:
    """Return the linear layers of both networks."""
    hidden, policy = model.policy.mlp_extractor, model.policy
    layers = {
        "policy": [*hidden.policy_net, policy.action_net],
        "value": [*hidden.value_net, policy.value_net],
    }
    return {
        name: [layer for layer in found if isinstance(layer, nn.Linear)]
        for name, found in layers.items()
    }


def _give(model: PPO, weights: Networks) -> None:
    """Copy our parameters to their layers: ours are weights [in, out], then biases, per layer."""
    for name, layers in _layers(model).items():
        rest = torch.from_numpy(weights[name].copy())
        for layer in layers:
            size = layer.weight.numel()
            weight, bias, rest = rest.split(
                [size, layer.out_features, len(rest) - size - layer.out_features]
            )
            with torch.no_grad():
                layer.weight.copy_(weight.view(layer.in_features, layer.out_features).T)
                layer.bias.copy_(bias)


def networks(model: PPO) -> Networks:
    """Return their parameters in our layout."""
    return {
        name: torch.cat(
            [piece.detach().flatten() for layer in layers for piece in (layer.weight.T, layer.bias)]
        ).numpy()
        for name, layers in _layers(model).items()
    }


class Returns(BaseCallback):
    """Record the mean return of the episodes that ended in each epoch."""

    def __init__(self, env: TaskVecEnv) -> None:
        super().__init__()
        self.env, self.means = env, list[float]()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        self.means.append(float(np.mean(self.env.finished)))
        self.env.finished.clear()


def trained(
    algorithm: ClippedPolicy,
    tables: Tables,
    weights: Networks,
    *,
    epochs: int,
    copies: int,
    seed: int,
) -> NDArray[np.float64]:
    """Train one run with their `learn`; return the mean return of each epoch."""
    env = TaskVecEnv(tables, copies)
    model = make(algorithm, env, weights, copies=copies, seed=seed)
    returns = Returns(env)
    model.learn(epochs * algorithm.steps, callback=returns, log_interval=None)  # type: ignore[arg-type]  # None is allowed
    return np.array(returns.means)
