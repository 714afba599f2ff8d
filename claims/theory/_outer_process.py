"""Two updates in a row as running code, and what is asked of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._rules import DISCOUNT, by_mechanism
from claims.theory._shapes import mechanism
from repro.causal import Role, audit, d_separated, flattened_graph
from repro.causal.auditing.readable_graph import end_name
from repro.credit.rules import RULES

if TYPE_CHECKING:
    from torch import Tensor

    from claims.theory._shapes import Shape
    from repro.causal import Verdict
    from repro.causal.auditing.verdict import Pair

TABLE, RATE, FIRST, SECOND = "bids", "rate", "first_reward", "second_reward"
STIR = 1e4
"""So large that what is drawn hangs on every digit."""


@dataclass(frozen=True)
class TwoUpdates:
    """A table of bids, updated twice; mechanism k is its column k.

    Graph 0 is the table f(0) and the rewards of a trajectory. Graph 1 is the table f(1) that the outer
    process makes of it, and other rewards on the same trajectory. What is asked about is f(2).

    Attributes:
        shape: of the trajectory.
        rule: of `repro.credit.rules`.
        draws: whether the outer process also draws one number for all mechanisms, from a generator
            that the graph seeds.
    """

    shape: Shape
    rule: str = "sarsa"
    draws: bool = False

    @cached_property
    def inputs(self) -> dict[str, Tensor]:
        """f(0), the rewards of both trajectories, and the learning rate.

        With a rate that is a mere constant, all would be sums of inputs, which can be coded so that
        f(1) does not occur in them.
        """
        generator = np.random.default_rng(0)
        steps = (self.shape.steps,)
        sizes = {TABLE: (self.shape.size, self.shape.mechanisms), FIRST: steps, SECOND: steps}
        drawn = {
            name: torch.from_numpy(generator.normal(size=size)) for name, size in sizes.items()
        }
        return {**drawn, RATE: torch.tensor(0.1, dtype=torch.float64)}

    def process(self, bids: Tensor, reward: Tensor, rate: Tensor) -> Tensor:
        """Make the next table."""
        discount = torch.tensor([DISCOUNT] * (self.shape.steps - 1) + [0.0]).to(reward)
        state, action = torch.tensor(self.shape.states), torch.tensor(self.shape.actions)
        leaf = bids.detach().requires_grad_()
        loss = RULES[self.rule](leaf, state, action, reward, discount)
        (gradient,) = torch.autograd.grad(loss, leaf)
        made = bids - rate * gradient
        return made + (STIR * gradient.square().sum()).sin() if self.draws else made

    def first(self, **inputs: Tensor) -> Tensor:
        """Make f(1)."""
        return self.process(inputs[TABLE], inputs[FIRST], inputs[RATE])

    def second(self, **inputs: Tensor) -> dict[str, Tensor]:
        """Make f(2), by mechanism."""
        return by_mechanism(self.process(self.first(**inputs), inputs[SECOND], inputs[RATE]))

    def audited(self, *, given: bool) -> Verdict:
        """Audit f(2), given f(0) and all rewards, and f(1) or not."""
        return audit(self.second, self.inputs, execution=self.first if given else None)

    def separated(self) -> bool:
        """Ask whether graph 1 alone, without graph 0, d-separates all mechanisms of f(2)."""
        graph = flattened_graph(self.second, self.inputs, functions=[TABLE], execution=self.first)
        one = [
            name
            for name in graph.of(Role.DATA)
            if graph.nodes[name].parents or name.startswith((SECOND, RATE))
        ]
        ends = [end_name(mechanism(k)) for k in range(self.shape.mechanisms)]
        return all(
            d_separated(graph, *pair, [name for name in one if name not in pair])
            for pair in itertools.combinations(ends, 2)
        )

    def successive(self) -> frozenset[Pair]:
        """Name the pairs of mechanisms that act one right after the other."""
        turns = itertools.pairwise(self.shape.actions)
        return frozenset(
            (mechanism(min(turn)), mechanism(max(turn))) for turn in turns if len(set(turn)) > 1
        )
