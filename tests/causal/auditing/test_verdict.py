"""Verdicts are immutable, and their JSON has the shapes of everything that gradients read."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
import torch
from torch import Tensor

from repro.causal import audit

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


def test_results_are_immutable() -> None:
    verdict = audit(
        lambda bids: {n: bids[k] * bids.logsumexp(0) for k, n in enumerate("ab")},
        {"bids": BIDS},
        verify=True,
    )
    for found, field in (
        (verdict, "answer"),
        (verdict.witnesses[0], "expression"),
        (verdict.interventions[0], "moved"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(found, field, getattr(found, field))


def test_tensors_that_are_no_inputs_are_read_in_slices_and_have_shapes() -> None:
    """Names of elements alone do not say whether a tensor is read completely."""
    table = torch.arange(6.0, dtype=torch.float64).reshape(2, 3)

    def rule(bids: Tensor) -> dict[str, Tensor]:
        return {"a": bids * table[0], "b": bids[1:] * table.t()[1:, 1]}

    verdict = audit(rule, {"bids": BIDS})
    written = verdict.to_dict()
    assert written["reads"] == {"a": ["bids", "table[0, :]"], "b": ["bids[1:3]", "table[1, 1:3]"]}
    assert written["shapes"] == {"bids": [3], "table": [2, 3]}
    assert verdict.shapes == {"bids": (3,)}
