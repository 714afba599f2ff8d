"""Predicates on shapes against small shapes worked out by hand, and against forms written out."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from claims.theory._by_hand import (
    bootstrapping_on_each_other,
    everybody,
    handing_over,
    losers,
    nobody,
    overlapping,
    reaching_one_state,
)
from claims.theory._shapes import Shape, all_shapes, mechanism
from claims.theory._walks import BATCH, NETWORKS, TABLES, Walk, derived, greedy_walks

SHAPES = [*all_shapes(), *all_shapes(4, 2)]
AB, AC, BC = ("A", "B"), ("A", "C"), ("B", "C")
A, B, C = 0, 1, 2


def line(*actions: int, mechanisms: int = 3) -> Shape:
    """Make an acyclic shape."""
    return Shape(tuple(range(len(actions))), actions, mechanisms)


def loop(*actions: int) -> Shape:
    """Make a shape that never leaves its first state."""
    return Shape((0,) * len(actions), actions)


def errors(
    shape: Shape, n: int, discount: Fraction, trace: Fraction | None
) -> list[dict[str, Fraction]]:
    """Write out each step's error as weights of rewards and bids: n-step, or λ-returns."""
    T = shape.steps
    bid = [f"Q{s},{k}" for s, k in zip(shape.states, shape.actions, strict=True)]
    forms = []
    for t in range(T):
        form: dict[str, Fraction] = {}

        def add(atom: str, weight: Fraction, form: dict[str, Fraction] = form) -> None:
            form[atom] = form.get(atom, Fraction(0)) + weight

        add(bid[t], Fraction(-1))
        for i in range(t, T if trace is not None else min(t + n, T)):
            decay = discount if trace is None else discount * trace
            add(f"r{i}", decay ** (i - t))
            if trace is not None and i + 1 < T:
                add(bid[i + 1], decay ** (i - t) * discount * (1 - trace))
        if trace is None and t + n < T:
            add(bid[t + n], discount**n)
        forms.append({atom: weight for atom, weight in form.items() if weight})
    return forms


def sharing(shape: Shape, forms: list[dict[str, Fraction]]) -> set[tuple[str, str]]:
    """Find the pairs whose errors have two atoms in common in one ratio."""
    found = set()
    for t, u in itertools.combinations(range(shape.steps), 2):
        common = forms[t].keys() & forms[u].keys()
        ratios = [forms[t][atom] / forms[u][atom] for atom in common]
        if len(set(ratios)) < len(ratios) and shape.actions[t] != shape.actions[u]:
            j, k = sorted((shape.actions[t], shape.actions[u]))
            found.add((mechanism(j), mechanism(k)))
    return found


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_overlapping_windows_are_what_written_out_errors_share(n: int) -> None:
    for shape in SHAPES:
        written_out = sharing(shape, errors(shape, n, Fraction(99, 100), None))
        assert overlapping(shape, n) == written_out, shape


def test_errors_of_lambda_returns_share_where_windows_of_all_rewards_overlap() -> None:
    for shape in SHAPES:
        written_out = sharing(shape, errors(shape, 0, Fraction(99, 100), Fraction(95, 100)))
        assert overlapping(shape, shape.steps) == written_out, shape


def test_undiscounted_single_steps_share_where_each_bootstraps_on_the_other() -> None:
    for shape in SHAPES:
        written_out = sharing(shape, errors(shape, 1, Fraction(1), None))
        assert bootstrapping_on_each_other(shape) == written_out, shape


def test_overlapping_counts_rewards() -> None:
    assert overlapping(line(A, B), 2) == frozenset()
    assert overlapping(line(A, B, C), 3) == {AB}
    assert overlapping(line(A, B, C), 2) == frozenset()
    assert overlapping(line(A, B, C), 2, least=1) == {AB, BC}
    assert overlapping(line(A, B, C, A), 4) == {AB, AC, BC}
    assert overlapping(line(A, B, C, A), 3) == {AB, BC}
    assert overlapping(line(A, A, A, A), 4) == frozenset()


def test_reaching_one_state_leaves_out_the_terminal_one() -> None:
    assert reaching_one_state(loop(A, B)) == frozenset()
    assert reaching_one_state(loop(A, B, C)) == {AB}
    assert reaching_one_state(Shape((0, 1, 1), (A, C, B))) == {AC}
    assert reaching_one_state(Shape((0, 1, 0), (A, B, C))) == frozenset()


def test_nobody_and_everybody() -> None:
    assert nobody(line(A, B)) == frozenset()
    assert everybody(line(A)) == {AB, AC, BC}


def test_losers_never_acted() -> None:
    assert losers(line(B, B)) == ("A", "C")
    assert losers(line(A, B, C)) == ()


def test_handing_over_is_of_consecutive_winners_and_has_a_direction() -> None:
    assert handing_over(line(A, A)) == frozenset()
    assert handing_over(line(A, B, A)) == {AB}
    assert handing_over(line(B, A, C)) == {AB, AC}
    assert handing_over(line(A, B, A), least=2) == frozenset()
    assert handing_over(line(A, B, A, B), least=2) == {AB}
    assert handing_over(line(B, C, A, B, C), least=2) == {BC}


@pytest.mark.parametrize(
    ("walk", "rule", "tables", "networks"),
    [
        (Walk(loop(A, B, A)), "sarsa", {AB}, {AB}),
        (Walk(Shape((0, 0, 1), (A, A, B))), "sarsa", (), ()),
        (Walk(line(A, B, A)), "sarsa", (), {AB}),
        (Walk(line(A, A, B)), "sarsa", (), ()),
        (Walk(line(A, B, B), ((1, B), (2, A))), "q_learning", (), {AB}),
        (Walk(loop(A, B, B), ((0, A),)), "q_learning", {AB}, {AB}),
        (Walk(loop(A, B, B), ((0, B),)), "q_learning", (), ()),
        (Walk(line(A, B, C)), "expected_sarsa", (), {AB}),
        (Walk(Shape((0, 1, 1), (A, B, C))), "expected_sarsa", {AB}, {AB}),
        # A common cause at second hand: C's own block has been rewritten after reading A's.
        (Walk(line(A, C, A, C)), "sarsa", (), {AC}),
        (Walk(Shape((0, 1, 0, 1), (A, C, A, C))), "sarsa", {AC}, {AC}),
    ],
)
def test_what_was_rewritten_and_read(
    walk: Walk, rule: str, tables: object, networks: object
) -> None:
    assert derived(rule, TABLES, walk) == frozenset(tables)  # type: ignore[call-overload]
    assert derived(rule, NETWORKS, walk) == frozenset(networks)  # type: ignore[call-overload]


def test_causes_are_passed_on() -> None:
    # Step 1 (B) reads A's table entry, which step 0 has rewritten; step 3 (C) reads B's, rewritten by
    # step 1; nobody reads both, yet C depends on A's first error.
    shape = Shape((0, 1, 0, 2, 1), (A, B, A, C, B))
    assert derived("sarsa", TABLES, Walk(shape)) == {AB, AC, BC}


def test_one_batch_rewrites_nothing() -> None:
    for shape in SHAPES:
        assert derived("sarsa", BATCH, Walk(shape)) == frozenset()
        assert derived("expected_sarsa", BATCH, Walk(shape)) == reaching_one_state(shape)


def test_whole_shapes_break_where_a_target_reads_what_another_rewrote() -> None:
    for shape in SHAPES:
        for network in (False, True):
            broken = any(
                shape.actions[u] == shape.actions[t + 1] != shape.actions[t]
                and (network or shape.states[u] == shape.states[t + 1])
                for t in range(shape.steps - 1)
                for u in range(t)
            )
            how = NETWORKS if network else TABLES
            pairs = derived("sarsa", how, Walk(shape))
            assert bool(pairs) == broken, (shape, network)


def test_acyclic_tables_are_left_apart() -> None:
    acyclic = [shape for shape in SHAPES if shape.acyclic]
    for rule in ("sarsa", "expected_sarsa"):
        assert not any(derived(rule, TABLES, Walk(shape)) for shape in acyclic)
    assert not any(derived("q_learning", TABLES, walk) for walk in greedy_walks(acyclic))
