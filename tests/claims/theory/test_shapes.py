"""Shapes of trajectories, and mechanisms renamed."""

from __future__ import annotations

import pytest

from claims.theory._rules import batch_rule, inputs, trainer_inputs, trainer_rule
from claims.theory._shapes import (
    Episodes,
    Shape,
    all_shapes,
    in_order_of_first_use,
    mechanism,
    up_to_renaming,
)
from claims.theory._single_step import NAMES, TABLES, Trajectory, audit_single_step
from repro.causal import Answer, audit
from repro.credit.learning_rules import RULES


def test_one_shape_is_kept_of_all_that_differ_in_names() -> None:
    # Ways to name the mechanisms of 1, 2 and 3 steps, times ways in which states coincide.
    assert len(up_to_renaming(all_shapes())) == 1 * 1 + 2 * 2 + 5 * 5
    assert in_order_of_first_use((0, 1, 0, 2))
    assert not in_order_of_first_use((0, 2))
    assert not in_order_of_first_use((1,))


@pytest.mark.slow
@pytest.mark.parametrize("names", [(1, 2, 0), (2, 1, 0)])
@pytest.mark.parametrize("rule", ["cvs", "ppof", *NAMES])
def test_verdicts_do_not_depend_on_names(rule: str, names: tuple[int, ...]) -> None:
    trajectory = Trajectory(Shape((0, 1, 0), (0, 1, 0)), ((0, 0), (1, 1)))
    actions = tuple(names[k] for k in trajectory.shape.actions)
    renamed = Trajectory(
        Shape(trajectory.shape.states, actions), tuple((s, names[k]) for s, k in trajectory.greedy)
    )
    if rule in NAMES:
        first, second = (audit_single_step(rule, TABLES, t) for t in (trajectory, renamed))
    else:
        first, second = (
            audit(trainer_rule(rule), trainer_inputs(rule, t.shape), selection="strict")
            for t in (trajectory, renamed)
        )

    def rename(name: str) -> str:
        return mechanism(names[ord(name) - ord("A")])

    expected = {tuple(sorted(map(rename, pair))): answer for pair, answer in first.pairs.items()}
    assert expected == dict(second.pairs)
    assert {rename(name) for name in first.zero} == set(second.zero)
    assert any(answer != Answer.MODULAR for answer in expected.values())


def test_episodes_are_joined_and_their_ends_kept() -> None:
    batch = Episodes((Shape((0, 1), (0, 1), 2), Shape((0,), (1,), 2)))
    assert (batch.states, batch.actions) == ((0, 1, 0), (0, 1, 1))
    assert batch.ends == (False, True, True)
    assert (batch.steps, batch.size, batch.mechanisms) == (3, 2, 2)
    assert str(batch) == "s0 A, s1 B | s0 B"
    drawn = trainer_inputs("ppo", batch)
    # State 2 is terminal; each episode ends there.
    assert drawn["next_state"].tolist() == [[1, 2, 2]]
    assert drawn["episode_end"].tolist() == [[False, True, True]]


def test_nothing_is_bootstrapped_across_episodes() -> None:
    """By hand: the first episode's last error is r - Q, whatever follows."""
    batch = Episodes((Shape((0,), (0,), 2), Shape((1,), (1,), 2)))
    given = inputs(batch)
    found = batch_rule(RULES["sarsa"], ends=batch.ends)(**given)
    bids, reward = given["bids"], given["reward"]
    assert found["A"].tolist() == pytest.approx([float(bids[0, 0] - reward[0]), 0])
    assert found["B"].tolist() == pytest.approx([0, float(bids[1, 1] - reward[1])])
