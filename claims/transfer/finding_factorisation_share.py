"""Finding: how much of PPO's disadvantage goes away with a network for each action alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.transfer._arms import (
    ALGORITHMS,
    ANYTHING_ELSE,
    DIFFERENCES,
    censored,
    halves,
    ratio,
)
from claims.transfer._resampling import Resampling
from claims.transfer._settings import (
    in_brackets,
    label,
    records,
    show_settings,
    times,
    topologies,
    transfers,
)
from repro.statistics import factorisation_share
from repro.verdicts import Margin, Verdict, equivalent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.protocol import Block
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Estimate

    Arm = Mapping[str, ConvergenceTimes]

NONE, ALL = 0.0, 1.0
"""Margins: factorisation closes some of the gap, not all of it."""


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """Three arms in nine settings."""
    return transfers(ALGORITHMS, seeds)


def share(start: Arm, middle: Arm, end: Arm) -> Estimate | None:
    """Share of the gap over all nine settings, seeds resampled jointly within a topology."""
    P, F, C = (
        [[of[n] for n in names] for names in topologies().values()] for of in (start, middle, end)
    )
    return factorisation_share(P, F, C, Resampling("share"))


def judge(measured: Estimate | None) -> Verdict:
    """Judge a share; without a gap there is none to judge."""
    if measured is None:
        return Verdict.INCONCLUSIVE
    return equivalent([measured], NONE, ALL)


@pytest.mark.claim(
    id="finding.factorisation_share",
    title="Factorisation alone closes part of the gap between PPO and CVS",
    statement="Of the log gap between PPO's and CVS's mean steps to converge in transfer, giving PPO a "
    "network for each action (PPOF) closes a part: more than none, less than all.",
    source=["talk:293", "talk:294"],
    kind="finding",
    required=False,
    expected="log of PPO over PPOF as a share of the log of PPO over CVS, both by geometric mean over "
    "nine settings, 95 % interval within 0 to 1",
    margin=Margin(NONE, ALL),
    controls={
        # Where factorisation helps, going back harms, and going further does more than all of it.
        "PPO and PPOF swapped": ANYTHING_ELSE,
        "PPOF and CVS swapped": ANYTHING_ELSE,
        "the second half of PPO's seeds in PPOF's place": ANYTHING_ELSE,
    },
    needs=needs,
    differences=DIFFERENCES + " The talk gives no such share.",
)
def test_factorisation_share(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    cvs, ppo, ppof = (times(records(runs, algorithm, seeds)) for algorithm in ALGORITHMS)
    measured = share(ppo, ppof, cvs)
    every = [time for arm in (cvs, ppo, ppof) for time in arm.values()]
    record.outcome(judge(measured), measured, n=len(seeds), censored=censored(*every))
    record.table(
        "Share of the log gap that factorisation closes, by setting",
        ("setting", "PPO over CVS", "PPO over PPOF", "PPOF over CVS", "share [95 % interval]"),
        [
            (
                label(name),
                in_brackets(ratio("ppo/cvs", ppo[name], cvs[name])),
                in_brackets(ratio("ppo/ppof", ppo[name], ppof[name])),
                in_brackets(ratio("ppof/cvs", ppof[name], cvs[name])),
                told(
                    factorisation_share(
                        [[ppo[name]]], [[ppof[name]]], [[cvs[name]]], Resampling("share")
                    )
                ),
            )
            for name in cvs
        ],
    )
    show_settings(record, {"ppo": ppo, "ppof": ppof, "cvs": cvs})
    record.control("PPO and PPOF swapped", judge(share(ppof, ppo, cvs)))
    record.control("PPOF and CVS swapped", judge(share(ppo, cvs, ppof)))
    first, second = ({n: halves(ppo[n])[side] for n in ppo} for side in (0, 1))
    record.control(
        "the second half of PPO's seeds in PPOF's place",
        judge(share(first, second, cvs)),
    )


def told(measured: Estimate | None) -> str:
    """Write a setting's share, or that there is nothing to share out."""
    if measured is None:
        return "no gap: PPO over CVS is not above 1 for certain"
    return in_brackets(measured)
