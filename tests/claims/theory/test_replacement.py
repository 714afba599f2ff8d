"""A forward pass before and after a mechanism is replaced."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from claims.theory._replacement import ForwardPass, Replacement
from repro import algorithms
from repro.causal import Graph, Node, Role

OBSERVATION = torch.eye(4)
ACTIONS = 3
BEFORE = Graph(
    [Node("bid", Role.DATA, ("s",)), Node("s", Role.DATA), Node("p", Role.DATA, ("bid",))]
)
AFTER = BEFORE.intervene("bid", mechanism="another")
ONE, TWO = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0])


def forward(name: str) -> ForwardPass:
    return ForwardPass(algorithms.load(name, hidden=4), OBSERVATION, ACTIONS)


def made(after: Graph = AFTER, **changed: torch.Tensor) -> Replacement:
    before = {"s": ONE, "bid": ONE, "p": ONE}
    return Replacement("bid", (BEFORE, after), (before, {**before, **changed}))


def test_changed_values_and_replaced_programs() -> None:
    one = made(bid=TWO, p=TWO)
    assert one.changed == {"bid", "p"}
    assert one.reprogrammed == {"bid"}
    assert one.downstream == {"p"}
    assert one.contained
    assert made(bid=TWO).contained


def test_replacements_that_are_not_contained() -> None:
    assert not made().contained  # its own bid is unchanged
    assert not made(s=TWO, bid=TWO).contained  # a node upstream changed
    assert not made(BEFORE, bid=TWO).contained  # no program was replaced
    assert not made(AFTER.intervene("p", mechanism="too"), bid=TWO).contained
    assert not made(AFTER.intervene("p", mechanism="p", parents=("s",)), bid=TWO).contained


@pytest.mark.parametrize("name", algorithms.algorithm_names())
def test_a_mechanism_owns_the_weights_its_bid_depends_on(name: str) -> None:
    """Autograd finds the weights that change a bid, over many draws because ReLU units may be off."""
    one = forward(name)
    generator = np.random.default_rng(0)
    reached = torch.zeros(ACTIONS, one.networks, one.spec.size, dtype=torch.bool)
    for _ in range(20):
        weights = one.draw(generator).requires_grad_()
        outputs = one.spec.forward(weights[None], OBSERVATION).transpose(1, 2)
        for k, bid in enumerate(outputs.reshape(len(OBSERVATION), ACTIONS, -1).unbind(1)):
            (gradient,) = torch.autograd.grad(bid.sum(), weights, retain_graph=True)
            reached[k] |= gradient != 0
    old, new = torch.zeros(2, one.networks, one.spec.size)
    new += 1
    for k in range(ACTIONS):
        assert torch.equal(one.replace(old, new, k) != 0, reached[k])
    assert not old.any()


@pytest.mark.parametrize(
    ("name", "selected"),
    [
        ("ppof", {"probability of A", "probability of B", "probability of C"}),
        ("cvs", {"winner", "price"}),
    ],
)
def test_values_and_graph_have_the_same_nodes(name: str, selected: set[str]) -> None:
    one = forward(name)
    values = one.values(one.draw(np.random.default_rng(0)))
    nodes = one.graph().nodes
    bids = {"bid of A", "bid of B", "bid of C"}
    assert values.keys() == nodes.keys() == {"state", *bids, *selected}
    assert all(nodes[bid].parents == ("state",) for bid in bids)
    assert all(set(nodes[end].parents) == bids for end in selected)
    assert len({node.mechanism for node in nodes.values()}) == len(nodes)


def test_selection() -> None:
    auction = forward("cvs")
    values = auction.values(auction.draw(np.random.default_rng(0)))
    means = torch.stack([values[f"bid of {k}"][:, 0].sigmoid() for k in "ABC"], -1)
    assert torch.equal(values["winner"], means.argmax(-1))
    assert torch.equal(values["price"], means.sort(-1).values[:, 1])
    softmax = forward("ppo")
    values = softmax.values(softmax.draw(np.random.default_rng(0)))
    total = sum(values[f"probability of {k}"] for k in "ABC")
    torch.testing.assert_close(total, torch.ones(4))
    ratio = values["probability of A"] / values["probability of B"]
    bids = values["bid of A"] - values["bid of B"]
    torch.testing.assert_close(ratio, bids[:, 0].exp())


def test_an_intervention() -> None:
    one = forward("ppof")
    old, new = (one.draw(np.random.default_rng(seed)) for seed in range(2))
    done = one.intervene(old, new, 1)
    assert done.node == "bid of B"
    assert done.contained
    assert done.changed == {"bid of B", *(f"probability of {k}" for k in "ABC")}
    assert not replace(done, node="bid of A").contained
