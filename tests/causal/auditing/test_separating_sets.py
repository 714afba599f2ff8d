"""What would have to be given: compared with all subsets, tried one by one by d-separation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from repro.causal import audit, d_separated
from repro.causal.auditing import separating_sets
from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.auditing.separating_sets import separating_set
from repro.causal.symbolic.expressions import ExpressionGraph


def random_graph(seed: int) -> DependenceGraph:
    """Two gradients of random programs of four inputs; in every other graph, a value is observed."""
    generator = np.random.default_rng(seed)
    e = ExpressionGraph()
    nodes = [e.root("input", 0, k) for k in range(4)]
    for k in range(int(generator.integers(3, 10))):
        parents = generator.choice(nodes, size=min(2, len(nodes)), replace=False)
        nodes.append(e.apply(f"program {k}", tuple(map(int, parents))))
    later = nodes[4:]
    ends = {name: [int(x) for x in generator.choice(later, size=2, replace=False)] for name in "ab"}
    observed = [int(generator.choice(later))] if seed % 2 else []
    return DependenceGraph(e, ends, observed)


def separates(graph: DependenceGraph, given: set[int]) -> bool:
    parents = {**graph.parents, -1: graph.ends("a"), -2: graph.ends("b")}
    return d_separated(parents, [-1], [-2], graph.given | given)


def smallest(graph: DependenceGraph, most: int) -> list[set[int]] | None:
    """All smallest sets of shared variables that separate; None if there is none."""
    shared = sorted(graph.hidden("a") & graph.hidden("b"))
    for size in range(min(most, len(shared)) + 1):
        found = [set(some) for some in itertools.combinations(shared, size)]
        if sets := [some for some in found if separates(graph, some)]:
            return sets
    return None


@pytest.mark.parametrize("seed", range(300))
def test_no_smaller_set_separates(seed: int) -> None:
    graph = random_graph(seed)
    found = separating_set(graph, "a", "b", lambda _i: 0)
    expected = smallest(graph, separating_sets.MOST)
    assert (None if found is None else set(found) in (expected or [])) == (
        None if expected is None else True
    )


def test_the_random_graphs_are_of_all_kinds() -> None:
    sizes = [
        None if sets is None else len(sets[0])
        for sets in (smallest(random_graph(seed), 12) for seed in range(300))
    ]
    assert {None, 0, 1, 2} <= set(sizes)


def test_of_equally_small_sets_the_least_obscure_is_taken() -> None:
    for seed in range(100):
        graph = random_graph(seed)
        sets = smallest(graph, separating_sets.MOST)
        for wanted in sets or []:
            found = separating_set(graph, "a", "b", lambda i, w=wanted: 0 if i in w else 2)  # type: ignore[misc]
            assert set(found or ()) == wanted


def test_a_set_that_is_too_large_is_not_sought(monkeypatch: pytest.MonkeyPatch) -> None:
    e = ExpressionGraph()
    x, y = e.root("input", 0, 0), e.root("input", 0, 1)
    shared = [e.apply(f"program {k}", (x, y)) for k in range(3)]
    graph = DependenceGraph(e, {"a": shared, "b": shared[::-1]})
    assert separating_set(graph, "a", "b", lambda _i: 0) == tuple(shared)
    monkeypatch.setattr(separating_sets, "MOST", 2)
    assert separating_set(graph, "a", "b", lambda _i: 0) is None


def softmax(bids: torch.Tensor) -> dict[str, torch.Tensor]:
    normaliser = bids.logsumexp(0)
    return {name: (bids[k] - normaliser).exp() for k, name in enumerate("abc")}


def test_given_the_normaliser_softmax_gradients_are_independent() -> None:
    verdict = audit(softmax, {"bids": torch.tensor([0.3, 0.1, -0.4])})
    for pair in verdict.pairs:
        (given,) = verdict.separating_set(*pair) or ()
        assert given.name == "log-sum-exp"
        assert given.expression == "log(exp(bids[0]) + exp(bids[1]) + exp(bids[2]))"
        assert verdict.separating_set(*pair[::-1]) == (given,)


def test_a_normaliser_between_exponentials_opens_a_path_when_it_is_given() -> None:
    """Given the sum, its terms depend on each other, and both gradients use their terms again."""

    def divided(bids: torch.Tensor) -> dict[str, torch.Tensor]:
        weights = bids.exp()
        return {name: weights[k] / weights.sum() for k, name in enumerate("ab")}

    verdict = audit(divided, {"bids": torch.tensor([0.3, 0.1])})
    given = verdict.separating_set("a", "b") or ()
    assert sorted(one.name for one in given) == ["exponential", "softmax normaliser"]


def test_a_pair_that_shares_nothing_needs_nothing() -> None:
    verdict = audit(
        lambda bids: {"a": bids[0].exp(), "b": bids[1].exp()}, {"bids": torch.tensor([0.3, 0.1])}
    )
    assert verdict.separating_set("a", "b") == ()
