"""Learners put together from what the modularity theorem speaks of: networks, credit, and an update."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._networks import policies
from claims.theory._rules import batch_rule, inputs
from claims.theory._shapes import mechanism
from repro import algorithms
from repro.causal import audit
from repro.credit.rules import RULES

if TYPE_CHECKING:
    from torch import Tensor

    from claims.theory._networks import Networks
    from claims.theory._shapes import Shape
    from claims.theory._updates import Update
    from repro.causal import Verdict
    from repro.engine.networks import MLPSpec

OBSERVATION, HIDDEN, SIZE = 2, 2, 3


@dataclass(frozen=True)
class Composed:
    """A learner on one trajectory, by what decides on the premises.

    Attributes:
        networks: an algorithm's, by its name: those of "ppof", one for each mechanism, or of "ppo".
        rule: of `repro.credit.rules`.
        update: what is made of all gradients.
        shape: of the trajectory.
    """

    networks: str
    rule: str
    update: Update
    shape: Shape

    @property
    def layout(self) -> MLPSpec:
        """Architecture of each network."""
        return self._networks.layout

    @cached_property
    def _networks(self) -> Networks:
        algorithm = algorithms.load(self.networks, hidden=HIDDEN)
        return policies(algorithm, OBSERVATION, self.shape.mechanisms)

    @cached_property
    def _inputs(self) -> dict[str, Tensor]:
        """Functions, states as the networks see them, and a trajectory without its bids."""
        generator = np.random.default_rng(0)
        data = {name: x for name, x in inputs(self.shape).items() if name != "bids"}
        seen = torch.from_numpy(generator.normal(size=(self.shape.size, OBSERVATION)))
        return {**self._networks.draw(generator), "observation": seen, **data}

    @cache  # noqa: B019 - a handful of learners, all kept by their claim anyway
    def audited(self, *, told: bool) -> Verdict:
        """Audit a whole iteration, from the parameters to how far each of them moves.

        Args:
            told: whether the audit is told which parameters are whose; else it has the graph alone.
        """
        own = {
            name: [self._inputs[part] for part in self._networks.owned(name)]
            for name in self._networks.names
        }
        return audit(
            self._gradients,
            self._inputs,
            mechanisms=own if told else None,
            update=self.update,
            execution=self._bids,
        )

    def _bids(self, **given: Tensor) -> Tensor:
        """Make the bids [S, K], which the forward pass shows."""
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

    def premises(self) -> tuple[Verdict, Verdict, Verdict]:
        """Audit the premises one by one: who owns what, gradients of bids, the update by itself."""
        return (
            self.audited(told=True),
            _independence(self.rule, self.shape),
            _by_itself(self.update, self.shape.mechanisms),
        )


@cache
def _independence(rule: str, shape: Shape) -> Verdict:
    return audit(batch_rule(RULES[rule]), inputs(shape))


@cache
def _by_itself(update: Update, mechanisms: int) -> Verdict:
    """Audit an update on gradients that have nothing to do with each other."""
    generator = np.random.default_rng(0)
    free = {mechanism(k): torch.from_numpy(generator.normal(size=SIZE)) for k in range(mechanisms)}
    return audit(lambda **given: {name: [x] for name, x in given.items()}, free, update=update)
