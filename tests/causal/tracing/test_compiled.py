"""Functions that torch compiles are audited as they are without."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from repro.causal import Answer, audit

INPUTS = {"a": torch.zeros(2), "b": torch.ones(2)}


def bid(x: Tensor) -> Tensor:
    return x * 2 + x.sin()


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True])
def test_a_compiled_function_gives_the_same_answer(shared: bool) -> None:
    compiled = torch.compile(bid, backend="eager")
    answers = []
    for bids in (bid, compiled):

        def rule(a: Tensor, b: Tensor) -> dict[str, Tensor]:
            return {"x": bids(a), "y": bids(b) + (bids(a).sum() if shared else 0)}  # noqa: B023 - audited here

        verdict = audit(rule, INPUTS)
        answers.append((verdict.answer, verdict.reads, verdict.hidden))
    assert answers[0] == answers[1]
    assert answers[0][0] is (Answer.NOT_MODULAR if shared else Answer.MODULAR)
