"""Verdicts on rules whose answer was derived by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn

from repro.causal import Answer, audit
from tests.causal.auditing.codings import by_name, inputs

if TYPE_CHECKING:
    from collections.abc import Callable

MODULAR, NOT_MODULAR, IMPLEMENTATION_DEPENDENT = (
    Answer.MODULAR,
    Answer.NOT_MODULAR,
    Answer.IMPLEMENTATION_DEPENDENT,
)
BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


def _policy_gradient(log_probability: Callable[[Tensor], Tensor]) -> Callable[..., Any]:
    """Make a rule with one step: each mechanism's gradient of the log-probability of the action."""

    def rule(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
        bids = bids.detach().requires_grad_()
        loss = -(reward * log_probability(bids)).sum()
        (gradient,) = torch.autograd.grad(loss, bids)
        return {name: gradient[k] for k, name in enumerate("abc")}

    return rule


ONE_STEP = {"bids": BIDS, "reward": torch.tensor(0.7, dtype=torch.float64)}


def test_softmax_has_a_normaliser_and_sigmoids_do_not() -> None:
    acted = torch.tensor([1.0, 0.0, 0.0])
    softmax = audit(_policy_gradient(lambda b: b.log_softmax(0)[0]), ONE_STEP)
    assert softmax.answer is NOT_MODULAR
    assert softmax.witnesses[0].name == "log-sum-exp"
    sigmoid = audit(
        _policy_gradient(lambda b: -nn.functional.binary_cross_entropy_with_logits(b, acted.to(b))),
        ONE_STEP,
    )
    assert sigmoid.answer is MODULAR
    assert sigmoid.limits == ()
    by_hand = audit(
        _policy_gradient(lambda b: torch.where(acted > 0, b, -b).sigmoid().log()), ONE_STEP
    )
    assert by_hand.answer is MODULAR


def test_a_return_that_multiplies_every_score_is_always_shared() -> None:
    given = inputs()

    def rule(bids: Tensor, reward: Tensor, action: Tensor) -> dict[str, Tensor]:
        returns = reward.flip(0).cumsum(0).flip(0)
        score = nn.functional.one_hot(action, 3) - bids.sigmoid()
        return by_name(score * returns[:, None])

    verdict = audit(rule, given)
    assert set(verdict.pairs.values()) == {NOT_MODULAR}
    assert {witness.name for witness in verdict.witnesses} == {"sum"}


def test_copies_of_a_normaliser_are_one_normaliser() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        codings: list[Callable[[Tensor], Tensor]] = [
            lambda b: b.logsumexp(0),
            lambda b: b.flip(0).exp().sum().log(),
            lambda b: b[2] - b.log_softmax(0)[2],
        ]
        return {n: bids[k] * codings[k](bids.clone()) for k, n in enumerate("abc")}

    assert set(audit(rule, {"bids": BIDS}).pairs.values()) == {NOT_MODULAR}


def _sarsa(gamma: float) -> Callable[..., dict[str, Tensor]]:
    """Make a rule with two states: a acts at s0, then b at s1, which leads back to s0."""

    def rule(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
        error_a = reward[0] + gamma * bids[1] - bids[0]
        error_b = reward[1] + gamma * bids[0] - bids[1]
        return {"a": error_a, "b": error_b}

    return rule


def test_a_two_cycle_shares_a_difference_without_discount() -> None:
    """At γ = 1 both errors contain the difference of the two bids, with opposite signs."""
    given = {"bids": BIDS[:2], "reward": torch.tensor([0.2, 0.9], dtype=torch.float64)}
    assert audit(_sarsa(0.99), given).answer is MODULAR
    cycle = audit(_sarsa(1.0), given)
    assert cycle.answer is IMPLEMENTATION_DEPENDENT
    assert cycle.joined_at_most == {("a", "b")}
    assert cycle.joined_as_coded == frozenset()
    assert "bids[0] - bids[1]" in cycle.witnesses[0].expression.replace(
        "bids[1] - bids[0]", "bids[0] - bids[1]"
    )


def test_what_only_the_code_shares_is_shown_as_coded() -> None:
    """Both gradients are computed from one sum, which cancels in each."""

    def rule(bids: Tensor) -> dict[str, Tensor]:
        both = bids[0] + bids[1]
        return {"a": both - bids[1], "b": both - bids[0]}

    verdict = audit(rule, {"bids": BIDS})
    assert verdict.answer is IMPLEMENTATION_DEPENDENT
    assert verdict.joined_as_coded == {("a", "b")}
    assert verdict.joined_at_most == frozenset()
    assert [w.expression for w in verdict.witnesses] == ["(bids[0] + bids[1])"]


def test_executed_values_are_conditioned_on() -> None:
    """Bids are computed from shared weights; given the bids, the gradients are independent."""

    def execution(weight: Tensor, reward: Tensor) -> Tensor:  # noqa: ARG001 - all inputs are passed
        return weight[:3].tanh() * weight[3]

    def rule(weight: Tensor, reward: Tensor) -> dict[str, Tensor]:
        bids = weight[:3].tanh() * weight[3]
        return {name: (bids[k] - reward).sin() for k, name in enumerate("abc")}

    given = {
        "weight": torch.tensor([0.1, 0.5, -0.3, 0.8], dtype=torch.float64),
        "reward": torch.tensor(0.4, dtype=torch.float64),
    }
    assert audit(rule, given, execution=execution).answer is MODULAR

    def rewritten(weight: Tensor, reward: Tensor) -> dict[str, Tensor]:
        moved = weight - 0.1 * reward.exp()
        bids = moved[:3].tanh() * moved[3]
        return {name: bids[k] - reward for k, name in enumerate("abc")}

    assert audit(rewritten, given, execution=execution).answer is NOT_MODULAR


def test_an_executed_common_effect_makes_its_causes_dependent() -> None:
    """h1 -> x <- h2 with x observed: gradients computed from h1 and from h2 are dependent."""

    def execution(x: Tensor) -> Tensor:
        return (x[0].exp() + 2) * (x[1].sin() + 3)

    def rule(x: Tensor) -> dict[str, Tensor]:
        return {"a": x[0].exp(), "b": x[1].sin()}

    given = {"x": torch.tensor([0.3, 0.8], dtype=torch.float64)}
    assert audit(rule, given).answer is MODULAR
    observed = audit(rule, given, execution=execution)
    assert observed.answer is NOT_MODULAR
    assert observed.witnesses[0].name == "common effect that is conditioned on"


def test_both_kinds_of_selection() -> None:
    """In a second-price auction, the winner pays another mechanism."""

    def rule(bids: Tensor) -> dict[str, Tensor]:
        second = bids.topk(2).values[1]
        return {"winner": bids[2] - second, "seller": second + bids[0]}

    assert audit(rule, {"bids": BIDS}).answer is MODULAR
    strict = audit(rule, {"bids": BIDS}, selection="strict")
    assert strict.answer is NOT_MODULAR
    assert strict.witnesses[0].name == "order statistic"
    assert strict.witnesses[0].expression == "2-largest of 3 (bids[0], bids[1], bids[2])"


@pytest.mark.parametrize("size", [1.0, 60.0, 400.0, 2000.0])
def test_the_size_of_bids_changes_no_answer(size: float) -> None:
    table = size * torch.tensor([[1.0, 0.2, 0.1], [0.3, 1.2, 0.6]], dtype=torch.float64)

    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids.log_softmax(-1)[0, 0] ** 2, "b": bids[0].log_softmax(-1)[1] ** 2}

    assert audit(rule, {"bids": table}).answer is NOT_MODULAR


def test_small_differences_of_large_numbers_matter_in_double_precision() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        clock = bids[2] + 1e6
        lag = (clock + 0.1) - clock
        return {"a": bids[0] * bids.logsumexp(0) * lag, "b": bids[1] * bids.logsumexp(0) * lag}

    assert audit(rule, {"bids": BIDS}).answer in {NOT_MODULAR, Answer.UNDETERMINED}


def test_discounts_near_one() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        value = bids.exp().sum().log()
        return {"a": (bids[0] + value) - 0.999999 * (bids[1] + value), "b": value * bids[1]}

    assert audit(rule, {"bids": BIDS}).answer is NOT_MODULAR


def test_the_other_fields_of_a_verdict() -> None:
    def rule(bids: Tensor, reward: Tensor, action: Tensor) -> dict[str, Tensor]:
        error = reward[0] - bids[action[0]]
        return {"a": error, "b": torch.zeros(2), "c": error * 0 + bids[2]}

    verdict = audit(rule, {"bids": BIDS, "reward": BIDS[:1] * 2, "action": torch.tensor([1])})
    assert verdict.answer is MODULAR
    assert verdict.conditioned == ("bids", "reward")
    assert verdict.context == ("action",)
    assert verdict.zero == ("b",)
    assert verdict.reads == {
        "a": {"bids[1]", "reward[0]"},
        "b": frozenset(),
        "c": {"bids[2]"},
    }
    assert verdict.hidden == 1
    assert verdict.as_coded
    json_object = json.loads(json.dumps(verdict.to_dict()))
    assert json_object["answer"] == "modular"
    assert json_object["pairs"] == [
        ["a", "b", "modular"],
        ["a", "c", "modular"],
        ["b", "c", "modular"],
    ]


TRUNCATED: dict[str, Callable[[Tensor], Tensor]] = {
    "cut": lambda x: x.long(),
    "copied": lambda x: torch.zeros((), dtype=torch.int64).copy_(x),
    "filled": lambda x: torch.zeros((), dtype=torch.int64).fill_(x),
    "summed": lambda x: x.sum(dtype=torch.int64),
    "masked": lambda x: torch.zeros((), dtype=torch.int64).masked_fill(torch.tensor(True), x),
}


@pytest.mark.parametrize("name", TRUNCATED)
def test_a_truncated_number_is_a_hidden_variable(name: str) -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        truncated = TRUNCATED[name](3 * bids[2])
        return {"a": bids[0] * truncated, "b": bids[1] * truncated}

    assert audit(rule, {"bids": BIDS}).answer is NOT_MODULAR
