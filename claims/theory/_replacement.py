"""A forward pass before and after an intervention on one mechanism: its graph and its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from claims.theory._shapes import mechanism
from repro.causal import Graph, Node, Role
from repro.credit.vickrey import second_price
from repro.engine.networks import BatchedMLP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from repro.algorithms import Algorithm
    from repro.engine.networks import MLPSpec

STATE = "state"


@dataclass(frozen=True)
class Replacement:
    """The effects of replacing one mechanism.

    Attributes:
        node: the bid that the mechanism computes.
        graphs: of the forward pass, before and after.
        values: of all nodes in all states of a task, before and after.
    """

    node: str
    graphs: tuple[Graph, Graph]
    values: tuple[Mapping[str, Tensor], Mapping[str, Tensor]]

    @property
    def reprogrammed(self) -> frozenset[str]:
        """Nodes whose program or parents differ."""
        before, after = (graph.nodes for graph in self.graphs)
        return frozenset(name for name in before if before[name] != after[name])

    @property
    def changed(self) -> frozenset[str]:
        """Nodes whose value differs, by a single bit in a single state or more."""
        before, after = self.values
        return frozenset(name for name in before if not torch.equal(before[name], after[name]))

    @property
    def downstream(self) -> frozenset[str]:
        """Descendants of the bid, without the bid itself."""
        return self.graphs[1].descendants(self.node) - {self.node}

    @property
    def contained(self) -> bool:
        """Whether only this program was replaced, and only its bid and descendants changed."""
        return (
            self.reprogrammed == {self.node}
            and self.node in self.changed
            and self.changed <= self.downstream | {self.node}
        )


@dataclass(frozen=True)
class ForwardPass:
    """An algorithm's forward pass in all states of a task at once, with networks as in training.

    Attributes:
        algorithm: provides the networks and the selection.
        observation: of the S states, [S, O].
        actions: K.
    """

    algorithm: Algorithm
    observation: Tensor
    actions: int

    @property
    def spec(self) -> MLPSpec:
        """Architecture of each policy network."""
        return self.algorithm.policy_spec(self.observation.shape[1], self.actions)

    @property
    def networks(self) -> int:
        """Number of policy networks."""
        size, unused = self.observation.shape[1], np.random.default_rng(0)
        return len(self.algorithm.init_policy(size, self.actions, unused))

    def draw(self, generator: np.random.Generator) -> Tensor:
        """Draw weights of all policy networks, [networks, P], random in every layer."""
        return torch.from_numpy(self.spec.init(self.networks, generator))

    def values(self, parameters: Tensor) -> dict[str, Tensor]:
        """Evaluate the networks [networks, P], and select by their bids.

        A mechanism's node has all outputs of its network, [S, outputs]. Selection computes the
        probabilities of all actions, or the winner and the price of an auction, each [S].
        """
        weights, observation = parameters[None].numpy(), self.observation.numpy()
        outputs = BatchedMLP(self.spec, weights, observation, self.algorithm.policy_lr).outputs()
        table = self.algorithm.bids(outputs)
        own = outputs.transpose(1, 2).reshape(len(self.observation), self.actions, -1)
        values = {bid_of(k): own[:, k] for k in range(self.actions)}
        bids = table["bid"][0]
        if "logit" in table:
            selected = {f"probability of {mechanism(k)}": p for k, p in enumerate(bids.unbind(-1))}
        else:
            winner = bids.argmax(-1)
            selected = {"winner": winner, "price": second_price(bids, winner)}
        return {STATE: self.observation, **values, **selected}

    def graph(self) -> Graph:
        """Return the graph: the state is the parent of each bid, and all bids are parents of selection."""
        bids = [
            Node(bid_of(k), Role.DATA, (STATE,), f"f of {mechanism(k)}")
            for k in range(self.actions)
        ]
        above = {STATE: (), **{bid.name: bid.parents for bid in bids}}
        computed = self.values(self.draw(np.random.default_rng(0)))
        selected = [
            Node(name, Role.DATA, tuple(above)[1:], f"selection: {name}")
            for name in computed
            if name not in above
        ]
        return Graph([Node(STATE, Role.DATA, mechanism="task"), *bids, *selected])

    def replace(self, old: Tensor, new: Tensor, k: int) -> Tensor:
        """Return `old` with the weights that mechanism k's bid depends on from `new`, [networks, P].

        These are its own network, or all of a shared network apart from the other outputs.
        """
        mixed = old.clone()
        if len(old) > 1:
            mixed[k] = new[k]
            return mixed
        index = torch.arange(self.spec.size)
        head = self.spec.last_layer().start
        own = (index < head) | ((index - head) % self.actions == k)
        mixed[0, own] = new[0, own]
        return mixed

    def intervene(self, old: Tensor, new: Tensor, k: int) -> Replacement:
        """Replace mechanism k, in the graph and in the networks [networks, P]."""
        graph = self.graph()
        after = graph.intervene(bid_of(k), mechanism="another program")
        values = self.values(old), self.values(self.replace(old, new, k))
        return Replacement(bid_of(k), (graph, after), values)


def bid_of(k: int) -> str:
    """Return the name of a mechanism's bid."""
    return f"bid of {mechanism(k)}"
