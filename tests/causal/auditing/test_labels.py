"""Names of tensors that are no inputs, and which of them are conditioned on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from repro.causal import Answer, audit
from repro.causal.auditing.reachable_objects import reachable_objects
from repro.causal.graphs.graph import Role

if TYPE_CHECKING:
    from collections.abc import Callable

torch.manual_seed(0)
X = torch.randn(5, 3)
BASELINE = torch.tensor([0.5, 0.25])


def networks() -> tuple[list[nn.Sequential], Callable[[Tensor], dict[str, Any]]]:
    nets = [nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)) for _ in range(2)]
    critic = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))

    def rule(x: Tensor) -> dict[str, Any]:
        gradients = {}
        for k, net in enumerate(nets):
            loss = net(x[2 * k : 2 * k + 2]).sum() * critic(x[2 * k : 2 * k + 2]).detach().sum()
            gradients[f"m{k}"] = torch.autograd.grad(loss, list(net.parameters()))
        return gradients

    return nets, rule


def test_parameters_of_modules_in_a_closure_are_given_under_their_names() -> None:
    """Both gradients read the critic's parameters, which are functions (talk:167-168)."""
    _, rule = networks()
    verdict = audit(rule, {"x": X})
    assert verdict.answer is Answer.MODULAR
    assert {"critic.0.weight", "critic.2.bias", "nets[0].2.weight", "x"} <= {*verdict.conditioned}
    assert "critic.2.bias[0]" in verdict.reads["m0"] & verdict.reads["m1"]
    assert "nets[1].2.weight[0, 3]" in verdict.reads["m1"] - verdict.reads["m0"]


def test_a_picture_has_one_box_for_each_tensor() -> None:
    _, rule = networks()
    nodes = audit(rule, {"x": X}).graph.nodes.values()
    data = [node.name for node in nodes if node.role is Role.DATA]
    assert len(data) == len(set(data)) == 1 + 3 * 4 - 2  # no gradient reads an output's own bias
    assert "critic.0.weight" in data


def test_another_tensor_is_named_once_with_all_gradients_that_share_it() -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        return {name: x[k].exp() * BASELINE[0] for k, name in enumerate("abc")}

    verdict = audit(rule, {"x": X})
    assert verdict.answer is Answer.UNDETERMINED
    (limit,) = verdict.limits
    assert limit == (
        "the gradients of a, b and c depend on a tensor that is not an input, BASELINE, and how it was computed "
        "is unknown; pass it in as an input"
    )


def test_a_tensor_without_a_name_has_its_shape_and_line() -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        noise = torch.from_numpy(np.ones((2, 3), np.float32))
        return {"a": x[0].exp() * noise[0, 0], "b": x[1].exp() * noise[0, 0]}

    (limit,) = audit(rule, {"x": X}).limits
    assert "tensor of 2 × 3 (test_labels.py:" in limit


def test_two_gradients_that_share_no_element_of_a_tensor_are_separated() -> None:
    def rule(x: Tensor) -> dict[str, Tensor]:
        scales = [BASELINE[0], BASELINE[0], BASELINE[1], BASELINE[1]]
        return {name: x[k].exp() * scales[k] for k, name in enumerate("abcd")}

    pairs = audit(rule, {"x": X}).pairs
    undetermined = {pair for pair, answer in pairs.items() if answer is Answer.UNDETERMINED}
    assert undetermined == {("a", "b"), ("c", "d")}


def test_a_parameter_that_changes_with_the_inputs_is_no_function() -> None:
    """Another library wrote the parameter: nothing that the trace could see."""
    weight = nn.Parameter(torch.ones(1))
    memory = weight.detach().numpy()

    def rule(x: Tensor) -> dict[str, Tensor]:
        memory[0] = float(x.detach().exp().sum())
        fresh = nn.Parameter(torch.from_numpy(memory.copy()))
        return {"a": x[0].exp() * fresh.detach(), "b": x[1].exp() * fresh.detach()}

    assert audit(rule, {"x": X}).answer is Answer.UNDETERMINED


@pytest.mark.parametrize("copies", [1, 2])
def test_copies_of_one_array_are_the_same_numbers(copies: int) -> None:
    rewards = np.array([0.5, 0.25, 2.0])

    def rule(x: Tensor) -> dict[str, Tensor]:
        first = torch.tensor(rewards)
        second = torch.tensor(rewards.copy()) if copies > 1 else first
        return {"a": x[0].exp() / first.std(), "b": x[1].exp() / second.std()}

    assert audit(rule, {"x": X.double()}).answer is Answer.NOT_MODULAR


class Part:
    """An object with a tensor, a list that contains itself, and a module."""

    def __init__(self) -> None:
        self.scale = torch.ones(1)
        self.loop: list[Any] = [np.zeros(2)]
        self.loop.append(self.loop)
        self.net = nn.Linear(1, 1)

    def step(self) -> None:
        """Do nothing."""


def test_objects_are_reached_by_the_names_of_the_code() -> None:
    part = Part()
    found = {name: x for name, x in reachable_objects([("", part.step)]) if name}
    assert found["scale"] is part.scale
    assert found["loop[0]"] is part.loop[0]
    assert found["net.weight"] is part.net.weight
    assert sum(x is part.loop for x in found.values()) == 1

    def inner() -> None:
        lambda: (part, BASELINE)  # noqa: B018 - uses the names

    names = {name for name, _ in reachable_objects([("", inner)])}
    assert {"part.net.bias", "BASELINE"} <= names
    assert "np" not in names
