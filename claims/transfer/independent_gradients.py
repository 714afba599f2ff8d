"""talk:294: PPOF transfers more slowly than CVS, from which the talk concludes that independent gradients help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.transfer._arms import (
    ANYTHING_ELSE,
    DIFFERENCES,
    SWAPPED,
    censored,
    halves,
    ratio,
)
from claims.transfer._resampling import Resampling
from claims.transfer._settings import (
    by_topology,
    label,
    ratios,
    records,
    show_settings,
    times,
    topologies,
    transfers,
)
from repro.figures import Row
from repro.statistics import geometric_mean
from repro.summaries.learning import arm, problem_words
from repro.verdicts import Margin, direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.protocol import Block
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Estimate, Verdict

    Arm = list[list[ConvergenceTimes]]

ITSELF = "PPOF over itself"
SPLIT = "the first half of PPOF's seeds over the second"


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: the two factorised arms in nine settings."""
    return transfers(("cvs", "ppof"), seeds)


def pooled(what: str, numerator: Arm, denominator: Arm) -> Estimate:
    """Compute the geometric mean of the ratios; `what` names the stream of resamples."""
    return geometric_mean(numerator, denominator, Resampling(f"geometric mean {what}"))


def measure(ppof: Mapping[str, ConvergenceTimes], cvs: Mapping[str, ConvergenceTimes]) -> Estimate:
    """Measure the ratio that is judged, from the times in all nine settings."""
    return pooled("ppof/cvs", by_topology(ppof), by_topology(cvs))


def judge(measured: Estimate) -> Verdict:
    """Judge whether a geometric mean of ratios is above 1."""
    return direction(measured)


@pytest.mark.claim(
    id="transfer.independent_gradients",
    title="PPOF transfers more slowly than CVS, over nine settings together",
    statement="PPOF and CVS both have a network for each action; CVS alone has independent gradients. "
    "Over the nine transfer settings, by geometric mean, PPOF takes more steps than CVS until it "
    "converges again.",
    source=["talk:61", "talk:293", "talk:294", "talk:299"],
    kind="empirical",
    expected="geometric mean over nine settings of mean steps of PPOF over CVS, 95 % interval above 1",
    margin=Margin(low=1.0),
    controls={
        SWAPPED: "not reproduced",
        ITSELF: ANYTHING_ELSE,
        SPLIT: ANYTHING_ELSE,
    },
    needs=needs,
    differences=DIFFERENCES
    + " CVS and PPOF differ in more than the independence of their gradients: CVS learns bids in an "
    "auction, from single-step errors, with a value function for each mechanism.",
    scope="PPOF and CVS differ in much more than the independence of their gradients, so this says that PPOF is slower, and "
    "not why. It is a geometric mean: in some of the nine settings PPOF is not slower, as transfer.nine_settings_ppof says.",
)
def test_independent_gradients(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    slow, fast = records(runs, "ppof", seeds), records(runs, "cvs", seeds)
    ppof, cvs = times(slow), times(fast)
    top, bottom = by_topology(ppof), by_topology(cvs)
    measured = measure(ppof, cvs)
    every = [*ppof.values(), *cvs.values()]
    record.outcome(judge(measured), measured, n=len(seeds), censored=censored(*every))
    rows = [Row("all nine, geometric mean", measured)]
    for (topology, names), numerator, denominator in zip(
        topologies().items(), top, bottom, strict=True
    ):
        summary = f"{problem_words(topology)[0]}, geometric mean"
        estimate = pooled("ppof/cvs", [numerator], [denominator])
        record.detail(f"PPOF over CVS, {summary}", estimate)
        rows.append(Row(summary, estimate, judged=False))
        for name in names:
            one = ratio("ppof/cvs", ppof[name], cvs[name])
            rows.append(Row(label(name), one, (arm(slow[name]), arm(fast[name])), judged=False))
    show_settings(record, {"ppof": ppof, "cvs": cvs})
    first, second = ([[halves(one)[side] for one in each] for each in top] for side in (0, 1))
    pairs = {SWAPPED: (bottom, top), ITSELF: (top, top), SPLIT: (first, second)}
    for what, pair in pairs.items():
        one = pooled("control", *pair)
        record.control(what, judge(one), one)
    record.figure(ratios("ratios.independent_gradients", "ppof", rows))
