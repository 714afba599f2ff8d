"""Every known bug is told from its correction by some output of an audit, and the page says by which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from repro.causal import Answer
from tests.causal.bugs.pairs import difference, verdicts
from tests.causal.bugs.table import ALL, PAGE, page

if TYPE_CHECKING:
    from tests.causal.bugs.pairs import BugPair

BY_NAME = {pair.rule.__name__: pair for pair in ALL}


@pytest.mark.parametrize("pair", ALL, ids=lambda pair: pair.rule.__name__)
def test_the_outputs_that_differ_are_those_reasoned_by_hand(pair: BugPair) -> None:
    found = difference(pair)
    assert found.outputs == pair.outputs
    assert found.outputs  # no bug goes unnoticed


@pytest.mark.parametrize("pair", ALL, ids=lambda pair: pair.rule.__name__)
def test_nothing_is_undetermined_and_a_rule_equals_itself(pair: BugPair) -> None:
    for buggy, verdict in zip((True, False), verdicts(pair), strict=True):
        assert verdict.answer is not Answer.UNDETERMINED
        assert not verdict.limits
        again = pair.verdict(buggy=buggy)
        assert again.reads == verdict.reads
        assert again.pairs == verdict.pairs
        assert {name: again.evidence.digest(name) for name in again.reads} == {  # type: ignore[union-attr]
            name: verdict.evidence.digest(name)  # type: ignore[union-attr]
            for name in verdict.reads
        }


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.causal.bugs`"


def test_there_are_bugs_of_many_kinds() -> None:
    assert len({pair.bug for pair in ALL}) == len(ALL) >= 12
    assert len(BY_NAME) == len(ALL)


def test_sums_across_episode_ends_fail_an_assertion_in_words() -> None:
    buggy, fixed = verdicts(BY_NAME["across_ends"])
    fixed.assert_not_reads("actor[0]", "rewards[2:]", "values[2:]")
    with pytest.raises(AssertionError) as caught:
        buggy.assert_not_reads("actor[0]", "rewards[2:]", ends="done")
    assert str(caught.value).startswith(
        "the gradient of actor at step 0 reads rewards[2], across the end of an episode at step 1; path: "
    )


def test_a_late_mask_reads_beyond_the_end_and_stops_too_early() -> None:
    """With an end at 1 and the mask of t + 1, step 0 stops at itself, and step 1 goes on to 2 and 3."""
    buggy, fixed = verdicts(BY_NAME["mask_late"])
    rewards = {
        name: [k for k in range(4) if f"rewards[{k}]" in found]
        for name, found in buggy.reads.items()
    }
    assert rewards == {"actor[0]": [0], "actor[1]": [1, 2, 3], "actor[2]": [2, 3], "actor[3]": [3]}
    fixed.assert_reads("actor[0]", "rewards[:2]", only={"rewards[:2]", "values", "next_values[0]"})


def test_a_wrong_discount_is_seen_in_the_formula() -> None:
    old, new = difference(BY_NAME["discount_of_one_step"]).formulas["critic[0]"]
    assert old == "rewards[0, 0] + 0.9 rewards[0, 1] + 0.81 rewards[0, 2] + 0.9 values[0]"
    assert new == "rewards[0, 0] + 0.9 rewards[0, 1] + 0.81 rewards[0, 2] + 0.729 values[0]"


def test_a_recomputed_policy_does_not_read_that_of_the_rollout() -> None:
    buggy, fixed = verdicts(BY_NAME["policy_recomputed"])
    for step in range(3):
        buggy.assert_not_reads(f"actor[{step}]", "old_log_policy")
        fixed.assert_reads(f"actor[{step}]", f"old_log_policy[{step}]")


def test_a_critic_that_is_not_detached_reads_the_bids_through_the_policy() -> None:
    buggy, fixed = verdicts(BY_NAME["critic_learns_from_the_policy"])
    fixed.assert_not_reads("critic", "bids")
    with pytest.raises(AssertionError, match=r"critic reads bids\[0, 0\]; path: .*log-probability"):
        buggy.assert_not_reads("critic", "bids")
    assert [one.name for one in fixed.witnesses] == ["temporal-difference error"]
    assert "log-sum-exp" in [one.name for one in buggy.witnesses]


def test_an_importance_ratio_of_an_earlier_step_is_read() -> None:
    buggy, fixed = verdicts(BY_NAME["ratio_twice"])
    fixed.assert_reads("critic[1]", "ratios[0]")
    buggy.assert_not_reads("critic[1]", "ratios[0]")
