"""The exit code of a run."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from repro.plugin.exit_codes import exit_code
from repro.verdicts import Agreement, Compared, ShippedComparison, Verdict
from tests.verdicts.test_results import claim, run

if TYPE_CHECKING:
    from repro.verdicts import ClaimResult

REPRODUCED, NOT, INCONCLUSIVE, NOT_RUN = Verdict


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([], 0),
        ([claim(REPRODUCED), claim(NOT, NOT), claim(INCONCLUSIVE)], 0),
        ([claim(REPRODUCED), claim(NOT)], 1),
        ([claim(REPRODUCED, NOT)], 1),
        ([claim(NOT, required=False), claim(NOT_RUN, required=False)], 0),
        ([claim(NOT_RUN)], 3),
        ([claim(NOT_RUN, NOT)], 3),
    ],
)
def test_exit_codes(claims: list[ClaimResult], code: int) -> None:
    assert exit_code(run(*claims)) == code


def test_not_run_comes_before_failed() -> None:
    for order in itertools.permutations([claim(NOT), claim(NOT_RUN), claim(REPRODUCED)]):
        assert exit_code(run(*order)) == 3


def test_runs_unlike_the_shipped_runs_fail_after_undecided_claims() -> None:
    broken = ShippedComparison("def456", (Compared("a/b", Agreement.BROKEN),))
    assert exit_code(replace(run(claim(REPRODUCED)), comparison=broken)) == 1
    assert exit_code(replace(run(claim(NOT_RUN)), comparison=broken)) == 3
    assert exit_code(replace(run(claim(REPRODUCED)), comparison=None)) == 0
