"""Inputs of an audit and results of rules: each mistake has its own error message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, AuditError, audit, flattened_graph
from repro.causal.auditing.rule_run import AuditTarget, trace_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)
NAN = float("nan")


def own(bids: Tensor) -> dict[str, Tensor]:
    return {"a": bids[0].exp(), "b": bids[1].exp()}


BOTH = torch.zeros(4)
INPUTS: dict[str, tuple[Any, str]] = {
    "none at all": ({}, r"given \{\}.*expected a dict of tensors"),
    "no dict": ([BIDS], r"expected a dict of tensors"),
    "a tensor alone": (BIDS, r"expected a dict of tensors"),
    "a number": ({"bids": BIDS, "rate": 0.1}, r"'rate'.*a float.*expected a tensor"),
    "a list": ({"bids": [0.1, 0.2]}, r"'bids'.*a list.*expected a tensor"),
    "None": ({"bids": None}, r"'bids'.*a NoneType.*expected a tensor"),
    "an array": ({"bids": BIDS.numpy()}, r"'bids'.*a ndarray.*expected a tensor"),
    "a name that is no string": ({1: BIDS}, r"1"),
    "NaN": ({"bids": torch.tensor([1.0, NAN])}, r"'bids'.*NaN"),
    "complex": ({"bids": torch.zeros(2, dtype=torch.complex64)}, r"'bids'.*complex64.*real"),
    "sparse": ({"bids": torch.eye(2).to_sparse()}, r"'bids'.*sparse.*dense"),
    "on no device": ({"bids": torch.zeros(2, device="meta")}, r"'bids'.*meta.*CPU"),
    "integers alone": ({"bids": torch.arange(3)}, r"bids.*floating-point"),
    "truths alone": ({"bids": torch.tensor([True])}, r"floating-point"),
    "one tensor twice": ({"bids": BOTH, "more": BOTH}, r"'bids' and 'more' share memory"),
    "views that overlap": ({"bids": BOTH[:3], "more": BOTH[2:]}, r"'bids' and 'more' share memory"),
}


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("case", INPUTS)
def test_bad_inputs(case: str) -> None:
    inputs, message = INPUTS[case]
    with pytest.raises(AuditError, match=message):
        audit(own, inputs)
    with pytest.raises(AuditError, match=message):
        flattened_graph(own, inputs)


def _raising(bids: Tensor) -> dict[str, Tensor]:
    raise ValueError(f"no\nbids of {len(bids)}")


def _failing(bids: Tensor) -> dict[str, Tensor]:
    return {"a": bids.view(7), "b": bids}


RETURNED: dict[str, tuple[Any, str]] = {
    "None": (lambda bids: None, r"returned a NoneType; expected a dict"),  # noqa: ARG005
    "a number": (lambda bids: 1.0, r"returned a float; expected a dict"),  # noqa: ARG005
    "a tensor": (lambda bids: bids, r"returned a Tensor; expected a dict"),
    "a list": (lambda bids: [bids, bids], r"returned a list; expected a dict"),
    "nothing": (lambda bids: {}, r"0 mechanisms; expected two"),  # noqa: ARG005
    "one mechanism": (lambda bids: {"a": bids}, r"1 mechanisms; expected two"),
    "an integer gradient": (lambda bids: {"a": bids, "b": bids.argmax()}, r"'b'.*int64.*floating"),
    "a truth": (lambda bids: {"a": bids, "b": bids > 0}, r"'b'.*bool.*floating"),
    "a float": (lambda bids: {"a": bids, "b": 0.0}, r"'b' is a float.*floating"),
    "a list with a number": (lambda bids: {"a": bids, "b": [bids, 1]}, r"'b' is a int"),
    "a nested dict": (lambda bids: {"a": bids, "b": {"w": bids}}, r"'b' is a dict"),
    "a string": (lambda bids: {"a": bids, "b": "zero"}, r"'b' is a str"),
    "on no device": (
        lambda bids: {"a": bids, "b": torch.zeros(2, device="meta")},
        r"'b'.*meta.*on the CPU",
    ),
    "NaN": (lambda bids: {"a": bids, "b": bids.log()}, r"'b' holds NaN"),
    "names that read alike": (lambda bids: {1: bids, "1": bids}, r"two gradients named '1'"),
    "an error": (_raising, r"raised ValueError: no bids of 3"),
    "a torch error": (_failing, r"raised RuntimeError: shape '\[7\]' is invalid"),
    "a sparse tensor": (
        lambda bids: {"a": torch.eye(3).to_sparse() @ bids[:, None], "b": bids},
        r"layout torch.sparse_coo \(test_rule_run.py:\d+\); expected dense ones.*to_dense",
    ),
    "other arguments": (lambda offers: {"a": offers}, "takes offers, not in inputs .there: bids."),
    "no function": ("rule", r"raised TypeError"),
}


@pytest.mark.parametrize("case", RETURNED)
def test_bad_rules(case: str) -> None:
    rule, message = RETURNED[case]
    with pytest.raises(AuditError, match=f"rule.*{message}|{message}"):
        audit(rule, {"bids": BIDS})


@pytest.mark.parametrize("case", [case for case in RETURNED if case != "other arguments"])
def test_bad_updates(case: str) -> None:
    update, message = RETURNED[case]
    if callable(update):

        def of_gradients(gradients: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any wrong value
            return update(torch.stack([*gradients.values(), BIDS[1]]).clone())
    else:
        of_gradients = update
    with pytest.raises(AuditError, match=message):
        audit(own, {"bids": BIDS}, update=of_gradients)


# Relative changes of a gradient: one that rounding can cause, and one that it cannot.
DRIFTS = [
    (torch.float64, 1e-7, 1e-5),
    (torch.float32, 1e-4, 1e-2),
    (torch.bfloat16, 1e-2, 10.0),
]


@pytest.mark.parametrize(("kind", "rounding", "other"), DRIFTS)
def test_gradients_that_change_from_run_to_run(
    kind: torch.dtype, rounding: float, other: float
) -> None:
    def drifting(step: float) -> Callable[..., dict[str, Tensor]]:
        runs: list[None] = []

        def rule(bids: Tensor) -> dict[str, Tensor]:
            runs.append(None)
            return {"a": bids[0] * (1 + step * len(runs)), "b": bids[1] * 2}

        return rule

    given = {"bids": BIDS.to(kind)}
    assert trace_rule(AuditTarget(drifting(rounding), given), strict=False).gradients
    with pytest.raises(AuditError, match="the gradient of 'a' differs when the rule runs again"):
        trace_rule(AuditTarget(drifting(other), given), strict=False)


@pytest.mark.parametrize("then", [BIDS[:1], BIDS[:2].float(), None])
def test_gradients_whose_type_changes_from_run_to_run(then: Tensor | None) -> None:
    forms: list[Tensor | None] = [BIDS[:2], then, then, then]

    def rule(bids: Tensor) -> dict[str, Tensor | None]:
        return {"a": bids[0], "b": forms.pop(0)}

    with pytest.raises(AuditError, match="the gradient of 'b' differs when the rule runs again"):
        audit(rule, {"bids": BIDS})


def test_bad_execution() -> None:
    with pytest.raises(AuditError, match="execution raised ValueError"):
        audit(own, {"bids": BIDS}, execution=_raising)


@pytest.mark.parametrize("selection", ["", "Route", "max", None, 1])
def test_unknown_selection(selection: Any) -> None:  # noqa: ANN401 - any wrong value
    with pytest.raises(AuditError, match=r"selection.*route or strict"):
        audit(own, {"bids": BIDS}, selection=selection)


def test_errors_have_one_line() -> None:
    with pytest.raises(AuditError) as caught:
        audit(_raising, {"bids": BIDS})
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_interrupt_is_not_an_error_of_the_rule() -> None:
    def interrupted(bids: Tensor) -> dict[str, Tensor]:  # noqa: ARG001 - it is passed
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(interrupted, {"bids": BIDS})


def test_none_and_lists_are_gradients() -> None:
    def rule(bids: Tensor) -> dict[str, Any]:
        return {"a": None, "b": [bids[0], None, bids[1:]], "c": [], "d": bids[2] * 0}

    verdict = audit(rule, {"bids": BIDS})
    assert verdict.answer is Answer.MODULAR
    assert verdict.zero == ("a", "c", "d")
    assert verdict.reads["b"] == {"bids[0]", "bids[1]", "bids[2]"}


def test_a_rule_may_change_its_inputs_in_place() -> None:
    def rule(bids: Tensor) -> dict[str, Tensor]:
        bids.mul_(2).clamp_(max=1)
        bids[1] += bids[0]
        return {"a": bids[0].clone(), "b": bids[1]}

    before = BIDS.clone()
    verdict = audit(rule, {"bids": BIDS}, verify=True)
    assert verdict.answer is Answer.NOT_MODULAR  # they share the clamped bid
    assert torch.equal(before, BIDS)


def test_inputs_keep_requires_grad() -> None:
    def rule(bids: Tensor, reward: Tensor) -> dict[str, Tensor]:
        assert bids.requires_grad
        assert not reward.requires_grad
        (gradient,) = torch.autograd.grad((bids.exp() * reward).sum(), bids)
        return {"a": gradient[0], "b": gradient[1]}

    inputs = {"bids": BIDS.clone().requires_grad_(), "reward": torch.ones(3).double()}
    assert audit(rule, inputs).answer is Answer.MODULAR
    assert inputs["bids"].grad is None


@pytest.mark.parametrize("kind", ["strided", "expanded", "reversed", "with an empty one"])
def test_inputs_of_any_layout(kind: str) -> None:
    given: dict[str, Tensor] = {
        "strided": torch.arange(12.0).view(3, 4)[:, 1],
        "expanded": torch.ones(1).expand(3),
        "reversed": torch.arange(3.0).flip(0),
        "with an empty one": torch.arange(3.0),
    }
    inputs = {"bids": given[kind]}
    rule: Callable[..., dict[str, Tensor]] = own
    if kind == "with an empty one":
        inputs["none"] = torch.zeros(0)
        rule = lambda bids, none: own(bids)  # noqa: ARG005, E731 - it is passed
    verdict = audit(rule, inputs)
    assert verdict.answer is Answer.MODULAR
    assert verdict.reads == {"a": {"bids[0]"}, "b": {"bids[1]"}}


def test_the_random_state_is_unchanged() -> None:
    torch.manual_seed(0)
    before = torch.get_rng_state()
    audit(own, {"bids": BIDS}, verify=True)
    assert torch.equal(before, torch.get_rng_state())


def test_observed_bases_and_the_start_of_the_rule() -> None:
    def execution(bids: Tensor) -> dict[str, Any]:
        return {"bid": [bids.exp(), (bids[:1] * 2,)], "why": "because"}

    run = trace_rule(AuditTarget(own, {"bids": BIDS}, None, execution), strict=False)
    e = run.trace.expressions
    assert {e.op[i] for i in run.observed} == {"exp", "input"}
    assert len(run.observed) == 4
    first = min(x[0] for i in run.observed for x in run.trace.locations.get(i, [(99, 0, 0)]))
    assert first <= run.start < run.trace.step
