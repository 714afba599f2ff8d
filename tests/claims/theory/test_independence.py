"""The claim on measured independence, with few repetitions, and one level that its report leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from claims.theory._dependence_tests import Family, family, judge, run_tests
from claims.theory._graphs import COLLIDER, Question
from claims.theory._program_graphs import (
    separated_without_an_edge,
    small_questions,
    traced_questions,
)
from claims.theory._program_runs import CODED, SMALL, SMOOTH, Run, run, select, through_an_effect
from claims.theory._random_programs import CANCELLING, cancelling, linear
from claims.theory.independence import cells, percent
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from claims.theory._dependence_tests import PairResult

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """Run small graphs, as the claim does, with other random numbers."""
    small = small_questions()
    return run(SMALL, (("", [q]) for q in small), SMOOTH, np.random.default_rng(20))


def test_small_graphs_are_reproduced_and_the_controls_are_not(runs: list[Run]) -> None:
    tested = select(runs, SMALL)
    true = family(SMALL, tested)
    assert judge([true]) is Verdict.REPRODUCED
    cut = [one for one in tested if separated_without_an_edge(one.question)]
    separated = [one for one in tested if one.question.separated]
    rng = np.random.default_rng(21)
    for wrong in (
        family("edge", cut, lambda _: True),
        family("connected", separated, lambda _: False),
        family("cancel", run_tests([CANCELLING], cancelling, 50, rng)),
        family(
            "ancestry",
            run_tests([COLLIDER], linear, 50, rng),
            lambda question: question.no_common_hidden_ancestor,
        ),
    ):
        assert judge([true, wrong]) is Verdict.NOT_REPRODUCED, wrong.label


def test_a_given_common_effect_is_found() -> None:
    """Given x, the gradients' correlation is 0.5 or more for all coefficients of the range."""
    found = family("given x", run_tests([COLLIDER], linear, 50, np.random.default_rng(3)))
    assert found.power is not None
    assert found.power.value > 0.9


@pytest.mark.parametrize("kind", SMOOTH)
def test_the_level_on_the_graph_of_cvs(kind: str) -> None:
    """800 tests of the pairs that are separated at most, three standard deviations; 3 of 60 shifts are 5 %."""
    pairs = [q for q in traced_questions(at_most=True)["CVS, as trained"] if q.separated]
    tested = run_tests(pairs, SMOOTH[kind], 400, np.random.default_rng(4), draws=60)
    found = np.concatenate([one.p_values <= 0.05 for one in tested])
    assert found.size == 800
    assert found.mean() == pytest.approx(0.05, abs=0.024)


def test_tests_are_selected(runs: list[Run]) -> None:
    first = runs[0]
    other = first._replace(family=CODED, graph="a rule", programs="others")
    both = [first, other]
    assert select(both, SMALL) == [first.tested]
    assert select(both, CODED, graph="a rule", programs="others") == [other.tested]
    assert not select(both, CODED, graph="another rule")
    assert len(select(runs, SMALL)) == len(runs)


def test_through_an_effect() -> None:
    nothing: frozenset[int] = frozenset()
    assert through_an_effect(COLLIDER)
    assert not through_an_effect(Question(COLLIDER.parents, (3, 4), nothing))
    assert not through_an_effect(Question({0: (), 1: (0,), 2: (0,)}, (1, 2), nothing))


def test_text() -> None:
    assert percent(0.05) == "5 %"
    assert percent(0.7) == "70 %"
    both = Family("graphs", (False,) * 10, (True, False))
    assert cells(both) == (12, 10, "0.0 % [0.0, 30.8]", 2, "50.0 % [1.3, 98.7]")
    none: list[PairResult] = []
    assert cells(family("graphs", none)) == (0, 0, None, 0, None)
