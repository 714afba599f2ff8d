"""Predicates on shapes, against small shapes worked out by hand and errors written out as sums."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from claims.theory._predicates import (
    all_pairs,
    consecutive,
    mutual_bootstrapping,
    never_acting,
    no_pairs,
    overlapping_windows,
    reaching_same_state,
)
from claims.theory._shapes import Episodes, Shape, all_shapes, mechanism

SHAPES = [*all_shapes(), *all_shapes(4, 2)]
AB, AC, BC = ("A", "B"), ("A", "C"), ("B", "C")
A, B, C = 0, 1, 2


def line(*actions: int, mechanisms: int = 3) -> Shape:
    """Make an acyclic shape."""
    return Shape(tuple(range(len(actions))), actions, mechanisms)


def loop(*actions: int) -> Shape:
    """Make a shape with one state."""
    return Shape((0,) * len(actions), actions)


def errors(
    shape: Shape, n: int, discount: Fraction, gae_lambda: Fraction | None
) -> list[dict[str, Fraction]]:
    """Write out each step's error as weights of rewards and bids, for n-step targets or λ-returns."""
    T = shape.steps
    bid = [f"Q{s},{k}" for s, k in zip(shape.states, shape.actions, strict=True)]
    forms = []
    for t in range(T):
        form: dict[str, Fraction] = {}

        def add(atom: str, weight: Fraction, form: dict[str, Fraction] = form) -> None:
            form[atom] = form.get(atom, Fraction(0)) + weight

        add(bid[t], Fraction(-1))
        for i in range(t, T if gae_lambda is not None else min(t + n, T)):
            decay = discount if gae_lambda is None else discount * gae_lambda
            add(f"r{i}", decay ** (i - t))
            if gae_lambda is not None and i + 1 < T:
                add(bid[i + 1], decay ** (i - t) * discount * (1 - gae_lambda))
        if gae_lambda is None and t + n < T:
            add(bid[t + n], discount**n)
        forms.append({atom: weight for atom, weight in form.items() if weight})
    return forms


def sharing(shape: Shape, forms: list[dict[str, Fraction]]) -> set[tuple[str, str]]:
    """Return the pairs whose errors have two atoms in common with the same ratio."""
    found = set()
    for t, u in itertools.combinations(range(shape.steps), 2):
        common = forms[t].keys() & forms[u].keys()
        ratios = [forms[t][atom] / forms[u][atom] for atom in common]
        if len(set(ratios)) < len(ratios) and shape.actions[t] != shape.actions[u]:
            j, k = sorted((shape.actions[t], shape.actions[u]))
            found.add((mechanism(j), mechanism(k)))
    return found


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_n_step_errors_share_a_sum_where_windows_overlap(n: int) -> None:
    for shape in SHAPES:
        written_out = sharing(shape, errors(shape, n, Fraction(99, 100), None))
        assert overlapping_windows(shape, n) == written_out, shape


def test_errors_of_lambda_returns_share_a_sum_where_windows_of_all_rewards_overlap() -> None:
    for shape in SHAPES:
        written_out = sharing(shape, errors(shape, 0, Fraction(99, 100), Fraction(95, 100)))
        assert overlapping_windows(shape, shape.steps) == written_out, shape


def test_undiscounted_single_step_errors_share_a_sum_where_each_bootstraps_from_the_other() -> None:
    for shape in SHAPES:
        written_out = sharing(shape, errors(shape, 1, Fraction(1), None))
        assert mutual_bootstrapping(shape) == written_out, shape


def test_overlapping_windows_counts_common_rewards() -> None:
    assert overlapping_windows(line(A, B), 2) == frozenset()
    assert overlapping_windows(line(A, B, C), 3) == {AB}
    assert overlapping_windows(line(A, B, C), 2) == frozenset()
    assert overlapping_windows(line(A, B, C), 2, least=1) == {AB, BC}
    assert overlapping_windows(line(A, B, C, A), 4) == {AB, AC, BC}
    assert overlapping_windows(line(A, B, C, A), 3) == {AB, BC}
    assert overlapping_windows(line(A, A, A, A), 4) == frozenset()


def test_reaching_same_state_ignores_the_terminal_state() -> None:
    assert reaching_same_state(loop(A, B)) == frozenset()
    assert reaching_same_state(loop(A, B, C)) == {AB}
    assert reaching_same_state(Shape((0, 1, 1), (A, C, B))) == {AC}
    assert reaching_same_state(Shape((0, 1, 0), (A, B, C))) == frozenset()
    # In a batch, not where an episode ends: A's and B's first steps reach state 1.
    assert reaching_same_state(Episodes((line(A, B), line(B, A)))) == {AB}
    assert reaching_same_state(Episodes((line(A, B), line(A, B)))) == frozenset()


def test_no_pairs_and_all_pairs() -> None:
    assert no_pairs(line(A, B)) == frozenset()
    assert all_pairs(line(A)) == {AB, AC, BC}


def test_never_acting() -> None:
    assert never_acting(line(B, B)) == ("A", "C")
    assert never_acting(line(A, B, C)) == ()


def test_consecutive_counts_pairs_in_one_order() -> None:
    assert consecutive(line(A, A)) == frozenset()
    assert consecutive(line(A, B, A)) == {AB}
    assert consecutive(line(B, A, C)) == {AB, AC}
    assert consecutive(line(A, B, A), least=2) == frozenset()
    assert consecutive(line(A, B), line(A, B), least=2) == {AB}
    assert consecutive(line(A, B), line(B, A), least=2) == frozenset()
    assert consecutive(line(A, B, A, B), least=2) == {AB}
    assert consecutive(line(B, C, A, B, C), least=2) == {BC}


@pytest.mark.parametrize(
    ("actions", "pairs"),
    [
        ((0, 0), set()),
        ((1, 0), {("A", "B")}),
        ((0, 2, 1), {("A", "C"), ("B", "C")}),
        ((0, 1, 0), {("A", "B")}),
    ],
)
def test_consecutive_in_either_order(actions: tuple[int, ...], pairs: set[tuple[str, str]]) -> None:
    assert consecutive(line(*actions)) == pairs
