"""Single-step rules: greedy trajectories, and pairs derived for updates in order."""

from __future__ import annotations

import pytest
import torch

from claims.theory._predicates import reaching_same_state
from claims.theory._rules import sequential_rule, with_rate
from claims.theory._shapes import Shape, all_shapes
from claims.theory._single_step import (
    BATCH,
    NETWORKS,
    TABLES,
    Trajectory,
    derived_pairs,
    greedy_trajectories,
)
from repro.credit.learning_rules import RULES

SHAPES = [*all_shapes(), *all_shapes(4, 2)]
AB, AC, BC = ("A", "B"), ("A", "C"), ("B", "C")
A, B, C = 0, 1, 2


def line(*actions: int) -> Shape:
    """Make an acyclic shape."""
    return Shape(tuple(range(len(actions))), actions)


def loop(*actions: int) -> Shape:
    """Make a shape with one state."""
    return Shape((0,) * len(actions), actions)


@pytest.mark.parametrize(
    ("trajectory", "rule", "tables", "networks"),
    [
        (Trajectory(loop(A, B, A)), "sarsa", {AB}, {AB}),
        (Trajectory(Shape((0, 0, 1), (A, A, B))), "sarsa", (), ()),
        (Trajectory(line(A, B, A)), "sarsa", (), {AB}),
        (Trajectory(line(A, A, B)), "sarsa", (), ()),
        (Trajectory(line(A, B, B), ((1, B), (2, A))), "q_learning", (), {AB}),
        (Trajectory(loop(A, B, B), ((0, A),)), "q_learning", {AB}, {AB}),
        (Trajectory(loop(A, B, B), ((0, B),)), "q_learning", (), ()),
        (Trajectory(line(A, B, C)), "expected_sarsa", (), {AB}),
        (Trajectory(Shape((0, 1, 1), (A, B, C))), "expected_sarsa", {AB}, {AB}),
        # An indirect common cause: C's own block was updated after reading A's.
        (Trajectory(line(A, C, A, C)), "sarsa", (), {AC}),
        (Trajectory(Shape((0, 1, 0, 1), (A, C, A, C))), "sarsa", {AC}, {AC}),
    ],
)
def test_pairs_derived_for_updates_in_order(
    trajectory: Trajectory, rule: str, tables: object, networks: object
) -> None:
    assert derived_pairs(rule, TABLES, trajectory) == frozenset(tables)  # type: ignore[call-overload]
    assert derived_pairs(rule, NETWORKS, trajectory) == frozenset(networks)  # type: ignore[call-overload]


def test_causes_are_transitive() -> None:
    # Step 1 (B) reads A's table entry, updated by step 0. Step 3 (C) reads B's entry, updated by step 1.
    # No step reads both entries, but C depends on A's first error.
    shape = Shape((0, 1, 0, 2, 1), (A, B, A, C, B))
    assert derived_pairs("sarsa", TABLES, Trajectory(shape)) == {AB, AC, BC}


def test_one_batch_updates_nothing() -> None:
    for shape in SHAPES:
        assert derived_pairs("sarsa", BATCH, Trajectory(shape)) == frozenset()
        assert derived_pairs("expected_sarsa", BATCH, Trajectory(shape)) == reaching_same_state(
            shape
        )


def test_a_shape_is_not_modular_if_a_target_reads_what_another_mechanism_updated() -> None:
    for shape in SHAPES:
        for network in (False, True):
            not_modular = any(
                shape.actions[u] == shape.actions[t + 1] != shape.actions[t]
                and (network or shape.states[u] == shape.states[t + 1])
                for t in range(shape.steps - 1)
                for u in range(t)
            )
            how = NETWORKS if network else TABLES
            pairs = derived_pairs("sarsa", how, Trajectory(shape))
            assert bool(pairs) == not_modular, (shape, network)


def test_tables_are_modular_on_acyclic_shapes() -> None:
    acyclic = [shape for shape in SHAPES if shape.acyclic]
    for rule in ("sarsa", "expected_sarsa"):
        assert not any(derived_pairs(rule, TABLES, Trajectory(shape)) for shape in acyclic)
    assert not any(
        derived_pairs("q_learning", TABLES, trajectory)
        for trajectory in greedy_trajectories(acyclic)
    )


def test_greedy_trajectories_have_a_greedy_mechanism_at_each_state_reached() -> None:
    found = greedy_trajectories([Shape((0, 0), (0, 1))])
    assert [one.greedy for one in found] == [((0, 0),), ((0, 1),), ((0, 2),)]
    assert [one.greedy for one in greedy_trajectories([Shape((0,), (0,))])] == [()]
    assert [one.greedy[0][1] for one in greedy_trajectories([Shape((0, 1), (0, 0))])] == [0, 1]
    assert str(found[1]) == "s0 A, s0 B (greedy: B at s0)"


@pytest.mark.parametrize("network", [False, True])
def test_the_greedy_mechanism_stays_greedy_in_order(network: bool) -> None:
    for trajectory in greedy_trajectories([Shape((0, 1, 0), (0, 1, 0))]):
        given = with_rate(trajectory.inputs())
        gradients = sequential_rule(RULES["q_learning"], network=network)(**given)
        step = given["rate"] * torch.stack(list(gradients.values()), -1).abs().sum(0)
        for state, k in trajectory.greedy:
            others = given["bids"][state].clone()
            others[k] = -torch.inf
            assert given["bids"][state, k] - others.max() > 2 * step.max()
