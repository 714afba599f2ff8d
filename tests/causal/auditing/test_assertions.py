"""assert_modular: passes for modular rules, and says in words why it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from repro.causal import Answer, AuditError, assert_modular

if TYPE_CHECKING:
    from torch import Tensor

BIDS = {"bids": torch.tensor([0.3, 0.1, -0.4])}


def separate(bids: Tensor) -> dict[str, Tensor]:
    return {"a": bids[0].exp(), "b": bids[1].exp()}


def reason(rule: object, **options: object) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_modular(rule, BIDS, **options)  # type: ignore[arg-type]  # a rule
    return str(caught.value)


def test_a_modular_rule_passes_and_returns_its_verdict() -> None:
    assert assert_modular(separate, BIDS).answer is Answer.MODULAR


def test_a_shared_variable_is_named_with_what_would_have_to_be_given() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        policy = bids.log_softmax(0).exp()
        return {"a": policy[0], "b": policy[1]}

    assert reason(rule) == (
        "the rule is not modular: the gradients of a and b share log-sum-exp log(exp(bids[0]) + exp(bids[1]) + "
        "exp(bids[2])); if this were an input, they would be independent"
    )


def test_if_more_would_have_to_be_given_it_is_listed() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        first, second = bids[0] * bids[1], bids[1].exp() * bids[2]
        return {"a": first.exp() + second.sin(), "b": first.sin() * second.exp()}

    assert reason(rule).endswith(
        "; if these were inputs, they would be independent: product bids[0] × bids[1], product "
        "exp(bids[1]) × bids[2]"
    )


def test_sums_are_said_to_be_shared_in_some_implementations() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids[0] - bids.mean(), "b": bids[1] - bids.mean()}

    assert reason(rule).startswith(
        "the rule is implementation-dependent: in some implementations, the gradients of a and b share sum"
    )


def test_shared_parameters_are_a_reason() -> None:
    weight = torch.zeros(2)
    text = reason(separate, mechanisms={"a": weight, "b": weight})
    assert text == "the rule is not modular: a and b share parameters"


def test_what_could_not_be_traced_is_a_reason() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids[0] * float(bids[2]), "b": bids[1]}

    assert reason(rule).startswith(
        "the rule is undetermined: the gradients of a and b may share what could not be traced: a computed "
        "value left the trace"
    )


def test_options_are_those_of_audit() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids.max() * 2, "b": bids.max() * 3}

    assert_modular(rule, BIDS)
    assert reason(rule, selection="strict").startswith("the rule is not modular")
    with pytest.raises(AuditError, match="selection: given 'loose'"):
        assert_modular(rule, BIDS, selection="loose")
