"""Changes of hidden values in the running rule, compared with effects derived by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, Intervention, audit
from repro.causal.auditing.dependence import DependenceGraph
from repro.causal.auditing.intervention_check import intervention_check
from repro.causal.auditing.rule_run import AuditTarget, trace_rule
from repro.causal.symbolic.naming import Naming
from tests.causal.auditing.codings import MONTE_CARLO, REINFORCE, inputs, n_step
from tests.causal.auditing.detours import written_and_returned

if TYPE_CHECKING:
    from collections.abc import Callable

FUSED = MONTE_CARLO["cumulative"]
BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


def checked(rule: Callable[..., dict[str, Any]], **how: Any) -> dict[str, Intervention]:  # noqa: ANN401 - as audit takes
    verdict = audit(rule, {"bids": BIDS}, verify=True, **how)
    return {one.variable: one for one in verdict.interventions}


def _normalised(bids: Tensor) -> dict[str, Tensor]:
    squares = bids * bids
    total = squares[0].exp() + squares[1].exp()
    return {"a": squares[0] / total, "b": squares[1] / total, "c": squares[2].sin()}


def test_each_variable_changes_its_descendants() -> None:
    found = checked(_normalised)
    moved = {variable: one.moved for variable, one in found.items()}
    normaliser = "exp(bids[0] × bids[0]) + exp(bids[1] × bids[1])"
    assert moved == {
        "bids[0] × bids[0]": ("a", "b"),
        "bids[1] × bids[1]": ("a", "b"),
        "bids[2] × bids[2]": ("c",),
        "exp(bids[0] × bids[0])": ("a", "b"),
        "exp(bids[1] × bids[1])": ("a", "b"),
        f"({normaliser})": ("a", "b"),
        f"bids[0] × bids[0] × reciprocal({normaliser})": ("a",),
        f"bids[1] × bids[1] × reciprocal({normaliser})": ("b",),
        "sin(bids[2] × bids[2])": ("c",),
    }
    assert all(one.predicted == one.moved for one in found.values())
    assert not any(one.silent or one.violates for one in found.values())


def test_a_clipped_branch_is_silent() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        ratio = bids[2].exp()  # about 3
        return {"a": ratio.clamp(max=1.2) * bids[0], "b": ratio * bids[1]}

    one = checked(rule)["exp(bids[2])"]
    assert one.predicted == ("a", "b")
    assert one.moved == ("b",)
    assert one.silent
    assert not one.violates


def test_a_comparison_is_flipped() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        higher = bids[0] > bids[1]
        return {"a": higher * bids[0], "b": torch.where(higher, bids[1], bids[2])}

    assert checked(rule)["(bids[0] - bids[1] > 0)"].moved == ("a", "b")


def test_a_value_computed_twice_is_changed_twice() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids.exp().sum() * bids[0], "b": bids.exp().sum() * bids[1]}

    found = checked(rule)
    assert found["exp(bids[2])"].moved == ("a", "b")
    assert found["(exp(bids[0]) + exp(bids[1]) + exp(bids[2]))"].moved == ("a", "b")


def test_values_written_in_place() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        memory = torch.zeros(4, dtype=bids.dtype)
        memory[1:].copy_(bids).exp_()
        memory[2:].mul_(memory[1])
        return {"a": memory[1] + 1, "b": memory[2], "c": memory[3]}

    found = checked(rule)
    assert found["exp(bids[0])"].moved == ("a", "b", "c")
    assert found["exp(bids[2])"].moved == ("c",)


def test_a_missing_edge_is_found() -> None:
    """The purpose of the check: a gradient changes that the graph says cannot change."""
    target = AuditTarget(_normalised, {"bids": BIDS})
    run = trace_rule(target, strict=False)
    e = run.trace.expressions
    graph = DependenceGraph(e, run.gradients)
    naming = Naming(e, lambda _, element: f"bids[{element}]")
    assert not any(one.violates for one in intervention_check(target, run, graph, naming))
    for i in graph.ends("b"):
        graph.parents[i] = tuple(p for p in graph.parents[i] if e.op[p] != "reciprocal")
    violating = {
        one.variable for one in intervention_check(target, run, graph, naming) if one.violates
    }
    assert "(exp(bids[0] × bids[0]) + exp(bids[1] × bids[1]))" in violating
    assert "sin(bids[2] × bids[2])" not in violating
    incomplete = replace(run, gradients={**run.gradients, "b": [0]})
    graph = DependenceGraph(e, incomplete.gradients)
    assert any(one.violates for one in intervention_check(target, incomplete, graph, naming))


SIDE_EFFECTS: dict[str, Callable[[Tensor], object]] = {
    "tolist": lambda x: (x * 1.0).tolist(),
    "numpy": lambda x: x.numpy(),
    "item": lambda x: x[0].item(),
    "repr": repr,
    "branch": lambda x: bool(x[0] > 0),
}


@pytest.mark.parametrize("name", SIDE_EFFECTS)
def test_internal_operators_of_torch_do_not_shift_locations(name: str) -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        SIDE_EFFECTS[name](bids)
        return _normalised(bids)

    found = checked(rule)
    assert found
    assert not any(one.violates or one.silent for one in found.values())


def test_observed_values_are_held_fixed() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        seen = bids.exp()
        total = seen.sum()
        return {"a": seen[0] * total, "b": seen[1].sin()}

    free = checked(rule)
    assert free["exp(bids[1])"].moved == ("a", "b")
    held = checked(rule, execution=lambda bids: bids.exp())
    assert "exp(bids[1])" not in held
    assert held["(exp(bids[0]) + exp(bids[1]) + exp(bids[2]))"].moved == ("a",)
    assert held["sin(exp(bids[1]))"].moved == ("b",)
    assert not any(one.violates or one.silent for one in held.values())


def test_an_observed_value_that_the_rule_computes_again_is_held_fixed() -> None:
    def chosen(bids: Tensor) -> Tensor:
        return bids[0].exp().sin()

    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": chosen(bids) * bids[1], "b": bids[0].exp() * bids[2]}

    assert checked(rule)["exp(bids[0])"].moved == ("a", "b")
    held = checked(rule, execution=chosen)["exp(bids[0])"]
    assert held.predicted == held.moved == ("b",)


def test_an_operator_that_writes_and_returns() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        out = torch.zeros_like(bids)
        returned = written_and_returned(bids.exp(), out)
        return {"a": out[0], "b": returned[1]}

    assert not any(one.violates for one in checked(rule).values())


def test_an_update_is_checked_too() -> None:
    def clip(gradients: dict[str, Tensor]) -> dict[str, Tensor]:
        norm = torch.stack(list(gradients.values())).norm()
        return {name: gradient / norm for name, gradient in gradients.items()}

    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {name: bids[k].exp() for k, name in enumerate("abc")}

    found = checked(rule, update=clip)
    assert found["exp(bids[0])"].moved == ("a", "b", "c")
    assert {one.moved for v, one in found.items() if v.startswith("sqrt")} == {("a", "b", "c")}


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [*REINFORCE.values(), *MONTE_CARLO.values(), *n_step(3).values()],
    ids=[*REINFORCE, *MONTE_CARLO, *n_step(3)],
)
def test_graph_and_running_code_agree(rule: Callable[..., dict[str, Tensor]]) -> None:
    verdict = audit(rule, inputs(), verify=True)
    assert verdict.interventions
    assert not any(one.violates for one in verdict.interventions)
    joined = {
        pair
        for one in verdict.interventions
        for pair in verdict.pairs
        if set(pair) <= set(one.moved)
    }
    # No operator returns the sums inside a cumulative sum.
    assert joined == (verdict.joined_as_coded if rule is not FUSED else set())


def test_no_interventions_by_default() -> None:
    assert audit(_normalised, {"bids": BIDS}).interventions == ()
    counts = audit(_normalised, {"bids": BIDS}, verify=True).to_dict()["interventions"]
    assert counts["made"] > 5
    assert counts["silent"] == counts["violations"] == 0
    assert audit(_normalised, {"bids": BIDS}).answer is Answer.NOT_MODULAR


def test_silent_and_violating() -> None:
    assert Intervention("x", ("a", "b"), ("a",)).silent
    assert not Intervention("x", ("a", "b"), ("a", "b")).silent
    assert Intervention("x", ("a",), ("a", "b")).violates
    assert Intervention("x", (), ("b",)).violates
    assert not Intervention("x", ("a", "b"), ()).violates
