"""Counting and judging tests of dependence, on samples and families made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from claims.theory._dependence_tests import ALPHA, Family, PairResult, family, judge, run_tests
from claims.theory._graphs import Question
from repro.verdicts import Verdict

APART = Question({0: (), 1: ()}, (0, 1), frozenset())
JOINED = Question({0: (), 1: (0,)}, (0, 1), frozenset())
REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE = (
    Verdict.REPRODUCED,
    Verdict.NOT_REPRODUCED,
    Verdict.INCONCLUSIVE,
)


def counted(
    dependent: int, separated: int, found: int = 0, connected: int = 0, *, judged: bool = True
) -> Family:
    return Family(
        "graphs",
        tuple(i < dependent for i in range(separated)),
        tuple(i < found for i in range(connected)),
        judged,
    )


def outcome(question: Question, p_values: list[float], adjusted: list[float]) -> PairResult:
    return PairResult(question, np.array(p_values), np.array(adjusted))


def copies(
    question: Question, repetitions: int, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return two equal gradients, or independent ones if the graph separates them."""
    one, other = rng.normal(size=(2, repetitions, draws, 1))
    return one, other if question.separated else one


def test_pairs_of_one_graph_are_corrected_together() -> None:
    """Equal numbers give the smallest p-value of 40 draws, 1/40; of three pairs, it counts three times."""
    rng = np.random.default_rng(0)
    joined, apart, again = run_tests([JOINED, APART, JOINED], copies, 5, rng, draws=40)
    assert joined.p_values.tolist() == again.p_values.tolist() == [1 / 40] * 5
    smallest = np.minimum(apart.p_values, 1 / 40)
    assert joined.adjusted.tolist() == pytest.approx([3 / 40] * 5)
    assert (smallest == 1 / 40).all()
    assert (apart.adjusted >= apart.p_values).all()
    (alone,) = run_tests([JOINED], copies, 5, rng, draws=40)
    assert alone.adjusted.tolist() == alone.p_values.tolist() == [1 / 40] * 5


def test_separated_pairs_count_without_correction_and_connected_ones_with_it() -> None:
    of_both = [
        outcome(APART, [0.05, 0.06, 0.01], [0.1, 0.1, 0.1]),
        outcome(JOINED, [0.01, 0.01, 0.01], [0.05, 0.051, 0.2]),
    ]
    found = family("graphs", of_both)
    assert found.separated == (True, False, True)
    assert found.connected == (True, False, False)
    reverse = family("graphs", of_both, lambda question: not question.separated, judged=False)
    assert reverse.separated == (True, True, True)
    assert reverse.connected == (False, False, False)
    assert found.judged
    assert not reverse.judged


def test_shares_have_exact_intervals() -> None:
    """Of n cases none, at most 1 - 0.025^(1/n) is excluded (Clopper and Pearson)."""
    found = counted(0, 10, 3, 4)
    assert found.level is not None
    assert found.power is not None
    assert found.level.high == pytest.approx(1 - 0.025**0.1)
    assert found.power.value == 0.75
    assert counted(0, 0).level is None
    assert counted(0, 0).power is None


@pytest.mark.parametrize(
    ("families", "expected"),
    [
        ([counted(30, 600, 95, 100)], REPRODUCED),
        ([counted(30, 600), counted(0, 0, 95, 100)], REPRODUCED),
        # More than the level, but not significantly, and the upper end is below twice the level.
        ([counted(39, 600, 95, 100)], REPRODUCED),
        ([counted(2, 30, 95, 100)], INCONCLUSIVE),
        ([counted(5, 600, 95, 100)], REPRODUCED),
        ([counted(30, 600, 75, 100)], INCONCLUSIVE),
        ([counted(30, 600, 65, 100)], INCONCLUSIVE),
        ([counted(30, 600, 50, 100)], NOT_REPRODUCED),
        ([counted(90, 600, 95, 100)], NOT_REPRODUCED),
        ([counted(30, 600, 95, 100), counted(20, 20)], NOT_REPRODUCED),
        ([counted(30, 600, 95, 100), counted(0, 0, 10, 100)], NOT_REPRODUCED),
        # One kind of pairs alone shows nothing.
        ([counted(30, 600)], INCONCLUSIVE),
        ([counted(0, 0, 95, 100)], INCONCLUSIVE),
        ([], INCONCLUSIVE),
    ],
)
def test_judge(families: list[Family], expected: Verdict) -> None:
    assert judge(families) is expected


def test_an_excess_must_be_significant_after_correction() -> None:
    """5 of 30 have p = 0.016 at the level 0.05: significant alone, and not among ten families."""
    excess, other = counted(5, 30, 95, 100), counted(25, 600, 95, 100)
    assert ALPHA == 0.05
    assert judge([excess]) is NOT_REPRODUCED
    assert judge([excess, *[other] * 9]) is INCONCLUSIVE
