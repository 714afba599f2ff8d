"""One algorithm on one trajectory: its gradients, and two iterations in a row."""

from __future__ import annotations

import pytest
import torch

from claims.theory._learner import (
    FIRST,
    LEARNING_RATE,
    SECOND,
    Learner,
    Traceable,
    iteration,
    separates_functions,
    sgd_step,
    two_iterations,
)
from claims.theory._rules import COMPARED, trainer_rule
from claims.theory._shapes import Shape

SHAPE = Shape((0, 1, 0), (0, 1, 1), mechanisms=2)
NAMES = COMPARED


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_parameters_are_those_of_outputs_backpropagated(name: str) -> None:
    learner = Learner(name, SHAPE)
    functions, data = learner.functions(), learner.data()
    outputs, values = learner.forward(functions, data["observation"])
    rest = {key: x for key, x in data.items() if key != "observation"}
    by_output = trainer_rule(name)(
        policy=outputs, behaviour_policy=outputs.detach(), value=values.detach(), **rest
    )
    stacked = [by_output[mechanism] for mechanism in learner.policies.names]
    shape = outputs.shape
    toward = (
        torch.stack(stacked, -1).view(shape) if learner.policies.shared else torch.stack(stacked)
    )
    owned = [key for key in functions if not key.startswith("critic")]
    expected = torch.autograd.grad(outputs, [functions[k] for k in owned], toward.view(shape))
    found = learner.gradients(functions, data)
    assert found.keys() == functions.keys()
    for key, gradient in zip(owned, expected, strict=True):
        torch.testing.assert_close(found[key], gradient)


@pytest.mark.parametrize("name", NAMES)
def test_critics_have_gradients(name: str) -> None:
    learner = Learner(name, SHAPE)
    functions, data = learner.functions(), learner.data()
    gradients = learner.gradients(functions, data)
    critics = [key for key in functions if key.startswith("critic")]
    assert critics
    for key in critics:  # the penalty alone gives every parameter a gradient
        assert bool((gradients[key] != 0).all())


def test_learners_and_their_functions() -> None:
    assert Learner("cvs", SHAPE).learners() == {
        "A": ("A", "critic of A"),
        "B": ("B", "critic of B"),
    }
    assert Learner("ppof", SHAPE).learners() == {"A": ("A",), "B": ("B",), "critic": ("critic",)}
    assert Learner("ppo", SHAPE).learners() == {
        "A": ("trunk", "A"),
        "B": ("trunk", "B"),
        "critic": ("critic",),
    }


def test_a_gradient_step() -> None:
    (moved,) = sgd_step({"f": torch.tensor([1.0, 2.0])}, {"f": torch.tensor([4.0, -1.0])}).values()
    torch.testing.assert_close(moved, torch.tensor([1 - 4 * LEARNING_RATE, 2 + LEARNING_RATE]))
    assert moved.requires_grad
    assert moved.is_leaf


@pytest.mark.parametrize("name", NAMES)
def test_the_second_iteration_starts_from_the_updated_functions(name: str) -> None:
    learner = Learner(name, Shape((0, 1), (0, 1), mechanisms=2))
    two = two_iterations(learner)
    inputs = {**two.functions, **two.data}
    functions = dict(two.functions)
    for prefix in (FIRST, SECOND):
        data = {k.removeprefix(prefix): x for k, x in two.data.items() if k.startswith(prefix)}
        data["observation"] = two.data["observation"]
        functions = sgd_step(functions, learner.gradients(functions, data))
    made = two.rule(**inputs)
    for who, owned in learner.learners().items():
        for part, key in zip(made[who], owned, strict=True):
            torch.testing.assert_close(part, functions[key])


def test_one_iteration_is_forward_pass_and_gradients() -> None:
    learner = Learner("ppof", SHAPE)
    one = iteration(learner)
    inputs = {**one.functions, **one.data}
    outputs, values = one.execution(**inputs)
    assert outputs.shape == (1, 2, 3, 1)
    assert values.shape == (1, 1, 3)
    assert one.rule(**inputs).keys() == {"A", "B", "critic"}


@pytest.mark.parametrize("reads_older", [False, True])
def test_a_chain_is_markov_unless_it_reads_older_functions(reads_older: bool) -> None:
    """f(1) = f(0)², f(2) = f(1)² x, and + exp f(0) if it reads older functions."""

    def execution(f: torch.Tensor, **_data: torch.Tensor) -> torch.Tensor:
        return f * f

    def rule(f: torch.Tensor, **data: torch.Tensor) -> dict[str, torch.Tensor]:
        made = (f * f).square() * data["second.x"]
        made = made + f.exp() if reads_older else made
        return {"A": made[0], "B": made[1]}

    pair = torch.tensor([0.5, 0.75])
    two = Traceable(rule, execution, {"f": pair}, {"first.x": pair + 1, "second.x": pair + 2})
    assert separates_functions(two, given=True) is not reads_older
    assert not separates_functions(two, given=False)
