"""Explanation, after talk:316-317: is CVS faster also where all try the new action equally often at first?

After training, CVS tries the newly right action far more often than PPO and PPOF do. That is no matter of credit.
Here exploration is made equal at the start of transfer, in four ways: (a) policies of PPO and PPOF are made more
uniform, until the new action is as likely as in CVS; (b) bids of CVS are made narrower, until it is as unlikely as
in PPOF; (c) PPO and PPOF act at random with probability 0.05; (d) as (a), and the action that was right is as likely
as in CVS, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from claims.explanation._exploration import REWARDED, phases
from claims.explanation._matched_starts import (
    matched_start,
    show_starts,
    unchanged,
    with_random_actions,
)
from claims.explanation._shared import (
    EXPLAINS,
    SMALLEST,
    by_arm,
    compared,
    conclude,
    control,
    draw,
    mean,
    show_audits,
    variant,
)
from claims.transfer._arms import (
    ALGORITHMS,
    ANYTHING_ELSE,
    DIFFERENCES,
    HEADLINE,
    SWAPPED,
    halves,
    show_seeds,
)
from repro.protocol import matched, pretraining, transfer
from repro.training.matching import changed_decision
from repro.verdicts import Margin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from claims.explanation._matched_starts import Start
    from claims.transfer._arms import Runs
    from repro.plugin.recorder import Recorder
    from repro.protocol import Block
    from repro.records.record import Record
    from repro.statistics import ConvergenceTimes

SLOW = ("ppof", "ppo")
EPSILON = 0.05
"""Probability of a random action in (c)."""
TOPOLOGY = HEADLINE.partition(".")[0]
EXPLORATION, HABIT = "matched_exploration", "matched_habit"
MATCHED = {
    "(a) {}, scaled": EXPLORATION,
    "(d) {}, both actions matched": HABIT,
}
"""Arms of PPOF and PPO that are matched with CVS, by label."""
RANDOM, NARROWED = "(c) {}, random actions", "(b) CVS, narrowed"
LABELS = ("(a) {}, scaled", RANDOM, "(d) {}, both actions matched")
"""Arms of PPOF and PPO that are compared with unchanged CVS."""
SPLIT = "the first half of the seeds of each slower arm over the second"


def trainings(seeds: tuple[int, ...]) -> dict[str, Block]:
    """Return the trainings from which all transfers start."""
    return {name: pretraining(name, TOPOLOGY, seeds) for name in ALGORITHMS}


def arms(seeds: tuple[int, ...]) -> dict[str, Block]:
    """Return the arms by label: the unchanged transfers, then the changed ones."""
    before = trainings(seeds)
    found = {name.upper(): transfer(name, HEADLINE, seeds) for name in ALGORITHMS}
    for one in SLOW:
        upper, plain = one.upper(), variant(one, HEADLINE, seeds)
        for label, match in MATCHED.items():
            found[label.format(upper)] = matched(plain, match, before["cvs"])
        found[RANDOM.format(upper)] = variant(
            one, HEADLINE, seeds, hyperparameters={"epsilon": EPSILON}, parent=before[one]
        )
    found[NARROWED] = matched(variant("cvs", HEADLINE, seeds), EXPLORATION, before["ppof"])
    return found


def pairs() -> dict[str, tuple[str, str]]:
    """Return the compared arms by label, slower over faster: all that are judged."""
    over_cvs = {
        f"{label.format(one.upper())}, over CVS": (label.format(one.upper()), "CVS")
        for label in LABELS
        for one in SLOW
    }
    return over_cvs | {"(b) PPOF over CVS, narrowed": ("PPOF", NARROWED)}


def needs(seeds: tuple[int, ...]) -> list[Block]:
    """List the blocks: all arms, and the three trainings, whose bids are read."""
    return [*arms(seeds).values(), *trainings(seeds).values()]


@pytest.mark.claim(
    id="explanation.equal_exploration",
    title="CVS is faster also where all try the new action equally often at first",
    statement="When the last decision of the linear chain changes, CVS needs fewer steps to converge than PPOF and "
    "than PPO also if all try the newly right action equally often when transfer starts.",
    source=["talk:316", "talk:317"],
    kind="explanation",
    required=False,
    study=True,
    expected="ratios of mean epochs to convergence: PPOF and PPO over CVS, (a) with last layers scaled until the new "
    "action is as likely as in CVS, (c) with random actions at a probability of 0.05, and (d) with the old and the "
    "new action as likely as in CVS; and (b) PPOF over CVS whose bids are narrowed until the new action is as "
    "unlikely as in PPOF: all seven 95 % intervals above 1.25 (measured: the one with the lowest lower end)",
    margin=Margin(low=SMALLEST),
    controls={SWAPPED: "not reproduced", SPLIT: ANYTHING_ELSE},
    needs=needs,
    differences=f"{DIFFERENCES} {EXPLAINS} The talk does not match exploration. Each run is matched with the run of its "
    "own seed; in CVS the probability is that of winning the auction, by numerical integration. Each way of matching "
    "changes something else, too, which the tables show: a factor changes the policy in the states where the right "
    "action stays, and the size of gradients; (d) shifts the new action's bias in every state. In (c) random "
    "actions last for the whole transfer and make PPO and PPOF try the new action more often than CVS does at first; "
    "ratios of probabilities are those of the policy with random actions, and convergence is judged by the exact "
    "return of the policy without them, which has no sampling noise. This rule was fixed before any of the changed "
    "arms was run on these seeds. The unchanged arms had been run, and all arms had been tried on seeds 0 to 4.",
)
def test_equal_exploration(record: Recorder, runs: Runs, seeds: tuple[int, ...]) -> None:
    found = {label: runs(block) for label, block in arms(seeds).items()}
    times = {label: one.times for label, one in found.items()}
    comparisons = {
        label: compared(label, times[slow], times[fast]) for label, (slow, fast) in pairs().items()
    }
    used = {arm for pair in pairs().values() for arm in pair}
    judged = [one for label, one in times.items() if label in used]
    conclude(record, comparisons, judged, len(seeds))
    rows = {f"{label} (judged)": one.estimate for label, one in comparisons.items()}
    for one in SLOW:
        label = f"{one.upper()} over CVS, unchanged"
        rows[label] = compared(label, times[one.upper()], times["CVS"]).estimate
        record.detail(label, rows[label])
    training = {name: runs(block) for name, block in trainings(seeds).items()}
    show_starts(record, starts(training), HEADLINE)
    show_times(record, found)
    show_seeds(record, times)
    show_audits(record, ALGORITHMS)
    swapped = [compared(f"swapped {n}", times[b], times[a]) for n, (a, b) in pairs().items()]
    control(record, SWAPPED, swapped)
    split = {slow: halves(times[slow]) for slow, _ in pairs().values()}
    control(record, SPLIT, (compared(f"halves {n}", *pair) for n, pair in split.items()))
    draw(
        record,
        "ratio.equal_exploration",
        rows,
        title="At equal exploration, last decision of the chain",
        quantity="ratio of mean steps to convergence",
        judged=len(comparisons),
    )


def starts(training: Mapping[str, Record]) -> dict[str, tuple[Start, Start]]:
    """Return how each arm would start without its change, and how it starts, by label.

    Args:
        training: records of training, by algorithm.
    """
    decision = changed_decision(HEADLINE)
    before = {name: unchanged(one) for name, one in training.items()}
    found = {name.upper(): (one, one) for name, one in before.items()}
    for one in SLOW:
        for label, match in MATCHED.items():
            start = matched_start(match, training[one], training["cvs"], decision)
            found[label.format(one.upper())] = (before[one], start)
        mixed = with_random_actions(before[one], EPSILON)
        found[RANDOM.format(one.upper())] = (before[one], mixed)
    narrowed = matched_start(EXPLORATION, training["cvs"], training["ppof"], decision)
    return found | {NARROWED: (before["cvs"], narrowed)}


def show_times(record: Recorder, found: Mapping[str, Record]) -> None:
    """Show epochs to convergence, before and after the first reward."""
    times: dict[str, ConvergenceTimes] = {label: one.times for label, one in found.items()}
    split = {label: phases(one) for label, one in found.items()}
    record.table(
        "Epochs to convergence",
        (
            "arm",
            "mean epochs",
            "censored runs",
            f"mean first epoch with a mean return of at least {REWARDED:g}",
            "mean epochs from there on",
        ),
        [(*row, *map(mean, split[row[0]])) for row in by_arm(times)],
    )
