"""The graphs on which random programs run: how many there are, and what they say of traced rules."""

from __future__ import annotations

import itertools

import networkx as nx
import pytest

from claims.theory._classes import rows
from claims.theory._graphs import COLLIDER, Question, all_questions
from claims.theory._program_graphs import (
    NORMALISED,
    SHAPE,
    TRACED,
    conditioned_questions,
    questions_of,
    separated_without_an_edge,
    small_questions,
    traced_questions,
    up_to_renaming,
)
from claims.theory._shapes import mechanism
from repro.causal import Graph, Node, Role, audit

NOTHING: frozenset[int] = frozenset()


def labelled_graph(question: Question) -> nx.DiGraph:
    made = nx.DiGraph()
    for node, above in question.parents.items():
        made.add_node(node, kind=(node in question.ends, node in question.given))
        made.add_edges_from((parent, node) for parent in above)
    return made


def same(one: Question, other: Question) -> bool:
    return bool(
        nx.is_isomorphic(
            labelled_graph(one),
            labelled_graph(other),
            node_match=lambda x, y: x["kind"] == y["kind"],
        )
    )


def test_small_graphs_by_hand() -> None:
    """Without a hidden node one graph; with one, it leads to none, one or both of the gradients."""
    assert len(small_questions(0)) == 1
    one = small_questions(1)[1:]
    assert [question.separated for question in one] == [True, True, False]


def test_small_graphs_are_all_and_each_once() -> None:
    """Two hidden nodes have 2⁵ graphs in one order of nodes; networkx sorts them into classes."""
    found = small_questions(2)[4:]
    assert not any(same(one, other) for one, other in itertools.combinations(found, 2))
    pairs = [(0, 1), *itertools.product((0, 1), (2, 3))]
    for size in range(len(pairs) + 1):
        for chosen in itertools.combinations(pairs, size):
            parents = {node: (*(p for p, child in chosen if child == node), 4) for node in range(4)}
            question = Question(parents | {4: ()}, (2, 3), frozenset({4}))
            assert sum(same(question, one) for one in found) == 1


def test_in_small_graphs_every_node_reads_the_input() -> None:
    for question in small_questions():
        (given,) = question.given
        assert question.closed
        assert question.parents[given] == ()
        assert all(given in above for node, above in question.parents.items() if node != given)
        assert not set(question.ends) & {p for above in question.parents.values() for p in above}


def test_questions_with_given_effects_are_all_and_each_once() -> None:
    found = conditioned_questions(3)
    assert not any(same(one, other) for one, other in itertools.combinations(found, 2))
    for question in all_questions(3):
        assert sum(same(question, one) for one in found) == (not question.closed)
    assert any(
        not one.separated and one.no_common_hidden_ancestor for one in conditioned_questions()
    )


def test_renaming_keeps_the_first() -> None:
    one = Question({0: (), 1: (0,), 2: ()}, (0, 1), frozenset({2}))
    renamed = Question({2: (), 0: (2,), 1: ()}, (0, 2), frozenset({1}))
    reverse = Question({0: (1,), 1: (), 2: ()}, (0, 1), frozenset({2}))
    other_ends = Question({0: (), 1: (0,), 2: ()}, (0, 2), frozenset({1}))
    other_given = Question({0: (), 1: (0,), 2: ()}, (0, 1), NOTHING)
    found = up_to_renaming([one, renamed, other_ends, reverse, other_given])
    assert found == [one, other_ends, other_given]


def test_questions_of_a_graph() -> None:
    graph = Graph(
        [
            Node("f", Role.FUNCTION),
            Node("r", Role.DATA),
            Node("h", Role.HIDDEN, ("f", "r")),
            Node("C", Role.GRADIENT, ("r",)),
            Node("A", Role.GRADIENT, ("h", "f")),
            Node("B", Role.GRADIENT, ("h",)),
        ]
    )
    number = {name: i for i, name in enumerate(graph.nodes)}
    found = questions_of(graph)
    assert [one.ends for one in found] == [
        (number[a], number[b]) for a, b in (("A", "B"), ("A", "C"), ("B", "C"))
    ]
    assert [one.separated for one in found] == [False, True, True]
    assert {one.given for one in found} == {frozenset({number["f"], number["r"]})}
    assert found[0].parents[number["A"]] == (number["h"], number["f"])


@pytest.mark.slow
@pytest.mark.parametrize("at_most", [False, True])
def test_traced_graphs_say_what_the_audits_say(at_most: bool) -> None:
    by_name = {row.name: row for row in rows()}
    pairs = list(itertools.combinations(map(mechanism, range(SHAPE.mechanisms)), 2))
    for name, questions in traced_questions(at_most=at_most).items():
        audited = audit(by_name[name].rule(SHAPE), by_name[name].inputs(SHAPE))
        joined = audited.joined_at_most if at_most else audited.joined_as_coded
        assert not audited.limits
        assert not audited.approximated
        assert all(one.closed for one in questions)
        connected = {pair for pair, one in zip(pairs, questions, strict=True) if not one.separated}
        assert connected == joined, name
        assert name not in NORMALISED or len(connected) == 3


def test_rules_of_every_kind_are_traced() -> None:
    kinds = {row.name: row.kind for row in rows()}
    assert {kinds[name].name for name in TRACED} == {"POLICY_GRADIENT", "N_STEP", "SINGLE_STEP"}


def test_one_edge_can_separate() -> None:
    fork = Question({0: (), 1: (0,), 2: (0,)}, (1, 2), NOTHING)
    assert separated_without_an_edge(fork)
    assert not separated_without_an_edge(Question({0: (), 1: (0,), 2: ()}, (1, 2), NOTHING))
    two = Question({0: (), 1: (), 2: (0, 1), 3: (0, 1)}, (2, 3), NOTHING)
    assert not two.separated
    assert not separated_without_an_edge(two)
    assert separated_without_an_edge(COLLIDER)
