"""PPOF needs longer than CVS to adapt, whatever changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.transfer._arms import DIFFERENCES
from claims.transfer._settings import judge_settings, records, transfers

if TYPE_CHECKING:
    from claims.record import Recorder
    from claims.transfer._arms import Runs
    from repro.experiment import Block


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """The two arms in nine settings."""
    return transfers(("cvs", "ppof"), seeds)


@pytest.mark.claim(
    id="transfer.nine_settings_ppof",
    title="In all nine transfer settings PPOF adapts more slowly than CVS",
    statement="In each of the nine transfer settings PPOF takes more steps than CVS, on average, until "
    "it converges again.",
    source=["talk:295"],
    kind="empirical",
    expected="mean steps of PPOF over CVS, one-sided 95 % lower bound above 1 in all nine settings "
    "(measured: the setting with the least lower bound)",
    needs=needs,
    differences=DIFFERENCES,
)
def test_nine_settings_ppof(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    judge_settings(record, "ppof", records(runs, "ppof", seeds), records(runs, "cvs", seeds))
