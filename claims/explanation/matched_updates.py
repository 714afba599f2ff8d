"""Explanation, after talk:61 and 294: is CVS faster although it takes no more optimiser steps?

An epoch has 4096 steps. PPO and PPOF learn from each step once, in 16 minibatches of 256. In CVS each mechanism
learns from both of its entries in every auction, 8192 samples, so its networks take 32 optimiser steps. Here
the number of steps is the same: 32 for all, with minibatches of 128 in PPO and PPOF; and 16 for all, with
minibatches of 512 in CVS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.explanation._shared import (
    EXPLAINS,
    SMALLEST,
    by_arm,
    compared,
    conclude,
    control,
    draw,
    pooled,
    show_audits,
    variant,
)
from claims.transfer._arms import (
    ANYTHING_ELSE,
    DIFFERENCES,
    HEADLINE,
    SWAPPED,
    halves,
    ratio,
)
from claims.transfer._settings import by_topology, format_estimate, label, settings, topologies
from repro.protocol import pretraining, transfer
from repro.verdicts import Margin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.protocol import Block
    from repro.statistics import ConvergenceTimes
    from repro.verdicts import Comparison

    Times = Mapping[str, ConvergenceTimes]
    """Times by setting."""

OWN = {"ppo": 16, "ppof": 16, "cvs": 32}
"""Optimiser steps of an epoch in the protocol."""
OTHER = {"ppo": (32, 128), "ppof": (32, 128), "cvs": (16, 512)}
"""Optimiser steps of an epoch with another size of minibatches, and that size."""
STEPS = (32, 16)
SLOW = ("ppof", "ppo")
SPLIT = "the first half of each arm's seeds over the second"


def block(algorithm: str, steps: int, problem: str, seeds: tuple[int, ...]) -> Block:
    """Return the transfer of an algorithm with so many optimiser steps an epoch, in training too."""
    if steps == OWN[algorithm]:
        return transfer(algorithm, problem, seeds)
    other, minibatch = OTHER[algorithm]
    assert steps == other
    return variant(algorithm, problem, seeds, hyperparameters={"minibatch": minibatch})


def arms() -> list[tuple[str, int]]:
    """List the arms: each algorithm with 32 and with 16 steps."""
    return [(algorithm, steps) for algorithm in OWN for steps in STEPS]


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: six arms in nine settings, and their trainings."""
    transfers = [block(*arm, name, seeds) for arm in arms() for name in settings()]
    trainings = [
        pretraining(algorithm, topology, seeds, hyperparameters={"minibatch": minibatch})
        for algorithm, (_, minibatch) in OTHER.items()
        for topology in topologies()
    ]
    return [*transfers, *trainings]


def measure(what: str, slow: Times, fast: Times) -> Comparison:
    """Compare geometric means over the nine settings."""
    return pooled(what, by_topology(slow), by_topology(fast))


@pytest.mark.claim(
    id="explanation.matched_updates",
    title="CVS is faster at equal numbers of optimiser steps",
    statement="Over the nine transfer settings, by geometric mean, PPO and PPOF take more steps than CVS to "
    "converge, also if all take 32 optimiser steps an epoch, and if all take 16, in training and in transfer.",
    source=["talk:61", "talk:294"],
    kind="explanation",
    required=False,
    study=True,
    expected="geometric mean over nine settings of mean epochs, PPOF over CVS and PPO over CVS, with 32 and with 16 "
    "optimiser steps an epoch: all four 95 % intervals above 1.25 (measured: the one with the lowest lower end)",
    margin=Margin(low=SMALLEST),
    controls={SWAPPED: "not reproduced", SPLIT: ANYTHING_ELSE},
    needs=needs,
    differences=f"{DIFFERENCES} {EXPLAINS} In the protocol CVS takes 32 optimiser steps an epoch, because each "
    "mechanism learns from both of its entries, and PPO and PPOF take 16. Other minibatches change the noise of a "
    "gradient, too; learning rates stay those of the protocol.",
    recorded="not reproduced",
    reason="In the recorded run (seeds 10 to 39) PPOF takes 1.18 [1.12, 1.26] times as long as CVS if both take 32 "
    "optimiser steps an epoch, and 1.14 [1.08, 1.21] times if both take 16; the second lies below 1.25, also after "
    "Holm's correction. With the protocol's numbers, 16 and 32, it is 1.96. So CVS is still faster than PPOF over "
    "all nine settings, but most of the factor is the number of steps. Than PPO it is faster at equal steps too, "
    "by 2.2 and 2.7 at least. On the chain's last decision alone the ratios stay large, 5.9 and 5.1 for PPOF; in "
    "five of the nine settings PPOF is as fast as CVS or faster. The groups of ten seeds are inconclusive.",
)
def test_matched_updates(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    found = {
        arm: {name: runs(block(*arm, name, seeds)).times for name in settings()} for arm in arms()
    }
    comparisons = {
        (slow, steps): measure(f"{slow}/cvs", found[slow, steps], found["cvs", steps])
        for slow in SLOW
        for steps in STEPS
    }
    every = [times for arm in found.values() for times in arm.values()]
    labelled = {
        f"{slow.upper()} over CVS, {steps} steps each, nine settings": comparison
        for (slow, steps), comparison in comparisons.items()
    }
    conclude(record, labelled, every, len(seeds))
    rows = {
        f"{slow.upper()} over CVS, {steps} steps each (judged)": comparison.estimate
        for (slow, steps), comparison in comparisons.items()
    }
    for slow in SLOW:
        as_usual = measure(f"{slow}/cvs", found[slow, OWN[slow]], found["cvs", OWN["cvs"]])
        name = f"{slow.upper()} with 16 steps over CVS with 32, the protocol's"
        rows[name] = as_usual.estimate
        record.detail(f"{name}, nine settings", as_usual.estimate)
    for slow, steps in comparisons:
        record.detail(
            f"{slow.upper()} over CVS, {steps} steps each, last decision",
            compared(
                f"{slow}/cvs", found[slow, steps][HEADLINE], found["cvs", steps][HEADLINE]
            ).estimate,
        )
    record.table(
        "Ratio of mean epochs at equal optimiser steps, setting by setting",
        ("setting", *(f"{slow.upper()} over CVS, {steps} steps" for slow, steps in comparisons)),
        [
            (
                label(name),
                *(
                    format_estimate(
                        ratio(f"{slow}/cvs", found[slow, steps][name], found["cvs", steps][name])
                    )
                    for slow, steps in comparisons
                ),
            )
            for name in settings()
        ],
    )
    named = {
        f"{algorithm.upper()}, {steps} steps, {label(name)}": times
        for (algorithm, steps), arm in found.items()
        for name, times in arm.items()
    }
    record.table("Epochs to convergence", ("arm", "mean epochs", "censored runs"), by_arm(named))
    trainings = {
        f"{algorithm.upper()}, {steps} steps, {topology.replace('_', ' ')}": runs(
            pretraining(algorithm, topology, seeds, hyperparameters={"minibatch": minibatch})
        ).times
        for algorithm, (steps, minibatch) in OTHER.items()
        for topology in topologies()
    }
    record.table(
        "Epochs to convergence in training",
        ("arm", "mean epochs", "censored runs"),
        by_arm(trainings),
    )
    show_audits(record, OWN)
    control(
        record,
        SWAPPED,
        (measure(f"cvs/{slow}", found["cvs", s], found[slow, s]) for slow, s in comparisons),
    )
    control(
        record,
        SPLIT,
        (
            measure(
                "halves",
                *({name: halves(one)[side] for name, one in found[arm].items()} for side in (0, 1)),
            )
            for arm in comparisons
        ),
    )
    draw(
        record,
        "ratio.matched_updates",
        rows,
        title="Over CVS, nine settings, by optimiser steps an epoch",
        quantity="geometric mean of ratios of mean steps",
        judged=len(comparisons),
    )
