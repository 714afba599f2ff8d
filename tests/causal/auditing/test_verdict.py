"""Verdicts are immutable, and interventions compare predicted with observed changes."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
import torch

from repro.causal import audit
from repro.causal.auditing.verdict import Intervention

BIDS = torch.tensor([0.3, -0.5, 1.1], dtype=torch.float64)


@pytest.mark.parametrize(
    ("predicted", "moved", "silent", "violates"),
    [
        ("ab", "ab", False, False),
        ("ab", "a", True, False),
        ("ab", "", True, False),
        ("", "", False, False),
        ("a", "b", False, True),
        ("a", "ab", False, True),
    ],
)
def test_predicted_and_observed_changes(
    predicted: str, moved: str, *, silent: bool, violates: bool
) -> None:
    found = Intervention("log(bids[0])", tuple(predicted), tuple(moved))
    assert (found.silent, found.violates) == (silent, violates)


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
