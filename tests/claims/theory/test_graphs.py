"""Small graphs with roles, and the shortcut that common ancestors are to d-separation."""

from __future__ import annotations

import numpy as np
import pytest

from claims.theory._graphs import Question, labelled, questions, random_questions
from repro.causal import Role

Parents = dict[int, tuple[int, ...]]


def test_as_many_graphs_as_there_are() -> None:
    # Robinson (1973): labelled graphs without a cycle.
    assert [sum(1 for _ in labelled(size)) for size in (1, 2, 3, 4)] == [1, 3, 25, 543]
    assert len({tuple(sorted(g.items())) for g in labelled(4)}) == 543


def test_as_many_questions_as_there_are() -> None:
    # Graphs, times pairs of ends, times subsets of the rest.
    assert sum(1 for _ in questions(3)) == 3 * 1 * 1 + 25 * 3 * 2


@pytest.mark.parametrize(
    ("parents", "given", "closed", "separated", "apart"),
    [
        ({0: (), 1: (), 2: (0, 1)}, set(), True, True, True),  # a common effect, hidden
        ({0: (2,), 1: (2,), 2: ()}, set(), True, False, False),  # a common cause, hidden
        ({0: (2,), 1: (2,), 2: ()}, {2}, True, True, True),  # and given
        ({0: (), 1: (), 2: (0, 1)}, {2}, False, False, True),  # a common effect, given
        ({0: (), 1: (2,), 2: (0,)}, set(), True, False, False),  # one makes the other
        ({0: (), 1: (2,), 2: (0,)}, {2}, False, True, False),  # through what is given
    ],
)
def test_questions_worked_out_by_hand(
    parents: Parents, given: set[int], closed: bool, separated: bool, apart: bool
) -> None:
    question = Question(parents, (0, 1), frozenset(given))
    assert question.closed is closed
    assert question.separated is question.separated_by_networkx is separated
    assert question.apart is apart


def test_random_questions_are_closed_and_vary() -> None:
    drawn = list(random_questions(np.random.default_rng(1), 200, (5, 8)))
    assert len(drawn) == 200
    assert all(question.closed and not question.given & {*question.ends} for question in drawn)
    assert {len(question.parents) for question in drawn} == {5, 6, 7, 8}
    assert 20 < sum(bool(question.given) for question in drawn) < 200
    assert 20 < sum(question.separated for question in drawn) < 180
    again = random_questions(np.random.default_rng(1), 200, (5, 8))
    assert list(again) == drawn


def test_a_question_drawn_for_people() -> None:
    graph = Question({0: (), 1: (0,), 2: (0,)}, (1, 2), frozenset({0})).graph(("x", "a", "b"))
    assert {name: (node.role, node.parents) for name, node in graph.nodes.items()} == {
        "x": (Role.DATA, ()),
        "a": (Role.GRADIENT, ("x",)),
        "b": (Role.GRADIENT, ("x",)),
    }
