"""Random programs: what each kind computes, against closed forms, and by hand for the order of nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.theory import _random_programs as programs
from claims.theory._graphs import COLLIDER, Question
from repro.errors import ClaimError
from repro.statistics import independence_p_value

if TYPE_CHECKING:
    from claims.theory._random_programs import Floats, Programs

SMOOTH = [programs.additive, programs.indexed]
FORK = Question({0: (), 1: (0, 3), 2: (0,), 3: ()}, (1, 2), frozenset({3}))
"""A hidden node that two gradients share; one of them reads an input."""
APART = Question({0: (), 1: (), 2: (0, 4), 3: (1, 4), 4: ()}, (2, 3), frozenset({4}))
"""A hidden node for each gradient, and an input that both read."""


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def found(question: Question, code: Programs, repetitions: int = 100, draws: int = 60) -> float:
    """Return the share of repetitions in which the gradients test dependent."""
    ends = code(question, repetitions, draws, rng())
    return float(np.mean([independence_p_value(x, y) <= 0.05 for x, y in zip(*ends, strict=True)]))


def test_nodes_are_computed_in_order_from_hidden_and_given_parents() -> None:
    """1 adds up 1; 2 reads 1: 1 + 1; 3 reads 1, 2 and given 0: 1 + 1 + 2; 5 reads no other: 1; 6 is unused."""
    question = Question(
        {3: (0, 1, 2), 2: (1,), 1: (0,), 0: (), 5: (4, 0), 4: (), 6: (4,)},
        (3, 5),
        frozenset({0, 4}),
    )
    seen: list[tuple[int, ...]] = []

    def step(hidden: Floats, given: Floats, size: int, _rng: np.random.Generator) -> Floats:
        seen.append((hidden.shape[-1], given.shape[-1], size))
        return np.tile(1 + hidden.sum(-1, keepdims=True), size)

    first, second = programs._run(step, question, (2, 3), rng())
    assert first.shape == second.shape == (2, 3, programs.PARAMETERS)
    assert (first == 4).all()
    assert (second == 1).all()
    size = programs.PARAMETERS
    assert sorted(seen) == [(0, 1, 1), (0, 2, size), (1, 0, 1), (2, 1, size)]


def test_given_nodes_have_one_value_in_all_draws() -> None:
    """The value is another one in each repetition, and the same for all who read it."""
    values: list[Floats] = []

    def step(hidden: Floats, given: Floats, size: int, _rng: np.random.Generator) -> Floats:
        values.append(given)
        return np.zeros((*hidden.shape[:2], size))

    programs._run(step, APART, (5, 3), rng())
    assert [value.shape for value in values] == [(5, 0), (5, 0), (5, 1), (5, 1)]
    assert np.array_equal(values[2], values[3])
    assert len(np.unique(values[2])) == 5


@pytest.mark.parametrize("code", [*SMOOTH, programs.random_phase])
def test_a_given_node_with_a_hidden_parent_cannot_be_fixed(code: Programs) -> None:
    with pytest.raises(ClaimError, match=r"given Question.*use linear programs"):
        code(COLLIDER, 1, 2, rng())


@pytest.mark.parametrize("code", SMOOTH)
def test_only_gradients_that_share_a_hidden_node_are_dependent(code: Programs) -> None:
    assert found(FORK, code) > 0.8
    assert found(APART, code) <= 0.12  # of 100 tests at the level 0.05, three standard deviations


@pytest.mark.parametrize(
    ("code", "variance"), [(programs.additive, 1 + programs.NOISE**2), (programs.indexed, 1.0)]
)
def test_values_are_scaled(code: Programs, variance: float) -> None:
    for end in code(FORK, 3, 20_000, rng()):
        assert np.allclose(end.mean(1), 0, atol=0.01)
        assert np.allclose(end.var(1), variance, atol=0.02)


def test_a_program_without_hidden_parents_is_noise() -> None:
    alone = Question({0: (2,), 1: (2,), 2: ()}, (0, 1), frozenset({2}))
    first, _ = programs.additive(alone, 1, 20_000, rng())
    assert np.std(first) == pytest.approx(1, abs=0.02)
    assert np.corrcoef(first[0].T)[0, 1] == pytest.approx(0, abs=0.03)
    assert np.quantile(first, 0.975) == pytest.approx(1.96, abs=0.05)


def test_a_network_reads_all_parents() -> None:
    """With the same weights, another value of a hidden or given parent gives other numbers."""
    hidden, given = rng(1).normal(size=(1, 4, 2)), rng(2).normal(size=(1, 2))
    base = programs._network(hidden, given, 3, rng())
    assert base.shape == (1, 4, 3)
    for i in range(2):
        moved = hidden.copy(), given.copy()
        moved[0][0, 1, i] += 1
        changed = programs._network(moved[0], given, 3, rng()) != base
        assert changed[0].any(-1).tolist() == [False, True, False, False]
        moved[1][0, i] += 1
        assert (programs._network(hidden, moved[1], 3, rng()) != base).any(-1).all()


def test_a_random_phase_hides_dependence() -> None:
    assert not FORK.separated
    assert found(FORK, programs.random_phase) <= 0.12
    first, _ = programs.random_phase(FORK, 2, 20_000, rng())
    assert np.mean(first**2) == pytest.approx(0.5, abs=0.01)


def test_paths_that_cancel() -> None:
    assert not programs.CANCELLING.separated
    first, second = programs.cancelling(programs.CANCELLING, 1, 50_000, rng())
    assert np.var(first) == pytest.approx(1 + programs.NOISE**2, rel=0.02)
    assert np.var(second) == pytest.approx(1 + programs.NOISE**2, rel=0.02)
    assert np.corrcoef(first[0, :, 0], second[0, :, 0])[0, 1] == pytest.approx(0, abs=0.015)


def correlation(question: Question) -> Floats:
    """Return the absolute correlation of the ends in three repetitions of linear programs."""
    first, second = programs.linear(question, 3, 40_000, rng())
    assert first.shape == second.shape == (3, 40_000, 1)
    return np.array(
        [abs(np.corrcoef(x[:, 0], y[:, 0])[0, 1]) for x, y in zip(first, second, strict=True)]
    )


def test_linear_programs_given_other_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """With coefficients ±1 and noise of variance 0.04, x = ±h1 ± h2 + n has variance 2.04.

    Given x, δ1 has variance 1.04 - 1 / 2.04, and its covariance with δ2 is ±1 / 2.04.
    """
    monkeypatch.setattr(programs, "COEFFICIENTS", (1.0, 1.0))
    rest = 1 / 2.04
    assert correlation(COLLIDER) == pytest.approx(rest / (1.04 - rest), abs=0.01)
    parents = COLLIDER.parents
    assert correlation(Question(parents, (3, 4), frozenset())) == pytest.approx(0, abs=0.015)
    chain = Question({0: (), 1: (0,), 2: (1,), 3: (1,)}, (2, 3), frozenset({1}))
    assert correlation(chain) == pytest.approx(0, abs=0.015)
    # Given h as well, nothing is left of what x said.
    both = Question(parents, (3, 4), frozenset({0, 2}))
    assert correlation(both) == pytest.approx(0, abs=0.015)
    fork = Question({0: (), 1: (0,), 2: (0,)}, (1, 2), frozenset())
    assert correlation(fork) == pytest.approx(1 / 1.04, abs=0.01)


def test_values_of_given_nodes_are_drawn() -> None:
    """δ1 given x has the mean E[h1 | x], which depends on the value of x."""
    first, _ = programs.linear(COLLIDER, 2000, 500, rng())
    means = first.mean((1, 2))
    assert np.std(means) > 0.4
    assert np.std(means) < 1


@pytest.mark.parametrize("code", [*SMOOTH, programs.linear, programs.random_phase])
def test_the_same_generator_gives_the_same_draws(code: Programs) -> None:
    one, other, another = (np.stack(code(FORK, 2, 5, rng(seed))) for seed in (3, 3, 4))
    assert np.array_equal(one, other)
    assert not np.array_equal(one, another)
