"""Bad training steps: one line each, which says what is wrong and what to do."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from repro.causal import Answer, AuditError, audit_module, rows
from repro.causal.auditing.agent_step import AgentStep

if TYPE_CHECKING:
    from collections.abc import Callable

torch.manual_seed(0)
LEFT, RIGHT, THIRD = nn.Linear(3, 1), nn.Linear(3, 1), nn.Linear(3, 1)
HEAD = nn.Linear(3, 2)
FROZEN = nn.Linear(3, 1).requires_grad_(requires_grad=False)
BATCH = {"x": torch.randn(4, 3), "reward": torch.randn(4)}


def loss(x: Tensor, reward: Tensor) -> Tensor:
    first: Tensor = ((LEFT(x)[:2, 0] - reward[:2]) ** 2).sum()
    second: Tensor = ((RIGHT(x)[2:, 0] - reward[2:]) ** 2).sum()
    return first + second


def _in_place(x: Tensor, reward: Tensor) -> Tensor:
    reward -= reward.mean()
    return loss(x, reward)


def _detached(x: Tensor, reward: Tensor) -> None:
    loss(x, reward).detach().backward()


def _no_grad(x: Tensor, reward: Tensor) -> None:
    with torch.no_grad():
        loss(x, reward).backward()


def _raising(**_unused: Tensor) -> Tensor:
    raise ValueError("no\nsuch state")


def _dropout(x: Tensor, reward: Tensor) -> Tensor:
    return loss(nn.functional.dropout(x), reward)


Mechanisms = Any
BAD: dict[str, tuple[Callable[..., Any], Mechanisms, str]] = {
    "trains nothing": (lambda x, reward: None, None, r"trains nothing.*return the loss"),  # noqa: ARG005
    "returns a number": (lambda x, reward: loss(x, reward).item(), None, "trains nothing"),
    "not one number": (lambda x, reward: LEFT(x) + RIGHT(x), None, r"shape \(4, 1\).*one number"),  # noqa: ARG005
    "mechanism not in the loss": (
        loss,
        {"left": LEFT, "third": THIRD},
        r"'third': none of its parameters \(third.weight, …\) is in the loss; use it",
    ),
    "no mechanisms": (loss, {}, "given 0; expected a dict of two or more"),
    "one mechanism": (loss, {"left": LEFT}, "given 1; expected a dict of two or more"),
    "a list of mechanisms": (loss, [LEFT, RIGHT], "expected a dict of two or more"),
    "no parameters": (loss, {"left": LEFT, "act": nn.Tanh()}, "'act': given a Tanh without param"),
    "nothing": (loss, {"left": LEFT, "none": []}, "'none': given a list without parameters"),
    "a string": (loss, {"left": LEFT, "right": "RIGHT"}, "'right': given a str; expected a torch"),
    "frozen": (loss, {"left": LEFT, "cold": FROZEN}, r"'cold': a parameter of shape \(1, 3\) does"),
    "no such row": (loss, {"left": LEFT, "right": rows(RIGHT, 1)}, "row 1 of a parameter of shape"),
    "one network twice": (
        loss,
        {"left": LEFT, "again": LEFT, "right": RIGHT},
        r"'left' and 'again' share left.weight, left.bias; expected parameters of their own.*in others",
    ),
    "one row twice": (
        lambda x, reward: (HEAD(x)[:, 0] - reward).sum(),
        {"both": rows(HEAD, slice(0, 2)), "one": rows(HEAD, -1)},
        "'both' and 'one' share HEAD.weight, HEAD.bias; expected parameters of their own",
    ),
    "a tied weight": (
        loss,
        {"left": LEFT, "right": [RIGHT, LEFT.weight]},
        "'left' and 'right' share left.weight; expected",
    ),
    "changes its batch": (_in_place, None, r"changes its batch \(reward\); let it work on a copy"),
    "detached": (_detached, None, "does not require grad.*no_grad()"),
    "no_grad": (_no_grad, None, "does not require grad.*no_grad()"),
    "an error": (_raising, None, "the step raised ValueError: no such state"),
    "random numbers": (
        _dropout,
        None,
        r"^the step draws random numbers \(bernoulli, test_agent_step.py:\d+\); pass seed=0",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_steps(case: str) -> None:
    step, mechanisms, message = BAD[case]
    given = {"left": LEFT, "right": RIGHT} if mechanisms is None else mechanisms
    with pytest.raises(AuditError, match=message) as caught:
        audit_module(step, given, batch=BATCH)
    assert "\n" not in str(caught.value)


def test_a_module_elsewhere_than_on_the_cpu() -> None:
    far = nn.Linear(3, 1, device="meta")
    with pytest.raises(AuditError, match=r"far.weight is on meta; expected the CPU.*\.cpu\(\)"):
        audit_module(loss, {"left": LEFT, "far": far}, batch=BATCH)


def test_others_elsewhere_than_on_the_cpu() -> None:
    far = {"critic": nn.Linear(3, 1, device="meta")}
    with pytest.raises(AuditError, match=r"critic\.weight is on meta; expected the CPU"):
        audit_module(loss, {"left": LEFT, "right": RIGHT}, batch=BATCH, others=far)


BATCHES: dict[str, tuple[Any, str]] = {
    "on no device": (
        torch.zeros(4, device="meta"),
        r"batch 'reward': given.*on meta; expected.*CPU",
    ),
    "NaN": (torch.full((4,), float("nan")), "batch 'reward' holds NaN"),
    "a number": (1.0, "batch 'reward': given a float; expected a tensor"),
    "an array": (BATCH["reward"].numpy(), "batch 'reward': given a ndarray.*torch.as_tensor"),
    "one tensor twice": (BATCH["x"][:, 0], "batch: 'x' and 'reward' share memory"),
}


@pytest.mark.parametrize("case", BATCHES)
def test_bad_batches(case: str) -> None:
    reward, message = BATCHES[case]
    with pytest.raises(AuditError, match=message):
        audit_module(loss, {"left": LEFT, "right": RIGHT}, batch={**BATCH, "reward": reward})


def test_a_batch_that_is_no_dict() -> None:
    with pytest.raises(AuditError, match=r"batch: given \[1\]; expected a dict of tensors by name"):
        audit_module(loss, {"left": LEFT, "right": RIGHT}, batch=[1])  # type: ignore[arg-type]  # the mistake


@pytest.mark.parametrize("seed", ["0", 0.0, True])
def test_a_seed_that_is_no_whole_number(seed: Any) -> None:  # noqa: ANN401 - any mistake
    with pytest.raises(AuditError, match=f"seed: given {seed!r}; expected a whole number"):
        audit_module(loss, {"left": LEFT, "right": RIGHT}, batch=BATCH, seed=seed)


def test_others_that_are_no_modules() -> None:
    with pytest.raises(AuditError, match="others: given a str; expected torch modules"):
        audit_module(loss, {"left": LEFT, "right": RIGHT}, batch=BATCH, others=["critic"])


def test_a_batch_with_the_name_of_a_parameter() -> None:
    with pytest.raises(AuditError, match=r"batch: left.weight is also the name of a parameter"):
        audit_module(
            lambda **given: loss(given["x"], given["reward"]),
            {"left": LEFT, "right": RIGHT},
            batch={**BATCH, "left.weight": torch.ones(3)},
        )


def test_the_result_is_the_change_of_parameters() -> None:
    """A step of plain gradient descent at a rate of 0.5 changes each parameter by half of its gradient."""
    parts = {"left": LEFT, "right": RIGHT}
    optimizer = torch.optim.SGD([*LEFT.parameters(), *RIGHT.parameters()], lr=0.5)

    def step(**batch: Tensor) -> None:
        optimizer.zero_grad()
        loss(**batch).backward()
        optimizer.step()

    gradients, changes = (AgentStep(one, parts, BATCH, (), None) for one in (loss, step))
    assert (gradients.takes_step, changes.takes_step) == (False, True)
    given = {name: x.clone() for name, x in gradients.inputs.items()}
    found, changed = gradients.rule(**given), changes.rule(**given)
    for name in parts:
        for gradient, change in zip(found[name], changed[name], strict=True):
            assert gradient is not None
            assert change is not None
            torch.testing.assert_close(change, -0.5 * gradient)


def test_an_agent_is_as_before_after_an_error() -> None:
    net = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)

    def step(x: Tensor, reward: Tensor) -> None:
        (net(x)[:, 0] - reward).sum().backward()
        optimizer.step()
        raise ValueError

    before = net.weight.detach().clone()
    with pytest.raises(AuditError, match="ValueError"):
        audit_module(step, {"net": net, "left": LEFT}, batch=BATCH)
    assert torch.equal(net.weight, before)
    assert net.weight.grad is None


def test_a_seed_makes_random_numbers_inputs() -> None:
    """Each mechanism has its own samples, so that noise couples nothing; a mean of noise does."""
    mechanisms = {"left": LEFT, "right": RIGHT}
    verdict = audit_module(_dropout, mechanisms, batch=BATCH, seed=0)
    assert verdict.answer is Answer.MODULAR
    assert "random numbers of torch with seed 0" in verdict.context

    def noisy(x: Tensor, reward: Tensor) -> Tensor:
        return loss(x, reward + torch.randn(4).exp().mean())

    state = torch.get_rng_state()
    assert audit_module(noisy, mechanisms, batch=BATCH, seed=0).answer is Answer.NOT_MODULAR
    assert torch.equal(torch.get_rng_state(), state)


def test_numbers_of_other_libraries_are_named_beside_the_seed() -> None:
    def step(x: Tensor, reward: Tensor) -> Tensor:
        return _dropout(x, reward) * random.random()  # noqa: S311 - what a step may do

    verdict = audit_module(step, {"left": LEFT, "right": RIGHT}, batch=BATCH, seed=0)
    drawn = ("random numbers of Python", "random numbers of torch with seed 0")
    assert verdict.context == drawn


def test_noise_that_is_drawn_twice_into_one_memory_is_two_numbers() -> None:
    def step(x: Tensor, reward: Tensor) -> Tensor:
        memory = torch.empty(1)
        first = memory.bernoulli_(0.5).exp().clone()
        second = memory.bernoulli_(0.5).exp().clone()
        left, right = LEFT(x)[0, 0] * first, RIGHT(x)[1, 0] * second
        loss: Tensor = (left + right + 0 * reward.sum()).sum()
        return loss

    verdict = audit_module(step, {"left": LEFT, "right": RIGHT}, batch=BATCH, seed=1)
    assert verdict.answer is Answer.MODULAR
    drawn = [
        name for name in verdict.conditioned if name.startswith("tensor of 1 (test_agent_step")
    ]
    assert len(drawn) == 1  # one memory has one name
