"""The graphs and programs of `theory.independence`, family by family, with the number of repetitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from claims.theory._dependence_tests import run_tests
from claims.theory._graphs import COLLIDER, random_questions
from claims.theory._program_graphs import (
    conditioned_questions,
    small_questions,
    traced_questions,
)
from claims.theory._random_programs import (
    CANCELLING,
    additive,
    cancelling,
    indexed,
    linear,
    random_phase,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from claims.theory._dependence_tests import PairResult
    from claims.theory._graphs import Question
    from claims.theory._random_programs import Programs

RANDOM, SIZES = 300, (5, 12)
SMOOTH: dict[str, Programs] = {"additive noise": additive, "a program selects a function": indexed}
CODED, AT_MOST = "traced rules, as coded", "traced rules, all sums shared that can be"
SMALL, LARGE = "all graphs of up to 3 hidden nodes", "random graphs of 5 to 12 nodes"
GIVEN, EFFECT = "given nodes with hidden parents", "connected through a given common effect alone"
COMMON = "h1 → x ← h2, h1 → δ1, h2 → δ2, given x"
CANCEL, PHASE = "two paths that cancel", "programs with a random phase"
REPETITIONS = {
    SMALL: 5,
    LARGE: 2,
    CODED: 14,
    AT_MOST: 16,
    GIVEN: 8,
    COMMON: 100,
    CANCEL: 200,
    PHASE: 4,
}
"""R for each pair of gradients and each kind of programs: about 550 tests of separated pairs per family."""


class Run(NamedTuple):
    """The tests of one pair of gradients with one kind of programs.

    Attributes:
        family: label.
        programs: kind of programs.
        graph: name of the rule, or "".
        tested: of each pair.
    """

    family: str
    programs: str
    graph: str
    tested: PairResult


def run(
    label: str,
    graphs: Iterable[tuple[str, Sequence[Question]]],
    programs: Mapping[str, Programs],
    rng: np.random.Generator,
) -> list[Run]:
    """Test all pairs of gradients of some graphs, each with all kinds of programs."""
    return [
        Run(label, kind, name, tested)
        for name, pairs in graphs
        for kind, code in programs.items()
        for tested in run_tests(pairs, code, REPETITIONS[label], rng)
    ]


def all_runs(seed: int) -> list[Run]:
    """Run everything; each family has its own random numbers."""
    rngs = np.random.default_rng(seed).spawn(8)
    small = small_questions()
    connected = [("", [q]) for q in small if not q.separated]
    large = list(random_questions(rngs[1], RANDOM, SIZES))
    gaussian: dict[str, Programs] = {"linear, Gaussian": linear}
    return [
        *run(SMALL, (("", [q]) for q in small), SMOOTH, rngs[0]),
        *run(LARGE, (("", [q]) for q in large), SMOOTH, rngs[1]),
        *run(CODED, traced_questions(at_most=False).items(), SMOOTH, rngs[2]),
        *run(AT_MOST, traced_questions(at_most=True).items(), SMOOTH, rngs[3]),
        *run(GIVEN, (("", [q]) for q in conditioned_questions()), gaussian, rngs[4]),
        *run(CANCEL, [("", [CANCELLING])], {"linear, coefficients 1 and -1": cancelling}, rngs[5]),
        *run(PHASE, connected, {"cosines": random_phase}, rngs[6]),
        *run(COMMON, [("", [COLLIDER])], gaussian, rngs[7]),
    ]


def select(runs: Sequence[Run], label: str, **wanted: str) -> list[PairResult]:
    """Return the tests of a family, of one kind of programs or one graph."""
    return [
        one.tested
        for one in runs
        if one.family == label and all(getattr(one, name) == x for name, x in wanted.items())
    ]


def through_an_effect(question: Question) -> bool:
    """Return whether only a given common effect connects two gradients."""
    return not question.separated and question.no_common_hidden_ancestor
