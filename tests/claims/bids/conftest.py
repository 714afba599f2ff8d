"""Tests of claims on bids draw no figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from matplotlib.figure import Figure

from repro.figures import Picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@pytest.fixture(autouse=True)
def empty_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw nothing, because drawing takes longer than judging; figures have their own tests."""

    def drawn(what: Sequence[object] | Mapping[str, object], *_margin: float) -> Picture:
        return Picture("bids", f"{len(what)} algorithms or problems", Figure())

    for name in (
        "switch.trajectories",
        "recovery.trajectories",
        "finding_value.bids_against_values",
    ):
        monkeypatch.setattr(f"claims.bids.{name}", drawn)
