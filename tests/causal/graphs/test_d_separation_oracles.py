"""d-separation compared with networkx and with moralisation."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest

from repro.causal.graphs.d_separation import Separation, _Neighbours, d_separated
from tests.causal.graphs.dags import (
    Parents,
    Query,
    digraph,
    labelled,
    layered,
    moral_separated,
    queries,
    random_dag,
    random_query,
    unlabelled,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def answers(parents: Parents, asked: Iterable[Query]) -> Iterator[bool]:
    """Answer each query with three implementations that must agree."""
    theirs = digraph(parents)
    for x, y, given in asked:
        answer = d_separated(parents, x, y, given)
        assert moral_separated(parents, x, y, given) == answer, (parents, x, y, given)
        assert nx.is_d_separator(theirs, set(x), set(y), set(given)) == answer
        yield answer


def queries_of_sets(n: int) -> Iterator[Query]:
    """Yield every assignment of each node to x, y, the conditioning set, or none."""
    for places in product("xyg.", repeat=n):
        x, y, given = (tuple(i for i in range(n) if places[i] == place) for place in "xyg")
        if x and y:
            yield x, y, given


@pytest.mark.slow
@pytest.mark.parametrize(("n", "graphs"), [(2, 3), (3, 25), (4, 543)])
def test_two_nodes_of_every_labelled_graph(n: int, graphs: int) -> None:
    every, asked = list(labelled(n)), list(queries(n))
    assert len(every) == graphs  # of Robinson's count, OEIS A003024
    found = [answer for parents in every for answer in answers(parents, asked)]
    assert len(found) == graphs * n * (n - 1) // 2 * 2 ** (n - 2)
    assert set(found) == {True, False}


@pytest.mark.slow
@pytest.mark.parametrize(("n", "graphs", "asked"), [(4, 31, queries_of_sets), (5, 302, queries)])
def test_one_graph_of_each_isomorphism_class(
    n: int, graphs: int, asked: Callable[[int], Iterator[Query]]
) -> None:
    every = list(unlabelled(n))
    assert len(every) == graphs  # OEIS A003087
    found = [answer for parents in every for answer in answers(parents, asked(n))]
    assert set(found) == {True, False}


def test_random_graphs_and_sets() -> None:
    rng = np.random.default_rng(3)
    separated = 0
    for _ in range(3000):
        n = int(rng.integers(6, 13))
        parents = random_dag(rng, n, density=rng.uniform(0.05, 0.5))
        separated += sum(answers(parents, [random_query(rng, n)]))
    assert 600 < separated < 2400


def test_all_connected_targets_are_found() -> None:
    rng = np.random.default_rng(4)
    found = 0
    for _ in range(500):
        n = int(rng.integers(6, 16))
        parents = random_dag(rng, n, density=rng.uniform(0.05, 0.4))
        sources, _, given = random_query(rng, n)
        targets = set(parents).difference(sources, given)
        expected = {
            node for node in targets if not moral_separated(parents, sources, (node,), given)
        }
        assert Separation(parents, given).connected(sources, targets) == expected
        found += expected < targets
    assert found > 100


def test_dense_layers_with_very_many_paths() -> None:
    """There are up to 4 ** 30 paths, too many for networkx."""
    rng = np.random.default_rng(5)
    found = []
    for width, depth, _ in product((2, 3, 4), (3, 10, 30), range(30)):
        parents = layered(width, depth)
        x, y = rng.choice(width * depth, 2, replace=False).tolist()
        given: set[int] = set()
        for layer in rng.choice(depth, 2):
            size = width if rng.random() < 0.8 else int(rng.integers(width))
            given.update((layer * width + rng.permutation(width)[:size]).tolist())
        given -= {x, y}
        separated = d_separated(parents, x, y, given)
        assert separated == moral_separated(parents, (x,), (y,), given), (width, depth, x, y, given)
        found.append(separated)
    assert 60 < sum(found) < 210


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[_Neighbours, int]]:
    """Count how often each list of parents and of children is read."""
    counts: Counter[tuple[_Neighbours, int]] = Counter()
    of = _Neighbours.of

    def counted(self: _Neighbours, number: int) -> list[int]:
        counts[self, number] += 1
        return of(self, number)

    monkeypatch.setattr(_Neighbours, "of", counted)
    return counts


def test_each_node_is_visited_at_most_once_for_each_direction(
    reads: Counter[tuple[_Neighbours, int]],
) -> None:
    rng = np.random.default_rng(6)
    for parents in (layered(4, 20), *(random_dag(rng, 40, 0.2) for _ in range(20))):
        sources, _, given = random_query(rng, len(parents))
        Separation(parents, given).connected(sources, set(parents).difference(sources, given))
    assert len(reads) > 500
    assert max(reads.values()) == 2


def test_the_search_stops_when_all_targets_are_found(
    reads: Counter[tuple[_Neighbours, int]],
) -> None:
    chain = {node: (node - 1,) if node else () for node in range(1000)}
    assert Separation(chain, ()).connected(0, {1, 3}) == {1, 3}
    assert reads.total() < 10


@pytest.mark.slow
@pytest.mark.parametrize("backwards", [False, True])
def test_a_long_chain_needs_no_recursion(backwards: bool) -> None:
    n = 20_000
    names = range(n - 1, -1, -1) if backwards else range(n)
    parents = {node: (node - 1,) if node else () for node in names}
    assert not d_separated(parents, 0, n - 1)
    assert d_separated(parents, 0, n - 1, n // 2)
