"""The readable graph separates the same pairs as the graph of every number."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor

from repro.causal import Answer, Graph, Role, Verdict, audit, d_separated, flattened_graph
from tests.causal.auditing.codings import MONTE_CARLO, REINFORCE, inputs, n_step
from tests.causal.tracing.programs import Program, programs

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)
RULES = {**REINFORCE, **MONTE_CARLO, **{f"three-step, {n}": r for n, r in n_step(3).items()}}


def joined(graph: Graph, pairs: Any) -> set[tuple[str, str]]:  # noqa: ANN401 - any pairs
    """Find the pairs of gradients that a graph's data and functions do not separate."""
    given_nodes = [n.name for n in graph.nodes.values() if n.role in {Role.DATA, Role.FUNCTION}]
    return {
        (a, b)
        for a, b in pairs
        if not d_separated(graph, {f"gradient of {a}"}, {f"gradient of {b}"}, given_nodes)
    }


def shown(verdict: Verdict) -> set[tuple[str, str]]:
    """Get the pairs that a verdict's graph joins: at most, or as coded if only code joins them."""
    if verdict.joined_as_coded and not verdict.joined_at_most:
        return set(verdict.joined_as_coded)
    return set(verdict.joined_at_most)


@pytest.mark.parametrize("name", RULES)
def test_both_graphs_separate_what_the_verdict_separates(name: str) -> None:
    rule, given_inputs = RULES[name], inputs()
    verdict = audit(rule, given_inputs)
    assert joined(verdict.graph, verdict.pairs) == shown(verdict)
    whole = flattened_graph(rule, given_inputs)
    assert joined(whole, verdict.pairs) == verdict.joined_as_coded
    assert len(verdict.graph.nodes) < len(whole.nodes)


@pytest.mark.slow
@given(programs())
def test_random_programs_too(program: Program) -> None:
    verdict = audit(program.rule, program.inputs)
    assert joined(verdict.graph, verdict.pairs) == shown(verdict)
    whole = flattened_graph(program.rule, program.inputs)
    assert joined(whole, verdict.pairs) == verdict.joined_as_coded
    assert verdict.joined_as_coded.isdisjoint(
        pair for pair, answer in verdict.pairs.items() if answer is Answer.MODULAR
    )


def _normalised(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
    return {name: reward * (bids[k] - bids.logsumexp(0)) for k, name in enumerate("ab")}


SMALL = {"bids": BIDS[:2], "reward": torch.tensor(0.7, dtype=torch.float64)}
LSE = "log-sum-exp: log(exp(bids[0]) + exp(bids[1]))"


def test_a_small_graph_in_full() -> None:
    """bids[0], bids[1] -> log-sum-exp -> gradients <- bids, reward."""
    nodes = audit(_normalised, SMALL).graph.nodes
    hidden = {name for name, node in nodes.items() if node.role is Role.HIDDEN}
    assert LSE in hidden
    assert nodes["gradient of a"].role is Role.GRADIENT
    assert {n for n, node in nodes.items() if node.role is Role.DATA} == {
        "bids[0]",
        "bids[1]",
        "reward",
    }
    assert nodes[LSE].label == "log-sum-exp"


def test_the_full_graph_distinguishes_functions_and_data() -> None:
    graph = flattened_graph(_normalised, SMALL, functions=["bids"])
    roles = {name: node.role for name, node in graph.nodes.items()}
    assert roles["bids[0]"] is Role.FUNCTION
    assert roles["reward"] is Role.DATA
    assert roles["gradient of b"] is Role.GRADIENT
    labels = [node.label for node in graph.nodes.values() if node.role is Role.HIDDEN]
    assert labels.count("exponential") == 2
    assert labels.count("log-sum-exp") == 1


def test_observed_values_are_data_with_parents() -> None:
    graph = flattened_graph(
        _normalised,
        SMALL,
        functions=["bids"],
        execution=lambda bids, reward: bids.logsumexp(0),  # noqa: ARG005
    )
    (seen,) = [n for n in graph.nodes.values() if n.role is Role.DATA and n.parents]
    assert seen.label == "log-sum-exp"
    pairs = [("a", "b")]
    assert joined(graph, pairs) == set()


def test_many_inputs_are_grouped_by_tensor() -> None:
    generator = torch.Generator().manual_seed(0)
    many = torch.randn(5, 6, generator=generator, dtype=torch.float64)

    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {f"m{k}": bids.log_softmax(1)[:, k] for k in range(6)}

    verdict = audit(rule, {"bids": many})
    names = [n.name for n in verdict.graph.nodes.values() if n.role is Role.DATA]
    assert names == ["bids"]
    assert joined(verdict.graph, verdict.pairs) == shown(verdict) == set(verdict.pairs)
    assert len(verdict.graph.nodes) < 60


def test_equal_descriptions_get_unique_names() -> None:
    generator = torch.Generator().manual_seed(0)
    many = torch.randn(3, 40, generator=generator, dtype=torch.float64)

    def rule(bids: Tensor) -> dict[str, Tensor]:
        deep = bids.logsumexp(1).sin().exp().cos().exp().sin().exp().cos()
        return {"a": deep.exp().sum(), "b": deep.sin().sum(), "c": deep[1:].exp().sum()}

    graph = audit(rule, {"bids": many}).graph
    whole = flattened_graph(rule, {"bids": many})
    assert len(whole.nodes) == len({node.name for node in whole.nodes.values()})
    assert joined(graph, [("a", "b"), ("a", "c"), ("b", "c")]) == {
        ("a", "b"),
        ("a", "c"),
        ("b", "c"),
    }


def test_a_zero_gradient_has_no_parents() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids[0].exp(), "b": bids[1] * 0}

    graph = audit(rule, {"bids": BIDS}).graph
    assert graph.nodes["gradient of b"].parents == ()


def test_names_of_mechanisms_and_inputs_do_not_collide() -> None:
    def rule(a: Tensor) -> dict[str, Tensor]:
        return {"a": a[0].exp(), "gradient of a": a[1].exp()}

    verdict = audit(rule, {"a": BIDS})
    assert verdict.answer is Answer.MODULAR
    ends = [n for n in verdict.graph.nodes.values() if n.role is Role.GRADIENT]
    assert len(ends) == 2


@pytest.mark.parametrize("name", ["gradient of a", "gradient of b", "an untracked number", "x[0]"])
def test_odd_names_of_inputs(name: str) -> None:
    def rule(**given: Tensor) -> dict[str, Tensor]:
        return {"a": given[name].exp() * given["x"][0], "b": given["x"][1].exp()}

    odd = {name: torch.tensor(0.4, dtype=torch.float64), "x": BIDS}
    verdict = audit(rule, odd)
    assert verdict.answer is Answer.MODULAR
    roles = [node.role for node in verdict.graph.nodes.values()]
    assert roles.count(Role.GRADIENT) == 2
    assert roles.count(Role.DATA) == 3
    assert len(flattened_graph(rule, odd).nodes) == 2 + 3 + 3
