"""Random programs: the trace compared with numbers, and each program in three implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import example, given, settings

from repro.causal import Answer, audit
from tests.causal.tracing.forward_mode_oracle import moved, traced
from tests.causal.tracing.programs import NAMES, Program, programs

if TYPE_CHECKING:
    from torch import Tensor


@pytest.mark.slow
@given(programs())
def test_every_input_that_changes_a_gradient_is_found(program: Program) -> None:
    x = program.inputs["x"]

    def all_gradients(x: Tensor) -> Tensor:
        return torch.cat([part.flatten() for part in program.rule(x).values()])

    found, trace = traced(all_gradients, [x])
    assert not trace.approximated
    assert all(
        mine <= theirs for mine, theirs in zip(moved(all_gradients, [x]), found, strict=True)
    )


ORDER = Program(
    (("exp", 2, 0), ("multiply", 2, 0), ("relu", 5, 0), ("multiply", 4, 6)), ((4,), (7,), (5, 2))
)
SIGN = Program(
    (
        *(("negative", 2, 0), ("sigmoid", 3, 0), ("sigmoid", 3, 0), ("sin", 5, 0), ("exp", 2, 0)),
        *(("sigmoid", 8, 0), ("subtract", 9, 7), ("add", 8, 7)),
    ),
    ((2, 6), (2, 10), (10,)),
)
"""Regression tests: another implementation had parents, or terms of a sum, in another order."""


@pytest.mark.slow
@example(ORDER)
@example(SIGN)
@given(programs())
def test_recomputing_and_writing_in_place_change_nothing(program: Program) -> None:
    verdicts = [
        audit(rule, program.inputs)
        for rule in (program.rule, program.recomputing, program.in_memory)
    ]
    first = verdicts[0]
    for other in verdicts[1:]:
        assert other.pairs == first.pairs
        assert other.reads == first.reads
        assert other.joined_as_coded == first.joined_as_coded
        assert other.joined_at_most == first.joined_at_most
        assert other.witnesses == first.witnesses
        assert other.graph == first.graph
        assert other.hidden == first.hidden


@pytest.mark.slow
@given(programs())
def test_strict_selection_joins_more(program: Program) -> None:
    route, strict = (audit(program.rule, program.inputs, selection=s) for s in ("route", "strict"))
    for pair, answer in strict.pairs.items():
        if answer is Answer.MODULAR:
            assert route.pairs[pair] is Answer.MODULAR


@pytest.mark.slow
@given(programs())
def test_the_answer_is_the_worst_of_the_pairs(program: Program) -> None:
    verdict = audit(program.rule, program.inputs)
    worst = [
        Answer.NOT_MODULAR,
        Answer.UNDETERMINED,
        Answer.IMPLEMENTATION_DEPENDENT,
        Answer.MODULAR,
    ]
    assert verdict.answer is min(verdict.pairs.values(), key=worst.index)
    assert set(verdict.pairs) == {("a", "b"), ("a", "c"), ("b", "c")}
    for pair, answer in verdict.pairs.items():
        if answer is Answer.MODULAR:
            assert pair not in verdict.joined_at_most | verdict.joined_as_coded
        if answer is Answer.NOT_MODULAR:
            assert pair in verdict.joined_at_most
            assert any(witness.pair == pair for witness in verdict.witnesses)
    zeros = [name for name in NAMES if not torch.cat([program.rule(**program.inputs)[name]]).any()]
    assert set(verdict.zero) <= set(zeros)


@given(programs())
@settings(max_examples=40)
def test_no_gradient_changes_unpredictedly(program: Program) -> None:
    """Interventions can change what is selected, so selection is strict here."""
    verdict = audit(program.rule, program.inputs, verify=True, selection="strict")
    assert not [one for one in verdict.interventions if one.violates]


@pytest.mark.slow
@given(programs())
def test_an_unrelated_mechanism_changes_nothing(
    program: Program,
) -> None:
    def with_more(x: Tensor, own: Tensor) -> dict[str, Tensor]:
        return {**program.rule(x), "d": own.exp() * own}

    before = audit(program.rule, program.inputs)
    after = audit(with_more, {**program.inputs, "own": torch.tensor(0.3, dtype=torch.float64)})
    assert {pair: after.pairs[pair] for pair in before.pairs} == before.pairs
    assert {answer for pair, answer in after.pairs.items() if "d" in pair} == {Answer.MODULAR}
    assert after.witnesses == before.witnesses
