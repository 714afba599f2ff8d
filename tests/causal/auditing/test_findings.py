"""Interventions compare predicted with observed changes."""

from __future__ import annotations

import pytest

from repro.causal.auditing.findings import Intervention


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
