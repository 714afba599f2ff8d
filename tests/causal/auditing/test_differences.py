"""What changed between two versions of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from repro.causal import Answer, audit, audit_diff

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from repro.causal import Verdict

REWARDS = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)


def verdict(rule: Callable[..., dict[str, Tensor]], **more: Tensor) -> Verdict:
    return audit(rule, {"rewards": REWARDS, **more})


def plain(rewards: Tensor) -> dict[str, Tensor]:
    return {"a": rewards[0] + 0.5 * rewards[1], "b": rewards[1]}


def test_a_rule_equals_itself_in_whatever_order_it_adds() -> None:
    def again(rewards: Tensor) -> dict[str, Tensor]:
        return {"a": (rewards[1] + rewards[0] + rewards[0]) / 2 + rewards[2] / 4, "b": rewards[1]}

    def other(rewards: Tensor) -> dict[str, Tensor]:
        return {"a": rewards[2] * 0.25 + (rewards[0] + rewards[1] * 0.5), "b": rewards[1] * 1}

    diff = audit_diff(verdict(again), verdict(other))
    assert not diff
    assert str(diff) == "no difference"


def test_a_weight_is_a_difference_of_formulas_alone() -> None:
    def other(rewards: Tensor) -> dict[str, Tensor]:
        return {"a": rewards[0] + 0.25 * rewards[1], "b": rewards[1]}

    diff = audit_diff(verdict(plain), verdict(other))
    assert diff.outputs == ("formulas",)
    assert diff.formulas == {"a": ("rewards[0] + 0.5 rewards[1]", "rewards[0] + 0.25 rewards[1]")}


def test_a_sign_and_a_constant_are_differences() -> None:
    for change in (lambda x: -x, lambda x: x + 1, lambda x: 2 * x):

        def other(
            rewards: Tensor, change: Callable[[Tensor], Tensor] = change
        ) -> dict[str, Tensor]:
            return {**plain(rewards), "b": change(rewards[1])}

        assert set(audit_diff(verdict(plain), verdict(other)).formulas) == {"b"}


def test_reads_answers_and_pairs_are_compared() -> None:
    def other(rewards: Tensor) -> dict[str, Tensor]:
        mixed = (rewards[1] * rewards[2]).exp()
        return {"a": rewards[0] * mixed, "b": mixed}

    diff = audit_diff(verdict(plain), verdict(other))
    assert diff.outputs == ("verdict", "pairs", "reads", "formulas")
    assert diff.answer == (Answer.MODULAR, Answer.NOT_MODULAR)
    assert diff.pairs == {("a", "b"): (Answer.MODULAR, Answer.NOT_MODULAR)}
    nothing: frozenset[str] = frozenset()
    assert diff.reads == {
        "a": (nothing, frozenset({"rewards[2]"})),
        "b": (nothing, frozenset({"rewards[2]"})),
    }
    assert str(diff).splitlines() == [
        "answer: modular → not modular",
        "a and b: modular → not modular",
        "a: now reads rewards[2]",
        "b: now reads rewards[2]",
        "a: rewards[0] + 0.5 rewards[1] → rewards[0] × exp(rewards[1] × rewards[2])",
        "b: rewards[1] → exp(rewards[1] × rewards[2])",
    ]
    assert "a: no longer reads rewards[2]" in str(audit_diff(verdict(other), verdict(plain)))


def test_gradients_that_only_one_has_are_named() -> None:
    def other(rewards: Tensor) -> dict[str, Tensor]:
        return {"b": rewards[1], "c": rewards[2]}

    diff = audit_diff(verdict(plain), verdict(other))
    assert (diff.missing, diff.added, diff.outputs) == (("a",), ("c",), ())
    assert diff
    assert str(diff) == "gradient of a: only before\ngradient of c: only after"


def test_with_another_input_short_formulas_are_compared_as_they_are_written() -> None:
    def other(scale: Tensor, rewards: Tensor) -> dict[str, Tensor]:
        return {"a": rewards[0] + scale * rewards[1], "b": rewards[1]}

    after = audit(other, {"scale": torch.tensor(0.5, dtype=torch.float64), "rewards": REWARDS})
    diff = audit_diff(verdict(plain), after)
    assert diff.outputs == ("reads", "formulas")
    assert set(diff.formulas) == {"a"}
    assert diff.reads == {"a": (frozenset(), frozenset({"scale"}))}


def test_a_long_formula_is_compared_although_it_is_not_written() -> None:
    def long(rewards: Tensor, power: float) -> dict[str, Tensor]:
        x = rewards[0]
        for _ in range(30):
            x = (x * rewards[1]).sin() + power * rewards[2]
        return {"a": x, "b": rewards[1]}

    diff = audit_diff(
        verdict(lambda rewards: long(rewards, 2.0)), verdict(lambda rewards: long(rewards, 3.0))
    )
    assert diff.formulas == {"a": (None, None)}
    assert str(diff) == "a: another formula, too long to write"
