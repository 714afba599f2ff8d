"""PPO needs longer than CVS to adapt when the last decision of a chain changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.transfer._arms import DIFFERENCES, HEADLINE, censored, halves, ratio
from repro.experiment import Block, transfer
from repro.judge import direction
from repro.summary import convergence, curves
from repro.verdicts import Verdict

if TYPE_CHECKING:
    from claims.record import Recorder
    from claims.transfer._arms import Runs


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """All three algorithms: PPOF is shown beside the two that are judged."""
    return [transfer(algorithm, HEADLINE, seeds) for algorithm in ("cvs", "ppo", "ppof")]


@pytest.mark.claim(
    id="transfer.headline_direction",
    title="PPO transfers more slowly than CVS",
    statement="When the last decision of the linear chain changes from C to D, PPO takes more steps "
    "than CVS, on average, until it converges again.",
    source=["talk:43"],
    kind="empirical",
    expected="mean steps of PPO over CVS, 95 % interval above 1",
    needs=needs,
    differences=DIFFERENCES,
)
def test_headline_direction(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    records = [runs(block) for block in needs(seeds)]
    cvs, ppo, ppof = (one.times for one in records)
    measured = ratio("ppo/cvs", ppo, cvs)
    record.outcome(direction(measured), measured, n=len(ppo.epochs), censored=censored(ppo, cvs))
    record.detail("PPOF over CVS, ratio of mean steps", ratio("ppof/cvs", ppof, cvs))
    record.detail("PPO over PPOF, ratio of mean steps", ratio("ppo/ppof", ppo, ppof))
    record.control(
        "the two arms swapped",
        direction(ratio("cvs/ppo", cvs, ppo)),
        Verdict.NOT_REPRODUCED,
    )
    record.control(
        "the first half of PPO's seeds over the second",
        direction(ratio("ppo/ppo", *halves(ppo))),
        (Verdict.NOT_REPRODUCED, Verdict.INCONCLUSIVE),
    )
    record.figure(curves(records))
    record.figure(convergence({HEADLINE: records}))
