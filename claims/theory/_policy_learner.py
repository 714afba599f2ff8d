"""Learners composed of what the modularity theorem is about: networks, a credit rule, and an update."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._networks import policy_networks
from claims.theory._rules import batch_rule, inputs
from claims.theory._shapes import mechanism
from repro import algorithms
from repro.causal import audit
from repro.credit.learning_rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from claims.theory._networks import Networks
    from claims.theory._shapes import Shape
    from repro.causal import Verdict
    from repro.engine.networks import MLPSpec

    Update = Callable[[Mapping[str, list[Tensor]]], dict[str, list[Tensor]]]

FEATURES, HIDDEN, GRADIENT_SIZE = 2, 2, 3
LEARNING_RATE, MAX_NORM = 0.1, 1.0


def sgd(parameters: list[Tensor]) -> torch.optim.SGD:
    """Return gradient descent."""
    return torch.optim.SGD(parameters, lr=LEARNING_RATE, foreach=False)


def adam(parameters: list[Tensor]) -> torch.optim.Adam:
    """Return Adam, not fused, because a trace does not see the computations of a fused operator."""
    return torch.optim.Adam(parameters, lr=LEARNING_RATE, foreach=False)


def clipped_update(
    optimiser: Callable[[list[Tensor]], torch.optim.Optimizer], *, clip_together: bool
) -> Update:
    """Return an update that clips gradients by their norm, then takes one step.

    Args:
        optimiser: makes an optimiser of a mechanism's parameters.
        clip_together: whether one norm is taken over all mechanisms, or one for each.

    Returns:
        A function from all gradients to the step of each mechanism's parameters.
    """

    def update(gradients: Mapping[str, list[Tensor]]) -> dict[str, list[Tensor]]:
        steps: dict[str, list[Tensor]] = {}
        for who, parts in gradients.items():
            steps[who] = [torch.zeros_like(part).requires_grad_() for part in parts]
            for parameter, part in zip(steps[who], parts, strict=True):
                parameter.grad = part.detach().clone()
        groups = list(steps.values())
        if clip_together:
            groups = [[x for parameters in groups for x in parameters]]
        for group in groups:
            torch.nn.utils.clip_grad_norm_(group, MAX_NORM, foreach=False)
        for parameters in steps.values():
            optimiser(parameters).step()
        return {who: [x.detach() for x in parameters] for who, parameters in steps.items()}

    return update


@dataclass(frozen=True)
class PolicyLearner:
    """A learner without value functions on one trajectory.

    Attributes:
        networks: name of an algorithm: "ppof" for one network per mechanism, "ppo" for a shared one.
        rule: name of a credit rule of `repro.credit.learning_rules`.
        update: from all gradients to the steps of the parameters.
        shape: of the trajectory.
    """

    networks: str
    rule: str
    update: Update
    shape: Shape

    @property
    def spec(self) -> MLPSpec:
        """Architecture of each network."""
        return self._networks.spec

    @cached_property
    def _networks(self) -> Networks:
        algorithm = algorithms.load(self.networks, hidden=HIDDEN)
        return policy_networks(algorithm, FEATURES, self.shape.mechanisms)

    @cached_property
    def _inputs(self) -> dict[str, Tensor]:
        """Functions, observations of the states, and a trajectory without its bids."""
        generator = np.random.default_rng(0)
        data = {name: x for name, x in inputs(self.shape).items() if name != "bids"}
        observation = torch.from_numpy(generator.normal(size=(self.shape.size, FEATURES)))
        return {**self._networks.draw(generator), "observation": observation, **data}

    @cache  # noqa: B019 - there are a few learners, and their claim keeps them all anyway
    def audit_iteration(self, *, with_owners: bool) -> Verdict:
        """Audit a whole iteration, from the parameters to the step of each of them.

        Args:
            with_owners: whether the audit knows which parameters belong to which mechanism; without
                this it has only the graph.
        """
        own = {
            name: [self._inputs[part] for part in self._networks.owned(name)]
            for name in self._networks.names
        }
        return audit(
            self._gradients,
            self._inputs,
            mechanisms=own if with_owners else None,
            update=self.update,
            execution=self._bids,
        )

    def _bids(self, **given: Tensor) -> Tensor:
        """Compute the bids [S, K], which the forward pass executes."""
        return self._networks.outputs(given, given["observation"]).transpose(1, 2).flatten(2)[0]

    def _gradients(self, **given: Tensor) -> dict[str, list[Tensor]]:
        """Assign credit to bids, and through them to the parameters of each mechanism."""
        bids = self._bids(**given)
        credit = batch_rule(RULES[self.rule])(
            bids, given["reward"], given["state"], given["action"]
        )
        functions = [name for name in given if given[name].requires_grad]
        parts = torch.autograd.grad(
            bids[given["state"]],
            [given[name] for name in functions],
            torch.stack([*credit.values()], -1),
        )
        found = dict(zip(functions, parts, strict=True))
        return {name: [found[part] for part in self._networks.owned(name)] for name in credit}

    def audit_premises(self) -> tuple[Verdict, Verdict, Verdict]:
        """Audit the premises one by one: owners of parameters, gradients of bids, the update."""
        return (
            self.audit_iteration(with_owners=True),
            _audit_credit(self.rule, self.shape),
            _audit_update(self.update, self.shape.mechanisms),
        )


@cache
def _audit_credit(rule: str, shape: Shape) -> Verdict:
    return audit(batch_rule(RULES[rule]), inputs(shape))


@cache
def _audit_update(update: Update, mechanisms: int) -> Verdict:
    """Audit an update on gradients that share nothing."""
    generator = np.random.default_rng(0)
    drawn = {
        mechanism(k): torch.from_numpy(generator.normal(size=GRADIENT_SIZE))
        for k in range(mechanisms)
    }
    return audit(lambda **given: {name: [x] for name, x in given.items()}, drawn, update=update)
