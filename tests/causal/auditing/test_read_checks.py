"""Assertions on what gradients read: literal messages, worked out by hand."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from repro.causal import AuditError, audit

if TYPE_CHECKING:
    from torch import Tensor

    from repro.causal import Verdict

ENDS = [False, True, False, False]


def rewards_to_go(rewards: Tensor, done: Tensor | None) -> Tensor:
    """Sum rewards up to the end of the episode; without `done`, up to the end of the batch."""
    total = torch.zeros_like(rewards[0])
    found: list[Tensor] = []
    for t in reversed(range(len(rewards))):
        if done is not None:
            total = torch.where(done[t], 0.0, total)
        total = rewards[t] + 0.5 * total
        found.insert(0, total)
    return torch.stack(found)


@cache
def audited(*, cut: bool, per: str = "step") -> Verdict:
    def rule(rewards: Tensor, values: Tensor, done: Tensor, actions: Tensor) -> dict[str, Tensor]:
        advantage = rewards_to_go(rewards, done if cut else None) - values[: len(rewards)]
        return {"actor": advantage * values[actions], "critic": advantage}

    generator = np.random.default_rng(0)
    inputs = {
        "rewards": torch.from_numpy(generator.normal(size=4)),
        "values": torch.from_numpy(generator.normal(size=5)),
        "done": torch.tensor(ENDS),
        "actions": torch.tensor([4, 4, 4, 4]),
    }
    return audit(rule, inputs, per=per)


def message(check: str, *args: str, verdict: Verdict, **options: object) -> str:
    with pytest.raises(AssertionError) as caught:
        getattr(verdict, check)(*args, **options)
    return str(caught.value)


def test_what_a_gradient_reads_passes() -> None:
    verdict = audited(cut=True)
    assert verdict.read_slices["critic[0]"] == ("rewards[0:2]", "values[0]")
    assert verdict.read_slices["actor[2]"] == ("rewards[2:4]", "values[2]", "values[4]")
    verdict.assert_reads("critic[0]", "rewards[:2]", only={"rewards[:2]", "values[0]"})
    verdict.assert_reads("critic[0]", only={"rewards", "values"})
    verdict.assert_reads("critic[0]", "rewards[1]")
    verdict.assert_not_reads("critic[0]", "rewards[2:]", "values[1:]")


def test_a_read_across_the_end_of_an_episode_is_named_with_its_path() -> None:
    text = message(
        "assert_not_reads", "critic[0]", "rewards[2:]", verdict=audited(cut=False), ends="done"
    )
    assert text == (
        "the gradient of critic at step 0 reads rewards[2], across the end of an episode at step 1; path: "
        "rewards[2] → discounted sum (rewards[2] + 0.5 rewards[3]) → sum → gradient; and 1 more: rewards[3]"
    )


def test_without_a_name_for_ends_a_true_element_in_between_is_named() -> None:
    verdict = audited(cut=False)
    text = message("assert_reads", "critic[1]", verdict=verdict, only=["rewards[1]", "values[1]"])
    assert (
        "the gradient of critic at step 1 reads rewards[2], across done[1], which is true;" in text
    )


def test_within_an_episode_nothing_is_crossed() -> None:
    text = message("assert_not_reads", "critic[2]", "rewards[3]", verdict=audited(cut=True))
    assert text.startswith("the gradient of critic at step 2 reads rewards[3]; path: rewards[3] →")


def test_an_element_across_the_end_is_named_before_others() -> None:
    text = message(
        "assert_not_reads", "critic[0]", "rewards", verdict=audited(cut=False), ends="done"
    )
    assert "reads rewards[2], across the end of an episode at step 1" in text
    assert text.endswith("and 3 more: rewards[0:2], rewards[3]")


def test_a_whole_mechanism_has_no_step_to_cross_from() -> None:
    verdict = audited(cut=False, per="mechanism")
    text = message("assert_not_reads", "critic", "rewards[3]", verdict=verdict)
    assert text.startswith("the gradient of critic reads rewards[3]; path:")


def test_what_is_not_read_is_named() -> None:
    text = message("assert_reads", "critic[0]", "rewards", verdict=audited(cut=True))
    assert text == (
        "the gradient of critic at step 0 does not read rewards[2:4]; it reads rewards[0:2], values[0]"
    )


@pytest.mark.parametrize(
    ("check", "args", "options", "words"),
    [
        ("assert_reads", ("crtic[0]",), {}, "unknown mechanism 'crtic[0]'; did you mean critic[0]"),
        ("assert_not_reads", ("critic[0]", "reward"), {}, "unknown input 'reward'"),
        ("assert_not_reads", ("critic[0]", "done[1]"), {}, "done is fixed context"),
        ("assert_reads", ("critic[0]",), {"only": {"actions"}}, "actions is fixed context"),
        ("assert_not_reads", ("critic[0]",), {}, "given no input"),
        ("assert_not_reads", ("critic[0]", "rewards"), {"ends": "rewards"}, "there is: done"),
        ("assert_reads", ("critic[0]",), {"ends": "actions"}, "pass actions.bool() to the audit"),
        ("assert_reads", ("critic[0]", "rewards[10:20]"), {}, "which selects nothing"),
        ("assert_not_reads", ("critic[0]", "rewards[4:]"), {}, "rewards, which has shape (4,)"),
        ("assert_not_reads", ("critic[0]", "rewards[2:2]"), {}, "which selects nothing"),
    ],
)
def test_bad_names_are_refused_in_one_line(
    check: str, args: tuple[str, ...], options: dict[str, object], words: str
) -> None:
    with pytest.raises(AuditError) as caught:
        getattr(audited(cut=True), check)(*args, **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_may_be_read_unseen_fails() -> None:
    def rule(rewards: Tensor) -> dict[str, Tensor]:
        scale = 2.0 if rewards[1] > 0 else 3.0
        return {"a": rewards[0] * scale, "b": rewards[2] * 2}

    verdict = audit(rule, {"rewards": torch.tensor([1.0, 2.0, 3.0])})
    assert verdict.unseen == {"a"}
    text = message("assert_not_reads", "a", "rewards[1]", verdict=verdict)
    assert text.startswith("the gradient of a may read more than was seen: a condition on computed")
    assert "may read more" in message("assert_reads", "a", verdict=verdict, only={"rewards"})
    verdict.assert_reads("b", only={"rewards[2]"})
    verdict.assert_reads("a", "rewards[0]")


def test_a_tensor_that_is_no_input_is_outside_of_only() -> None:
    weights = torch.tensor([2.0, 3.0])
    verdict = audit(
        lambda rewards: {"a": rewards[0] * weights[0], "b": rewards[1]},
        {"rewards": torch.tensor([1.0, 2.0])},
    )
    assert "weights[0]" in message("assert_reads", "a", verdict=verdict, only={"rewards"})
    assert "weights[0]" in message("assert_not_reads", "a", "weights", verdict=verdict)
    verdict.assert_reads("a", "weights[0]", only={"rewards", "weights"})
    verdict.assert_not_reads("a", "weights[1]")
