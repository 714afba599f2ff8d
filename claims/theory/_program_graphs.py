"""The graphs on which random programs run: small ones, traced ones, and ones with a given common effect.

Each question is about two gradients. Graphs that differ only in the numbering of nodes count once.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from claims.theory._classes import rows
from claims.theory._graphs import Question, all_questions
from claims.theory._shapes import Shape
from repro.causal import Role, audit, flattened_graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from repro.causal import Graph

    Named = dict[str, list[Question]]
    """Questions about all pairs of gradients, by what they belong to."""

HIDDEN, NODES = 3, 4
"""Largest number of hidden nodes of a small graph, and of all nodes of one with a given common effect."""
SHAPE = Shape((0, 1, 2, 3, 4), (0, 1, 2, 0, 1))
"""An acyclic episode of A, B, C, A, B: all windows of three steps overlap with the next one in two rewards."""
NORMALISED = ("reinforce, rule", "PPO, as trained", "PPOF, as trained")
"""Rules whose gradients share the normaliser of a softmax."""
TRACED = (
    *NORMALISED,
    "two_step, rule",
    "three_step, rule",
    "lambda_return, rule",
    "monte_carlo, rule",
    "monte_carlo, rule, by recursion",
    "sarsa, rule",
    "expected_sarsa, rule",
    "q_learning, rule",
    "CVS's utilities, not normalised",
    "CVS, as trained",
)
"""Rows of the classification (`claims.theory._classes`)."""


def small_questions(most: int = HIDDEN) -> list[Question]:
    """Return all graphs of two gradients, up to `most` hidden nodes, and an input that every node reads.

    Fewer readers of the input would be no other case: a function of a fixed number is a constant.
    """
    found = []
    for count in range(most + 1):
        ends = (count, count + 1)
        pairs = [*itertools.combinations(range(count), 2), *itertools.product(range(count), ends)]
        edges = itertools.chain.from_iterable(
            itertools.combinations(pairs, size) for size in range(len(pairs) + 1)
        )
        plain = [
            Question(
                {
                    node: tuple(p for p, child in chosen if child == node)
                    for node in range(count + 2)
                },
                ends,
                frozenset(),
            )
            for chosen in edges
        ]
        found += [_with_input(question) for question in up_to_renaming(plain)]
    return found


def conditioned_questions(most: int = NODES) -> list[Question]:
    """Return all questions about up to `most` nodes in which a given node has a hidden parent."""
    ordered = (
        q
        for q in all_questions(most)
        if not q.closed and all(p < node for node, above in q.parents.items() for p in above)
    )
    return up_to_renaming(ordered)


def up_to_renaming(questions: Iterable[Question]) -> list[Question]:
    """Keep the first of all questions that differ only in the numbering of nodes."""
    found: dict[object, Question] = {}
    for question in questions:
        found.setdefault(_code(question), question)
    return [*found.values()]


def traced_questions(*, at_most: bool) -> Named:
    """Return the pairs of gradients of each traced rule or learner.

    Args:
        at_most: whether every sum is shared that can be, in the graph that an audit shows; otherwise the
            graph has every number of the code as written.
    """
    by_name = {row.name: row for row in rows()}
    chosen = {name: (by_name[name].rule(SHAPE), by_name[name].inputs(SHAPE)) for name in TRACED}
    return {
        name: questions_of(audit(*code).graph if at_most else flattened_graph(*code))
        for name, code in chosen.items()
    }


def questions_of(graph: Graph) -> list[Question]:
    """Return the pairs of gradients of a flattened graph, given its functions and data."""
    number = {name: i for i, name in enumerate(graph.nodes)}
    parents = {
        number[name]: tuple(number[parent] for parent in above)
        for name, above in graph.parents.items()
    }
    inputs = (*graph.of(Role.FUNCTION), *graph.of(Role.DATA))
    given = frozenset(number[name] for name in inputs)
    pairs = itertools.combinations(sorted(graph.of(Role.GRADIENT)), 2)
    return [Question(parents, (number[one], number[two]), given) for one, two in pairs]


def separated_without_an_edge(question: Question) -> bool:
    """Return whether the ends are connected, and some edge is on all paths that connect them."""
    return not question.separated and any(one.separated for one in _without_an_edge(question))


def _without_an_edge(question: Question) -> Iterator[Question]:
    for node, above in question.parents.items():
        for parent in above:
            rest = tuple(p for p in above if p != parent)
            yield Question(question.parents | {node: rest}, question.ends, question.given)


def _with_input(question: Question) -> Question:
    new = len(question.parents)
    parents = {node: (*above, new) for node, above in question.parents.items()}
    return Question(parents | {new: ()}, question.ends, question.given | {new})


def _code(question: Question) -> tuple[tuple[int, ...], ...]:
    """Return the smallest code of all renamings: size, edges, ends, given nodes."""
    size = len(question.parents)
    edges = [(parent, node) for node, above in question.parents.items() for parent in above]
    return min(
        (
            (size,),
            tuple(sorted(new[parent] * size + new[node] for parent, node in edges)),
            tuple(sorted(new[end] for end in question.ends)),
            tuple(sorted(new[node] for node in question.given)),
        )
        for new in itertools.permutations(range(size))
    )
