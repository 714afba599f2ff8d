"""Small graphs, and d-separation compared with common ancestors."""

from __future__ import annotations

import numpy as np
import pytest

from claims.theory._graphs import Question, acyclic_graphs, all_questions, random_questions
from repro.causal import Role

Parents = dict[int, tuple[int, ...]]


def test_the_number_of_acyclic_graphs() -> None:
    # Robinson (1973): labelled acyclic graphs.
    assert [sum(1 for _ in acyclic_graphs(size)) for size in (1, 2, 3, 4)] == [1, 3, 25, 543]
    assert len({tuple(sorted(g.items())) for g in acyclic_graphs(4)}) == 543


def test_the_number_of_questions() -> None:
    # Graphs, times pairs of ends, times subsets of the rest.
    assert sum(1 for _ in all_questions(3)) == 3 * 1 * 1 + 25 * 3 * 2


@pytest.mark.parametrize(
    ("parents", "given", "closed", "separated", "unrelated"),
    [
        ({0: (), 1: (), 2: (0, 1)}, set(), True, True, True),  # a common effect, hidden
        ({0: (2,), 1: (2,), 2: ()}, set(), True, False, False),  # a common cause, hidden
        ({0: (2,), 1: (2,), 2: ()}, {2}, True, True, True),  # the same, given
        ({0: (), 1: (), 2: (0, 1)}, {2}, False, False, True),  # a common effect, given
        ({0: (), 1: (2,), 2: (0,)}, set(), True, False, False),  # one is an ancestor of the other
        ({0: (), 1: (2,), 2: (0,)}, {2}, False, True, False),  # through a given node
    ],
)
def test_questions_worked_out_by_hand(
    parents: Parents, given: set[int], closed: bool, separated: bool, unrelated: bool
) -> None:
    question = Question(parents, (0, 1), frozenset(given))
    assert question.closed is closed
    assert question.separated is question.separated_by_networkx is separated
    assert question.no_common_hidden_ancestor is unrelated


def test_random_questions_are_closed_and_vary() -> None:
    drawn = list(random_questions(np.random.default_rng(1), 200, (5, 8)))
    assert len(drawn) == 200
    assert all(question.closed and not question.given & {*question.ends} for question in drawn)
    assert {len(question.parents) for question in drawn} == {5, 6, 7, 8}
    assert 20 < sum(bool(question.given) for question in drawn) < 200
    assert 20 < sum(question.separated for question in drawn) < 180
    again = random_questions(np.random.default_rng(1), 200, (5, 8))
    assert list(again) == drawn


def test_the_graph_of_a_question() -> None:
    graph = Question({0: (), 1: (0,), 2: (0,)}, (1, 2), frozenset({0})).graph(("x", "a", "b"))
    assert {name: (node.role, node.parents) for name, node in graph.nodes.items()} == {
        "x": (Role.DATA, ()),
        "a": (Role.GRADIENT, ("x",)),
        "b": (Role.GRADIENT, ("x",)),
    }
